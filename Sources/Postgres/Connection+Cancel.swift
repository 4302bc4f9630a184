import CPostgres
import Foundation
import Synchronization

extension Connection {
    /// How many cancellations are on their way in the process.
    private static let cancellations = Atomic<Int>(0)

    /// Beyond this many, connections are closed without: whatever takes their packets does not answer.
    private static let mostCancellations = 16

    /// Asks the server to stop what it does for this connection, and closes it, on a thread of its own.
    ///
    /// PQcancel connects anew and waits for the server's end without a limit of time: the connection's own thread has others to serve.
    func cancelAndClose() {
        let isTooMany = Connection.cancellations.add(1, ordering: .relaxed).newValue > Connection.mostCancellations
        guard !isTooMany, let request = PQgetCancel(handle) else {
            Connection.cancellations.subtract(1, ordering: .relaxed)
            return close()
        }
        let ending = EndingConnection(handle: handle, request: request)
        let thread = Thread {
            ending.end()
            Connection.cancellations.subtract(1, ordering: .relaxed)
        }
        thread.name = "postgres-cancel"
        thread.start()
    }

    /// Handed from the connection's thread to that which ends it; never used by both.
    private struct EndingConnection: @unchecked Sendable {
        let handle: OpaquePointer
        let request: OpaquePointer

        func end() {
            var reason = [CChar](repeating: 0, count: 256)
            // Whether it was of use is not known anyway: the query may have ended meanwhile.
            _ = PQcancel(request, &reason, Int32(reason.count))
            PQfreeCancel(request)
            PQfinish(handle)
        }
    }
}

import CPostgres
import Foundation
import Synchronization

extension Connection {
    /// The number of cancel requests in progress in this process.
    private static let cancellations = Atomic<Int>(0)

    /// Beyond this number, connections are closed without a cancel request, since the server evidently does not answer them.
    private static let mostCancellations = 16

    /// Asks the server to cancel the running query, and closes the connection, on a separate thread.
    ///
    /// PQcancel opens a connection and waits for its end without a time limit, while this connection's thread has other queries.
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

    /// Passed from the connection's thread to the one that ends it; never used by both at once.
    private struct EndingConnection: @unchecked Sendable {
        let handle: OpaquePointer
        let request: OpaquePointer

        func end() {
            var reason = [CChar](repeating: 0, count: 256)
            // The result would say nothing: the query may have ended meanwhile.
            _ = PQcancel(request, &reason, Int32(reason.count))
            PQfreeCancel(request)
            PQfinish(handle)
        }
    }
}

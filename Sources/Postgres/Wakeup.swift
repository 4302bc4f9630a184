import CPostgres
import Foundation

/// Wakes a thread that sleeps in `poll`; any thread may call it.
final class Wakeup: Sendable {
    /// Readable after a signal.
    let descriptor: Int32

    /// Throws if the process has no free descriptor.
    init() throws(PostgresError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw PostgresError(.unreachable, message: "no descriptor for a connection: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    func signal() { eventfd_write(descriptor, 1) }

    /// Resets the descriptor after a signal was seen.
    func reset() {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
    }
}

import CPostgres
import Foundation

/// Wakes a thread that sleeps in `poll`, from any other thread.
final class Wakeup: Sendable {
    /// Readable since it was signalled.
    let descriptor: Int32

    /// Throws where the process has no descriptor left.
    init() throws(PostgresError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw PostgresError(.unreachable, message: "no descriptor for a connection: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    func signal() { eventfd_write(descriptor, 1) }

    /// What was signalled was seen.
    func reset() {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
    }
}

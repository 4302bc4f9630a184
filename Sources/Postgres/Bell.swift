import CPostgres
import Foundation

/// Wakes a thread that sleeps in `poll`, from any other thread.
final class Bell: Sendable {
    /// Readable since it was rung.
    let descriptor: Int32

    /// Throws where the process has no descriptor left.
    init() throws(PostgresError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw PostgresError(.unreachable, message: "no descriptor for a connection: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    func ring() { eventfd_write(descriptor, 1) }

    /// Makes it silent again.
    func answer() {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
    }
}

import Foundation
import Synchronization

private let spawning = Mutex(())

extension Process {
    /// Runs it while no other test starts a process: Foundation's `run` has crashed when several ran at once.
    public func spawn() throws { try spawning.withLock { _ in try run() } }
}

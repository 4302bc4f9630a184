import Dispatch

/// Authenticates and reads large bodies one after the other on a separate thread, so that a history of megabytes does not delay small
/// bodies, which are read on their event loop without a hop.
final class LargeBodyExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "switchboard.large-bodies")

    /// The bytes above which a body is large; smaller ones take their loop about a millisecond at most.
    static let threshold = 64 << 10

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

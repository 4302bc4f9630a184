import Dispatch

/// Authenticates and reads large bodies one after the other on a thread of its own, so that a history of megabytes holds up none of the
/// small ones: those are read on their event loop, without a hop.
final class LargeBodyExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "switchboard.large-bodies")

    /// Bytes from which a body is large: a smaller one takes its loop about a millisecond at most.
    static let threshold = 64 << 10

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

import NIOCore
import Synchronization

/// Runs tasks on an event loop's own thread.
///
/// Without it every await of a connection's task hops between the loop and Swift's pool, 8–20 µs each way. Jobs that come together, as
/// when a transaction resumes all its callers, cost the loop one task.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop
    private let waiting = Mutex(Waiting())

    private struct Waiting {
        var jobs: [UnownedJob] = []
        var isScheduled = false
    }

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustSchedule = waiting.withLock { waiting in
            waiting.jobs.append(job)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if mustSchedule { loop.execute(run) }
    }

    /// Jobs that these jobs make wait for the loop's next turn, so that sockets are looked at in between.
    private func run() {
        let jobs = waiting.withLock { waiting in
            waiting.isScheduled = false
            defer { waiting.jobs = [] }
            return waiting.jobs
        }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

/// The executors of a server's event loops, one a loop.
final class EventLoopExecutors: Sendable {
    private let executors = Mutex<[ObjectIdentifier: EventLoopExecutor]>([:])

    func executor(of loop: any EventLoop) -> EventLoopExecutor {
        executors.withLock { executors in
            if let executor = executors[ObjectIdentifier(loop)] { return executor }
            let executor = EventLoopExecutor(loop)
            executors[ObjectIdentifier(loop)] = executor
            return executor
        }
    }
}

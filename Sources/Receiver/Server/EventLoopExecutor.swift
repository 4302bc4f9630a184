import Journal
import NIOCore
import Synchronization

/// Runs tasks, and delivers the journal's answers, on an event loop's own thread.
///
/// Otherwise every await of a connection's task would hop between the loop and Swift's pool, 8–20 µs each way. Jobs that arrive together,
/// as when a transaction resumes all its callers, run as one task of the loop.
final class EventLoopExecutor: TaskExecutor, AnswerQueue {
    private let loop: any EventLoop
    private let waiting = Mutex(Waiting())

    private enum Job {
        case task(UnownedJob)
        case answer(@Sendable () -> Void)
    }

    private struct Waiting {
        var jobs: [Job] = []
        var isScheduled = false
    }

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) { add(.task(UnownedJob(job)), andWake: true) }

    func append(_ answer: @escaping @Sendable () -> Void) { add(.answer(answer), andWake: false) }

    func wake() { add(nil, andWake: true) }

    private func add(_ job: Job?, andWake wakes: Bool) {
        let mustSchedule = waiting.withLock { waiting in
            if let job { waiting.jobs.append(job) }
            guard wakes, !waiting.isScheduled, !waiting.jobs.isEmpty else { return false }
            waiting.isScheduled = true
            return true
        }
        if mustSchedule { loop.execute(run) }
    }

    /// Runs the waiting jobs. Jobs that these add wait for the loop's next turn, so that it can check its sockets in between.
    private func run() {
        let jobs = waiting.withLock { waiting in
            waiting.isScheduled = false
            defer { waiting.jobs = [] }
            return waiting.jobs
        }
        for job in jobs {
            switch job {
            case .task(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .answer(let give): give()
            }
        }
    }
}

/// The executors of a server's event loops, one per loop.
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

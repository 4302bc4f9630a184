import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// Reports when an event loop or the journal's writer is blocked for over a second, by which work, and for how long.
///
/// It checks four times per second on a thread of its own, so that it is not blocked with the others.
public final class Watchdog: Service {
    private let board: WorkBoard
    private let loops: [WatchedLoop]
    private let logger: Logger
    private let pause: Duration
    private let threshold: Duration
    private let isStopped = Mutex(false)

    /// Watches the loops, and the work on the board for which others wait.
    public init(
        _ board: WorkBoard, loops: [WatchedLoop], logger: Logger, pause: Duration = .milliseconds(250), threshold: Duration = .seconds(1)
    ) {
        self.board = board
        self.loops = loops
        self.logger = logger
        self.pause = pause
        self.threshold = threshold
    }

    /// Watches until the gateway shuts down.
    public func run() async throws {
        let (ended, end) = AsyncStream<Never>.makeStream()
        let thread = Thread { [self] in
            watch()
            end.finish()
        }
        thread.name = "watchdog"
        thread.start()
        try? await gracefulShutdown()
        isStopped.withLock { $0 = true }
        // The loops are closed next and must not be called any more.
        for await _ in ended {}
    }

    private func watch() {
        var patrol = Patrol(board, loops, threshold: threshold)
        while !isStopped.withLock({ $0 }) {
            for sighting in patrol.look(at: .now) { tell(sighting) }
            Thread.sleep(forTimeInterval: Double(pause.components.seconds) + Double(pause.components.attoseconds) / 1e18)
        }
    }

    private func tell(_ sighting: Patrol.Sighting) {
        board.count(sighting.report, of: sighting.watched)
        let isLoop = sighting.watched == .loop
        var metadata: Logger.Metadata = ["watchdog.work": "\(sighting.work.map(\.description) ?? "unknown")"]
        if let name = sighting.name { metadata["watchdog.loop"] = "\(name)" }
        switch sighting.report {
        case .began:
            logger.warning(
                isLoop
                    ? "an event loop is blocked: connections and probes wait"
                    : "the journal's writer is blocked: webhooks wait for their answers",
                metadata: metadata)
        case .ended(let duration):
            metadata["watchdog.milliseconds"] =
                "\(duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)"
            logger.warning(
                isLoop ? "an event loop was blocked and runs again" : "the journal's writer was blocked and runs again", metadata: metadata)
        }
    }
}

/// A thread that serves connections and executes what it is given in turn.
public struct WatchedLoop: Sendable {
    /// Its name in logs.
    public let name: String
    /// Passes work to the loop.
    let execute: @Sendable (@escaping @Sendable () -> Void) -> Void

    public init(name: String, execute: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
        self.name = name
        self.execute = execute
    }
}

/// The watchdog's successive checks.
struct Patrol {
    private let board: WorkBoard
    private var heartbeats: [Heartbeat]
    private var writer: BlockageWatch
    /// The writer's work at the last check.
    private var writerWork: Work?

    /// A blockage that began or ended.
    struct Sighting {
        let watched: Watched
        let name: String?
        let work: Work?
        let report: BlockageReport
    }

    init(_ board: WorkBoard, _ loops: [WatchedLoop], threshold: Duration) {
        self.board = board
        heartbeats = loops.map { Heartbeat($0, threshold: threshold) }
        writer = BlockageWatch(threshold: threshold)
    }

    mutating func look(at now: ContinuousClock.Instant) -> [Sighting] {
        let running = board.running
        var sightings = heartbeats.indices.compactMap { heartbeats[$0].look(at: now, running) }
        if let sighting = lookAtWriter(now, running) { sightings.append(sighting) }
        return sightings
    }

    private mutating func lookAtWriter(_ now: ContinuousClock.Instant, _ running: [WorkBoard.Entry]) -> Sighting? {
        let outermost = running.first { $0.watched == .writer }
        let work = running.last { $0.thread == outermost?.thread }?.work
        defer { writerWork = work }
        let report = writer.observe(outermost?.number, since: now, at: now)
        return report.map { Sighting(watched: .writer, name: nil, work: $0.isOver ? writerWork : work, report: $0) }
    }
}

/// Asks a loop to respond, and detects when it does not.
private struct Heartbeat {
    private let loop: WatchedLoop
    private let state = SharedState()
    private var watch: BlockageWatch
    private var work: Work?
    private var number: UInt64 = 0
    private var askedAt = ContinuousClock.now

    /// The state that the loop's own thread writes.
    private final class SharedState: Sendable {
        let answer = Mutex<(number: UInt64, thread: UInt, at: ContinuousClock.Instant)?>(nil)
    }

    init(_ loop: WatchedLoop, threshold: Duration) {
        self.loop = loop
        watch = BlockageWatch(threshold: threshold)
    }

    mutating func look(at now: ContinuousClock.Instant, _ running: [WorkBoard.Entry]) -> Patrol.Sighting? {
        let answer = state.answer.withLock { $0 }
        let isAnswered = number == 0 || answer?.number == number
        let mine = running.last { $0.thread == answer?.thread }?.work
        let report = watch.observe(isAnswered ? nil : number, since: askedAt, at: isAnswered ? answer?.at ?? now : now)
        let told = report?.isOver == true ? work : mine
        if !isAnswered { work = mine ?? work } else { ask(now) }
        return report.map { Patrol.Sighting(watched: .loop, name: loop.name, work: told, report: $0) }
    }

    private mutating func ask(_ now: ContinuousClock.Instant) {
        number += 1
        askedAt = now
        work = nil
        let (number, state) = (number, state)
        loop.execute { state.answer.withLock { $0 = (number, UInt(pthread_self()), .now) } }
    }
}

extension BlockageReport {
    fileprivate var isOver: Bool {
        if case .ended = self { true } else { false }
    }
}

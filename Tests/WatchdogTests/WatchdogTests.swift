import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Watchdog

@Suite("Work that takes too long")
struct BlockageWatchTests {
    private let start = ContinuousClock.now

    @Test("Work that ends in time is not reported")
    func short() {
        var watch = BlockageWatch(threshold: .seconds(1))
        #expect(watch.observe(1, since: start, at: start) == nil)
        #expect(watch.observe(1, since: start, at: start + .milliseconds(999)) == nil)
        #expect(watch.observe(2, since: start + .seconds(1), at: start + .seconds(1)) == nil)
        #expect(watch.observe(nil, since: start, at: start + .seconds(2)) == nil)
    }

    @Test("Work that takes too long is reported once, and so is its end, whatever follows", arguments: [nil, 2] as [UInt64?])
    func long(next: UInt64?) {
        var watch = BlockageWatch(threshold: .seconds(1))
        _ = watch.observe(1, since: start, at: start + .milliseconds(200))
        #expect(watch.observe(1, since: start, at: start + .seconds(1)) == .began(since: start))
        #expect(watch.observe(1, since: start, at: start + .seconds(30)) == nil)
        #expect(watch.observe(next, since: start + .seconds(40), at: start + .seconds(40)) == .ended(after: .seconds(40)))
        #expect(watch.observe(nil, since: start, at: start + .seconds(41)) == nil)
    }

    @Test("A tally counts beginnings, and adds up durations that have ended")
    func tally() {
        var tally = BlockageTally()
        tally.count(.began(since: start))
        #expect(tally.isBlocked && tally.count == 1 && tally.milliseconds == 0)
        tally.count(.ended(after: .milliseconds(1500)))
        tally.count(.began(since: start))
        #expect(tally.isBlocked && tally.count == 2 && tally.milliseconds == 1500)
    }
}

@Suite("The rounds of the watchdog")
struct PatrolTests {
    private let board = WorkBoard()
    private let start = ContinuousClock.now

    @Test("A writer that is busy with one piece of work for long is reported with that work")
    func writer() throws {
        var patrol = Patrol(board, [], threshold: .seconds(1))
        var seen: [Patrol.Sighting] = []
        board.during(Work("committing", items: 2), watched: .writer) {
            seen += patrol.look(at: start)
            board.during(Work("storing a delivery", adapter: "chat", account: "main", items: 5)) {
                seen += patrol.look(at: start + .seconds(2))
            }
        }
        seen += patrol.look(at: start + .seconds(3))
        #expect(seen.map(\.report) == [.began(since: start), .ended(after: .seconds(3))])
        #expect(seen.map { $0.work?.description } == Array(repeating: "storing a delivery of chat/main (5 items)", count: 2))
        #expect(seen.allSatisfy { $0.watched == .writer })
    }

    @Test("A writer that does many short pieces of work is not reported")
    func busyWriter() {
        var patrol = Patrol(board, [], threshold: .seconds(1))
        for second in 0..<5 {
            board.during(Work("committing"), watched: .writer) {
                #expect(patrol.look(at: start + .seconds(second)).isEmpty)
            }
        }
    }

    @Test("An event loop that does not respond is reported, with the work of its thread")
    func loop() {
        let handed = Mutex<[@Sendable () -> Void]>([])
        let loop = WatchedLoop(name: "0") { work in handed.withLock { $0.append(work) } }
        let answer = {
            for work in handed.withLock({ waiting in
                defer { waiting = [] }
                return waiting
            }) { work() }
        }
        var patrol = Patrol(board, [loop], threshold: .seconds(1))
        #expect(patrol.look(at: start).isEmpty)
        answer()
        #expect(patrol.look(at: start + .seconds(5)).isEmpty)
        // The second question is not answered: the loop's thread is the test's own, which is working.
        board.during(Work("reading a delivery", adapter: "chat", account: "main")) {
            #expect(patrol.look(at: start + .seconds(5)).isEmpty)
            let blocked = patrol.look(at: start + .seconds(7))
            #expect(blocked.map { $0.work?.description } == ["reading a delivery of chat/main"])
            #expect(blocked.first?.name == "0" && blocked.first?.watched == .loop)
        }
        answer()
        let over = patrol.look(at: start + .seconds(8))
        #expect(over.count == 1 && over.first?.work?.description == "reading a delivery of chat/main")
        #expect(patrol.look(at: start + .seconds(9)).isEmpty)
    }

    @Test("Threads that work at the same time do not overwrite each other's place on the board")
    func threads() {
        DispatchQueue.concurrentPerform(iterations: 4) { number in
            for _ in 0..<1000 {
                board.during(Work("a", items: number)) { board.during(Work("b")) {} }
            }
        }
        #expect(board.running.isEmpty)
    }
}

@Suite("The watchdog as a service")
struct WatchdogServiceTests {
    @Test("It reports and counts a blocked writer, and ends with its group")
    func service() async throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in LineLog { line in lines.withLock { $0.append(line) } } }
        let board = WorkBoard()
        let watchdog = Watchdog(board, loops: [], logger: logger, pause: .milliseconds(5), threshold: .milliseconds(50))
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: watchdog)], logger: Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }))
        await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                let thread = Thread {
                    board.during(Work("holding still"), watched: .writer) {
                        while !board.tally(of: .writer).isBlocked { Thread.sleep(forTimeInterval: 0.005) }
                    }
                }
                thread.start()
                while board.tally(of: .writer).milliseconds == 0 { try await Task.sleep(for: .milliseconds(5)) }
                await group.triggerGracefulShutdown()
            }
        }
        #expect(board.tally(of: .writer).count == 1 && !board.tally(of: .writer).isBlocked)
        #expect(board.tally(of: .loop) == BlockageTally())
        #expect(lines.withLock { $0.count } == 2)
    }
}

/// Passes each line to a closure.
private struct LineLog: LogHandler {
    let write: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { write("\(event.message)") }
}

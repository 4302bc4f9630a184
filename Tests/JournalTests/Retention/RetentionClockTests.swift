import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("The clock of retention")
struct RetentionClockTests {
    private let start = Instant(milliseconds: 1_764_000_000_000)
    private let moment = ContinuousClock.now
    private let clock = RetentionClock()
    private static let day = 86_400

    /// The seconds since `start` that retention uses `elapsed` seconds after it, if the machine's clock shows `shown` seconds.
    private func seconds(after elapsed: Int, shown: Int, latest: Int? = nil) -> Int64 {
        let latest = latest.map { start.adding(.seconds($0)) }
        let (time, _) = clock.time(
            start.adding(.seconds(shown)), patience: .seconds(Self.day), since: latest, at: moment.advanced(by: .seconds(elapsed)))
        return time.since(start).components.seconds
    }

    @Test("It follows small steps at once, and steps back of any size")
    func steps() {
        #expect(seconds(after: 0, shown: 0) == 0)
        #expect(seconds(after: 20, shown: 3620) == 3620)
        #expect(seconds(after: 40, shown: -90 * Self.day) == Int64(-90 * Self.day))
    }

    @Test("It does not follow a jump forward that is taken back")
    func jump() {
        #expect(seconds(after: 0, shown: 0) == 0)
        #expect(seconds(after: 20, shown: 40 * Self.day) == 20)
        #expect(seconds(after: 3600, shown: 40 * Self.day + 3580) == 3600)
        #expect(seconds(after: 3620, shown: 3620) == 3620)
        // A new jump has a day of its own.
        #expect(seconds(after: Self.day, shown: 40 * Self.day) == Int64(Self.day))
        #expect(seconds(after: Self.day + 40, shown: 40 * Self.day) == Int64(Self.day + 40))
    }

    @Test("It follows a jump that lasts for a day")
    func lasting() {
        #expect(seconds(after: 0, shown: 0) == 0)
        #expect(seconds(after: 20, shown: 40 * Self.day) == 20)
        #expect(seconds(after: Self.day, shown: 41 * Self.day) == Int64(Self.day))
        #expect(seconds(after: Self.day + 20, shown: 41 * Self.day) == Int64(41 * Self.day))
    }

    @Test("At a start the latest delivery says what time it was", arguments: [(nil, 0), (-40 * day, -40 * day), (-3600, 0), (40 * day, 0)])
    func begin(latest: Int?, expected: Int) { #expect(seconds(after: 0, shown: 0, latest: latest) == Int64(expected)) }

    @Test("A clock that jumps ahead deletes neither deliveries nor dead letters, and neither does one that is wrong at the start")
    func journal() async throws {
        let rig = try TemporaryJournal(
            keep: .seconds(30 * Self.day), keepDeadLetters: .seconds(90 * Self.day), clockPatience: .seconds(Self.day))
        try await rig.accept(.message("a"))
        try await rig.accept(.unreadable("{}"))
        try await rig.accept(.unreadable("[]"))
        #expect(try await rig.journal.pruneDeliveries() == 0)
        rig.clock.advance(by: .seconds(100 * Self.day))
        #expect(try await rig.journal.pruneDeliveries() == 0)
        #expect(try await rig.journal.pruneDeadLetters() == 0)
        let next = try rig.reopened()
        #expect(try await next.journal.pruneDeliveries() == 0)
        #expect(try await next.journal.pruneDeadLetters() == 0)
        #expect(try rig.rows("SELECT count(*) FROM dead_letters") == ["2"] && rig.count("deliveries") == 3)
    }
}

import Messaging
import Testing

@testable import Receiver

@Suite("Detecting that an account's webhooks have stopped")
struct TrafficHistoryTests {
    private static let hour = 3600
    private static let week = 7 * 24 * hour
    /// A Monday, 00:00 in UTC.
    private static let monday = Instant(milliseconds: 1_795_392_000_000)

    /// Whether a webhook arrives in this second after the first Monday.
    private typealias Rhythm = (_ second: Int) -> Bool

    /// A webhook every quarter of an hour.
    private static func always(_ second: Int) -> Bool { true }
    /// A webhook every quarter of an hour from 9:00 to 17:00, Monday to Friday.
    private static func inOffice(_ second: Int) -> Bool {
        let day = second / (24 * hour) % 7
        let time = second % (24 * hour)
        return day < 5 && (9 * hour..<17 * hour).contains(time)
    }

    /// An account whose history is updated every five minutes until `end`, in seconds; records each change and its time.
    private struct Account {
        var history = TrafficHistory()
        var watched = QuarterHours()
        var latest: Instant?
        var second = 0
        var changes: [(second: Int, change: TrafficHistory.Change)] = []

        var now: Instant { at(second) }
        func at(_ second: Int) -> Instant { monday.adding(.seconds(second)) }

        /// `runs` says whether the gateway is running.
        mutating func live(until end: Int, runs: Bool = true, _ rhythm: Rhythm) {
            while second < end {
                if runs {
                    if second % 900 == 0, rhythm(second) { latest = now }
                    watched.insert(QuarterHours.number(of: now))
                    if let change = history.look(at: latest, watched: watched, now: now) { changes.append((second, change)) }
                }
                second += 300
            }
        }
    }

    private static func silent(_ second: Int) -> Bool { false }

    @Test("An account with constant webhooks has stopped after two hours without any")
    func constant() {
        var account = Account()
        account.live(until: 2 * Self.week + 10 * Self.hour, Self.always)
        #expect(account.history.isRegular(at: account.now))
        account.live(until: 2 * Self.week + 20 * Self.hour, Self.silent)
        // The last quarter of an hour with a webhook and eight silent ones have passed.
        let last = 2 * Self.week + 10 * Self.hour - 900
        #expect(account.changes.map(\.second) == [last + 9 * 900])
        #expect(account.changes.map(\.change) == [.stopped(since: account.at(last))])
        #expect(account.history.hasStopped)
    }

    @Test("The return of webhooks is reported once, with the length of the pause")
    func again() {
        var account = Account()
        account.live(until: 2 * Self.week, Self.always)
        account.live(until: 2 * Self.week + 5 * Self.hour, Self.silent)
        account.live(until: 2 * Self.week + 9 * Self.hour, Self.always)
        #expect(account.changes.count == 2 && account.changes.last?.change == .resumed(after: .seconds(5 * Self.hour + 900)))
        #expect(!account.history.hasStopped)
    }

    @Test("For an account with webhooks in office hours, nights and weekends are no silence; a Tuesday morning is")
    func office() {
        var account = Account()
        account.live(until: 4 * Self.week + 24 * Self.hour, Self.inOffice)
        #expect(account.changes.isEmpty && account.history.isRegular(at: account.now))
        account.live(until: 4 * Self.week + 48 * Self.hour, Self.silent)
        #expect(account.changes.map(\.second) == [4 * Self.week + (24 + 11) * Self.hour])
    }

    @Test("Nothing is reported in the first two weeks, when the usual traffic is unknown")
    func unknown() {
        var account = Account()
        account.live(until: Self.week, Self.always)
        account.live(until: Self.week + 6 * 24 * Self.hour, Self.silent)
        #expect(account.changes.isEmpty && !account.history.isRegular(at: account.now))
    }

    @Test("An account with occasional webhooks is not regular")
    func rare() {
        var account = Account()
        account.live(until: 3 * Self.week) { $0 % (24 * Self.hour) == 9 * Self.hour }
        #expect(!account.history.isRegular(at: account.now))
        account.live(until: 4 * Self.week, Self.silent)
        #expect(account.changes.isEmpty)
    }

    @Test("A campaign of one week does not change what is usual")
    func campaign() {
        var account = Account()
        let campaign = 2 * Self.week + 24 * Self.hour..<2 * Self.week + 34 * Self.hour
        account.live(until: 3 * Self.week) { campaign.contains($0) || Self.inOffice($0) }
        // Only one of the two previous weeks had webhooks on Tuesday before nine.
        account.live(until: 3 * Self.week + 24 * Self.hour, Self.inOffice)
        account.live(until: 3 * Self.week + 33 * Self.hour, Self.silent)
        #expect(account.changes.isEmpty)
    }

    @Test("The time in which the gateway did not run does not count as silence")
    func downtime() {
        var account = Account()
        account.live(until: 2 * Self.week, Self.always)
        account.live(until: 2 * Self.week + 12 * Self.hour, runs: false, Self.silent)
        account.live(until: 2 * Self.week + 13 * Self.hour, Self.silent)
        #expect(account.changes.isEmpty)
        account.live(until: 2 * Self.week + 15 * Self.hour, Self.silent)
        #expect(account.changes.map(\.second) == [2 * Self.week + 14 * Self.hour])
    }

    @Test("After two weeks of silence an account is no longer regular, but the return of its webhooks is reported")
    func forgotten() {
        var account = Account()
        account.live(until: 2 * Self.week, Self.always)
        account.live(until: 4 * Self.week - Self.hour, Self.silent)
        #expect(account.history.isRegular(at: account.now) && account.changes.count == 1)
        account.live(until: 5 * Self.week, Self.silent)
        #expect(!account.history.isRegular(at: account.now) && account.changes.count == 1)
        account.live(until: 5 * Self.week + Self.hour, Self.always)
        #expect(account.changes.count == 2 && !account.history.hasStopped)
    }
}

import Messaging
import Testing

@testable import Supabase

@Suite("The state of the connection to the database")
struct SyncHealthTests {
    private let start = Instant(milliseconds: 1_800_000_000_000)

    private func failure(_ reason: String, after seconds: Int, isPause: Bool = false) -> SyncHealth.Failure {
        SyncHealth.Failure(reason: reason, at: start.adding(.seconds(seconds)), isPause: isPause)
    }

    @Test("An outage begins with its first failure, and the next outage with its own")
    func since() {
        let health = SyncHealth()
        #expect(health.failed(failure("away", after: 0)))
        #expect(!health.failed(failure("still away", after: 10)))
        let ended = health.succeeded(rows: 1)
        #expect(ended?.since == start && ended?.at == start.adding(.seconds(10)))
        _ = health.failed(failure("away", after: 60))
        #expect(health.current.failure?.since == start.adding(.seconds(60)))
    }

    @Test("A refusal ends with the last row that waits because of it; an outage of the database does not end it")
    func keptRow() {
        let health = SyncHealth()
        _ = health.failed(SyncHealth.Failure(reason: "no", at: start, isPause: true, isRefusal: true))
        #expect(health.keptRow(isAll: false) == nil && health.current.failure != nil)
        #expect(health.keptRow(isAll: true)?.reason == "no" && health.current.failure == nil)
        _ = health.failed(failure("away", after: 1))
        #expect(health.keptRow(isAll: true) == nil && health.current.failure?.reason == "away")
        #expect(health.current.refused == 3)
    }

    @Test("A refused call is reported with its reason, and the state of the connection stays")
    func refused() {
        let health = SyncHealth()
        health.refused(failure("no", after: 0))
        #expect(health.current.failedCalls == 1 && health.current.lastFailure?.reason == "no" && health.current.failure == nil)
    }
}

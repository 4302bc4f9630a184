import Messaging
import Testing

@testable import Supabase

@Suite("How the way to the database is")
struct SyncHealthTests {
    private let start = Instant(milliseconds: 1_800_000_000_000)

    private func failure(_ reason: String, after seconds: Int, isPause: Bool = false) -> SyncHealth.Failure {
        SyncHealth.Failure(reason: reason, at: start.adding(.seconds(seconds)), isPause: isPause)
    }

    @Test("An outage began with its first failure, and the next one with its own")
    func since() {
        let health = SyncHealth()
        #expect(health.failed(failure("away", after: 0)))
        #expect(!health.failed(failure("still away", after: 10)))
        let ended = health.succeeded(rows: 1)
        #expect(ended?.since == start && ended?.at == start.adding(.seconds(10)))
        _ = health.failed(failure("away", after: 60))
        #expect(health.current.failure?.since == start.adding(.seconds(60)))
    }

    @Test("What a call is refused for is told, and the way to the database is as it was")
    func refused() {
        let health = SyncHealth()
        health.refused(failure("no", after: 0))
        #expect(health.current.failedCalls == 1 && health.current.lastFailure?.reason == "no" && health.current.failure == nil)
    }
}

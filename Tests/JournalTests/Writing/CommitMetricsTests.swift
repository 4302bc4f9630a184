import Journal
import Messaging
import SwitchboardTesting
import Telemetry
import Testing

@Suite("The journal's metrics")
struct CommitMetricsTests {
    private let metrics = PrometheusMetrics()
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(metrics: metrics) }

    private func value(_ name: String) -> String? {
        var page = MetricsPage()
        metrics.write(to: &page)
        return page.text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test("A rolled-back transaction counts nothing, and its neighbours count once")
    func rolledBack() async throws {
        try rig.execute(
            "CREATE TRIGGER refusal BEFORE INSERT ON messages WHEN NEW.external_id = 'm-13' BEGIN SELECT RAISE(ABORT, 'refused'); END")
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<32 { group.addTask { [rig] in _ = try? await rig.accept(.message("m-\(number)")) } }
        }
        #expect(value(#"switchboard_items_stored_total{table="messages"}"#) == "31")
        #expect(value("switchboard_journal_commit_writes_sum") == "31")
    }

    @Test("A row that the database refused is a dead letter once, however often it is refused")
    func syncLetters() async throws {
        let letter = DeadLetter(
            stage: .sync, reason: "refused", detail: nil, deliveryID: nil, record: "{}", createdAt: rig.clock.now)
        for _ in 1...3 { try await rig.journal.keep(letter) }
        #expect(value(#"switchboard_items_stored_total{table="dead_letters"}"#) == "1")
        #expect(value("switchboard_journal_commit_seconds_count") == "3")
    }
}

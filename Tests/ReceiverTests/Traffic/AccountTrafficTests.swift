import Logging
import Messaging
import SwitchboardTesting
import Telemetry
import Testing

@testable import Receiver

@Suite("The traffic of accounts, in the log and in the metrics")
struct AccountTrafficTests {
    private let log = LogRecorder()
    private let clock = ManualClock()

    /// Looks every five minutes, while the account gets a webhook every quarter of an hour, or none if `isSilent`.
    private func pass(hours: Int, _ traffic: AccountTraffic, _ latest: LastWebhook, isSilent: Bool = false) {
        for step in 0..<12 * hours {
            if !isSilent, step % 3 == 0 { latest.note(clock.now) }
            traffic.look(at: clock.now)
            clock.advance(by: .seconds(300))
        }
    }

    private func page(_ traffic: AccountTraffic) -> String {
        var page = MetricsPage()
        traffic.write(to: &page, at: clock.now)
        return page.text
    }

    private static let lobby = Account(adapter: "kiosk", name: "lobby", secrets: [])

    @Test("A stop of webhooks is one warning, and their return one line of level info")
    func lines() {
        let traffic = AccountTraffic(logger: log.logger)
        let latest = traffic.latest(of: Self.lobby)
        pass(hours: 15 * 24, traffic, latest)
        #expect(log.lines.isEmpty)
        let last = latest.instant
        pass(hours: 24, traffic, latest, isSilent: true)
        pass(hours: 1, traffic, latest)
        #expect(log.lines.map(\.level) == [.warning, .info])
        #expect(log.lines.map(\.message) == ["webhooks of an account have stopped coming", "webhooks of an account come again"])
        for line in log.lines { #expect(line.metadata["delivery.adapter"] == "kiosk" && line.metadata["delivery.account"] == "lobby") }
        #expect(log.lines.first?.metadata["webhook.last_at"] == last?.description)
        #expect(log.lines.last?.metadata["webhook.pause_seconds"] == "\(24 * 3600 + 900)")
    }

    @Test("Regular accounts are on the page with the seconds since their last webhook, others are not")
    func metrics() async throws {
        let traffic = AccountTraffic(logger: log.logger)
        let latest = traffic.latest(of: Self.lobby)
        traffic.latest(of: Account(adapter: "chat", name: "main", secrets: [])).note(clock.now)
        pass(hours: 24, traffic, latest)
        #expect(page(traffic).isEmpty)
        pass(hours: 14 * 24, traffic, latest)
        let labels = #"{account="lobby",adapter="kiosk"}"#
        #expect(page(traffic).contains("\nswitchboard_account_silent_seconds\(labels) 900\n"))
        #expect(page(traffic).contains("\nswitchboard_account_stopped\(labels) 0\n"))
        #expect(!page(traffic).contains("chat"))
        pass(hours: 3, traffic, latest, isSilent: true)
        #expect(page(traffic).contains("\nswitchboard_account_silent_seconds\(labels) \(3 * 3600 + 900)\n"))
        #expect(page(traffic).contains("\nswitchboard_account_stopped\(labels) 1\n"))
        // A webhook shows on the page at once, before the next look.
        latest.note(clock.now)
        #expect(page(traffic).contains("\nswitchboard_account_silent_seconds\(labels) 0\n"))
        #expect(try await Promtool.complaints(about: page(traffic)) == [])
    }

    @Test("After a restart, silence continues to be counted, and is not logged twice")
    func restart() {
        let first = AccountTraffic(logger: log.logger)
        let latest = first.latest(of: Self.lobby)
        pass(hours: 15 * 24, first, latest)
        pass(hours: 1, first, latest, isSilent: true)
        let second = AccountTraffic(first.encoded(at: clock.now), logger: log.logger)
        pass(hours: 2, second, second.latest(of: Self.lobby), isSilent: true)
        #expect(log.lines.map(\.level) == [.warning])
        let third = AccountTraffic(second.encoded(at: clock.now), logger: log.logger)
        pass(hours: 2, third, third.latest(of: Self.lobby), isSilent: true)
        #expect(page(third).contains(#"silent_seconds{account="lobby",adapter="kiosk"} \#(5 * 3600 + 900)"#))
        #expect(log.lines.map(\.level) == [.warning])
        pass(hours: 1, third, third.latest(of: Self.lobby))
        #expect(log.lines.map(\.level) == [.warning, .info])
    }

    @Test("An account that is missing from the settings for a while is kept; one without webhooks for weeks is not")
    func absent() {
        let first = AccountTraffic(logger: log.logger)
        pass(hours: 15 * 24, first, first.latest(of: Self.lobby))
        let without = AccountTraffic(first.encoded(at: clock.now), logger: log.logger)
        without.look(at: clock.now)
        #expect(page(without).isEmpty)
        #expect(String(decoding: without.encoded(at: clock.now), as: UTF8.self).contains("lobby"))
        clock.advance(by: .seconds(29 * 24 * 3600))
        #expect(!String(decoding: without.encoded(at: clock.now), as: UTF8.self).contains("lobby"))
    }

    @Test("A file with other contents counts as empty", arguments: ["", "{}", "[1]", "{\"watched\":\"1 2 3\"}", "\u{0}"])
    func unreadable(text: String) {
        let traffic = AccountTraffic(Array(text.utf8), logger: log.logger)
        traffic.look(at: clock.now)
        #expect(log.lines.isEmpty && page(traffic).isEmpty)
    }

    @Test("Acknowledged webhooks count, refused ones do not")
    func received() async throws {
        let traffic = AccountTraffic()
        let rig = try TestReceiver(traffic: traffic)
        let latest = traffic.latest(of: Self.lobby)
        #expect(try await rig.send("POST", "/webhooks/kiosk/lobby", body: Array(Body.event("1").utf8)).status == 401)
        #expect(latest.instant == nil)
        #expect(try await rig.post("/webhooks/kiosk/lobby", Body.event("1")).status == 200)
        #expect(latest.instant == rig.clock.now)
        rig.clock.advance(by: .seconds(60))
        // A duplicate also shows that the provider reaches the gateway.
        #expect(try await rig.post("/webhooks/kiosk/lobby", Body.event("1")).status == 200)
        #expect(latest.instant == rig.clock.now)
    }
}

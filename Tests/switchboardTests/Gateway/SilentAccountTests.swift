import HTTPTransport
import Messaging
import SwitchboardTesting
import Testing

@Suite("Accounts whose webhooks stop")
struct SilentAccountTests {
    @Test("A gateway that starts while an account has stopped reports it at once, from the last process's file")
    func restart() async throws {
        try await GatewayFolder.with { folder in
            try folder.write(Self.traffic(lastHoursAgo: 3), to: "account-traffic.journal.sqlite.json")
            let gateway = try await folder.start()
            let client = try GatewayClient(gateway)
            let labels = #"{account="lobby",adapter="kiosk"}"#
            let silent = try await Self.value("switchboard_account_silent_seconds\(labels)", client)
            #expect(silent.map { (3 * 3600...3 * 3600 + 600).contains($0) } == true)
            // The first request may be answered before the first look.
            try await waiting(for: "the first look") {
                try await Self.value("switchboard_account_stopped\(labels)", client) == 1 ? () : nil
            }
            // A refused webhook does not end the silence.
            #expect(try await client.deliver("{}", to: .kiosk.forged).status == 401)
            #expect(try await Self.value("switchboard_account_stopped\(labels)", client) == 1)
            #expect(try await gateway.terminate() == 0)
            let lines = gateway.log.split(separator: "\n").filter { $0.contains("webhooks of an account have stopped coming") }
            #expect(lines.count == 1 && lines.first?.contains("\"warning\"") == true && lines.first?.contains("lobby") == true)
            // The next process knows that the stop has already been reported.
            let next = try await folder.start()
            #expect(try await Self.value("switchboard_account_stopped\(labels)", try GatewayClient(next)) == 1)
            #expect(try await next.terminate() == 0)
            #expect(!next.log.contains("webhooks of an account have stopped coming"))
        }
    }

    /// The file of a gateway whose kiosk had a webhook in every quarter of an hour for four weeks, up to its last one.
    private static func traffic(lastHoursAgo hours: Int64) -> String {
        let now = Instant.now
        let last = now.adding(.seconds(-hours * 3600))
        let words = Array(repeating: String(UInt64.max, radix: 16), count: 42).joined(separator: " ")
        func quarters(to end: Instant) -> String { "\(end.milliseconds / 900_000) \(words)" }
        return """
            {"watched":"\(quarters(to: now))","accounts":[{"adapter":"kiosk","account":"lobby","last":"\(last)","stopped":false,\
            "quarter_hours":"\(quarters(to: last))"}]}
            """
    }

    private static func value(_ series: String, _ client: GatewayClient) async throws -> Int? {
        let lines = try await client.get("/metrics").text.split(separator: "\n")
        return lines.first { $0.hasPrefix("\(series) ") }.flatMap { Int($0.dropFirst(series.count + 1)) }
    }
}

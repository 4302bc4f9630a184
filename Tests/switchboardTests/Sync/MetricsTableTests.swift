import Foundation
import SwitchboardTesting
import Testing

@Suite("The metrics of Docs/Metrics.md")
struct MetricsTableTests {
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..").standardized

    @Test("The table has every metric of a running gateway that writes to a database, and none that there is not")
    func names() async throws {
        let database = try await SharedDatabase.make()
        let shown = try await database.settings(by: .postgres) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                _ = try await client.deliver(WhatsAppWebhook.texts(["wamid.1"]))
                try await client.drained()
                let page = try await client.get("/metrics").text
                return Set(page.matches(of: #/\n# TYPE ((?:switchboard|process)_[a-z_]+) /#).map { String($0.output.1) })
            }
        }
        #expect(shown.count > 20)
        let documented = try documented()
        for name in shown.subtracting(documented).sorted() {
            Issue.record("\(name) is on the page of /metrics: add its row to the table of Docs/Metrics.md")
        }
        // What is shown under TLS, or after an error, alone.
        let written = try written()
        for name in documented.subtracting(shown).subtracting(written).sorted() {
            Issue.record("\(name) is in the table of Docs/Metrics.md, and nothing in Sources makes it")
        }
    }

    /// The names in the first column of the table; `_journal_log_bytes` stands for `switchboard_journal_log_bytes`.
    private func documented() throws -> Set<String> {
        let document = try String(contentsOf: Self.package.appendingPathComponent("Docs/Metrics.md"), encoding: .utf8)
        let rows = document.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.flatMap { row in
            row.split(separator: "|")[0].matches(of: /`(_[a-z_]+|(?:switchboard|process)_[a-z_]+)(\{[^`]*)?`/).map { String($0.output.1) }
        }
        return Set(names.map { $0.hasPrefix("_") ? "switchboard\($0)" : $0 })
    }

    /// The names that stand in the sources.
    private func written() throws -> Set<String> {
        let sources = Self.package.appendingPathComponent("Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
        return try Set(
            (files ?? []).flatMap { file in
                try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8).matches(
                    of: /"((?:switchboard|process)_[a-z_]+)"/
                )
                .map { String($0.output.1) }
            })
    }
}

import Foundation
import SwitchboardTesting
import Testing

@Suite("The metrics of a gateway, in documents, dashboard and alerts")
struct MetricsTableTests {
    @Test("Docs/Metrics.md has every metric of a gateway with a database; document, dashboard and alerts have no others")
    func names() async throws {
        let page = try await page()
        #expect(try await Promtool.complaints(about: page) == [])
        let shown = Set(page.matches(of: #/# TYPE ([a-z_]+) /#).map { String($0.output.1) })
        #expect(shown.count > 40)
        // Metrics that are only shown with TLS, after an error, or for accounts with regular webhooks must at least be in the sources.
        let written = try written()
        let documented = try documented()
        for name in shown.filter({ $0.hasPrefix("switchboard_") || $0.hasPrefix("process_") }).subtracting(documented).sorted() {
            Issue.record("\(name) is on the page of /metrics: add its row to the table of Docs/Metrics.md")
        }
        for name in documented.subtracting(shown).subtracting(written).sorted() {
            Issue.record("\(name) is in the table of Docs/Metrics.md, and nothing in Sources makes it")
        }
        let lines = page.split(separator: "\n").filter { !$0.hasPrefix("#") }
        for file in [MonitoringFiles.dashboard, MonitoringFiles.alerts] {
            // Quotation marks are escaped in JSON.
            for use in MonitoringFiles.uses(in: try MonitoringFiles.text(file).replacing("\\\"", with: "\"")) {
                let metric = use.name.replacing(/_(bucket|sum|count)$/, with: "")
                guard shown.contains(use.name) || shown.contains(metric) else {
                    #expect(written.contains(use.name), "\(file.lastPathComponent) has \(use.name), and no gateway has such a metric")
                    continue
                }
                for (label, value) in use.labels where label != "job" && label != "instance" {
                    #expect(
                        lines.contains { $0.hasPrefix("\(use.name){") && $0.contains("\(label)=\"\(value)\"") },
                        "\(file.lastPathComponent) has \(use.name) with \(label)=\"\(value)\", and no gateway has such a label")
                }
            }
        }
    }

    /// The metrics of a gateway that has stored a message and saved it to its database.
    private func page() async throws -> String {
        let database = try await SharedDatabase.make()
        return try await database.settings(by: .postgres) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                _ = try await client.deliver(WhatsAppWebhook.texts(["wamid.1"]))
                try await client.drained()
                return try await client.get("/metrics").text
            }
        }
    }

    /// The names in the first column of the table, where `_journal_log_bytes` stands for `switchboard_journal_log_bytes`.
    private func documented() throws -> Set<String> {
        let rows = try MonitoringFiles.text(MonitoringFiles.document).split(separator: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.flatMap { row in
            row.split(separator: "|")[0].matches(of: /`(_[a-z_]+|(?:switchboard|process)_[a-z_]+)(\{[^`]*)?`/).map { String($0.output.1) }
        }
        return Set(names.map { $0.hasPrefix("_") ? "switchboard\($0)" : $0 })
    }

    /// The names that occur in the sources.
    private func written() throws -> Set<String> {
        let sources = MonitoringFiles.package.appendingPathComponent("Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
        return try Set(
            (files ?? []).flatMap { file in
                try MonitoringFiles.text(sources.appendingPathComponent(file)).matches(of: /"((?:switchboard|process)_[a-z_]+)"/)
                    .map { String($0.output.1) }
            })
    }
}

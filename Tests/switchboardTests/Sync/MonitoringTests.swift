import Foundation
import JSON
import SwitchboardTesting
import Testing

@Suite("The dashboard and the alerts")
struct MonitoringTests {
    @Test("Prometheus accepts the alerts, and each fires under its condition")
    func alerts() async throws {
        #expect(try await Promtool.complaints(of: "check", "rules", MonitoringFiles.alerts.path) == [])
        #expect(try await Promtool.complaints(of: "test", "rules", MonitoringFiles.alertTests.path) == [])
    }

    @Test("Each alert is tested, has a summary and a description, and is in the table of Docs/Metrics.md")
    func alertsAreDescribed() throws {
        let text = try MonitoringFiles.text(MonitoringFiles.alerts)
        let names = text.matches(of: /- alert: (\w+)/).map { String($0.output.1) }
        #expect(names.count == Set(names).count && names.count > 10)
        for word in ["summary: ", "description: ", "severity: "] { #expect(text.components(separatedBy: word).count == names.count + 1) }
        let tests = try MonitoringFiles.text(MonitoringFiles.alertTests)
        for name in names { #expect(tests.contains("\"\(name)\""), "no test of \(name)") }
        let document = try MonitoringFiles.text(MonitoringFiles.document)
        #expect(document.matches(of: /\n\| `(Switchboard\w+)` \|/).map { String($0.output.1) } == names)
    }

    @Test("Grafana can import the dashboard: its panels have ids of their own, and the datasource is a variable")
    func dashboard() throws {
        let panels = try MonitoringFiles.panels()
        let ids = panels.compactMap { $0["id"].int }
        #expect(ids.count == panels.count && Set(ids).count == ids.count)
        let rows = panels.filter { $0["type"].string == "row" }.compactMap { $0["title"].string }
        #expect(rows == ["Traffic", "Acknowledgement", "Errors", "Sync and outbox", "Accounts", "Process and disk"])
        for panel in panels where panel["type"].string != "row" {
            let title = panel["title"].string ?? "a panel without a title"
            #expect(panel["description"].string?.isEmpty == false, "\(title)")
            #expect(panel["targets"].count > 0, "\(title)")
            for source in [panel["datasource"]] + panel["targets"].elements.map({ $0["datasource"] }) {
                #expect(source["uid"].string == "${datasource}" && source["type"].string == "prometheus", "\(title)")
            }
        }
    }

    @Test("Prometheus accepts every expression of the dashboard, and each shows the selected gateways")
    func expressions() async throws {
        let expressions = try MonitoringFiles.expressions()
        for (panel, expression) in expressions {
            for use in MonitoringFiles.uses(in: expression) {
                let chosen = expression.components(separatedBy: "\(use.name){job=\"$job\",instance=~\"$instance\"").count
                #expect(chosen == expression.components(separatedBy: use.name).count, "\(panel): \(expression)")
            }
        }
        // Prometheus checks expressions only as part of rules.
        var writer = JSONWriter()
        writer.object { file in
            file.key("groups")
            file.array { groups in
                groups.object { group in
                    group.member("name", "dashboard")
                    group.key("rules")
                    group.array { rules in
                        for (number, (_, expression)) in expressions.enumerated() {
                            rules.object { rule in
                                rule.member("record", "dashboard:expression_\(number)")
                                rule.member("expr", expression.replacing("$__rate_interval", with: "5m"))
                            }
                        }
                    }
                }
            }
        }
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/rules.json"
        try Data(writer.bytes).write(to: URL(fileURLWithPath: file))
        #expect(try await Promtool.complaints(of: "check", "rules", file) == [])
    }
}

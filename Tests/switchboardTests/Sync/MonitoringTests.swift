import Foundation
import SwitchboardTesting
import Testing

@Suite("The alerts")
struct MonitoringTests {
    @Test("Prometheus takes the alerts, and each fires when it should")
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
}

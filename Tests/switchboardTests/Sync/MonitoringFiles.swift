import Foundation
import JSON

/// The files that operators load into Prometheus and Grafana, and the metrics used in them.
enum MonitoringFiles {
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..").standardized
    static let dashboard = package.appendingPathComponent("Config/grafana/switchboard.json")
    static let alerts = package.appendingPathComponent("Config/prometheus/alerts.yaml")
    static let alertTests = package.appendingPathComponent("Tests/Prometheus/alerts.test.yaml")
    static let document = package.appendingPathComponent("Docs/Metrics.md")

    static func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

    /// The panels of the dashboard in their order, including rows.
    static func panels() throws -> [JSON] { try Array(JSON(parsing: Array(Data(contentsOf: dashboard)))["panels"].elements) }

    /// The expressions of the dashboard, each with the title of its panel.
    static func expressions() throws -> [(panel: String, expression: String)] {
        try panels().flatMap { panel in
            panel["targets"].elements.map { (panel["title"].string ?? "", $0["expr"].string ?? "") }
        }
    }

    /// A metric used in an expression or a text, with the labels that select its series.
    struct Use {
        let name: String
        /// Each label with the value that is required or excluded.
        let labels: [(name: String, value: String)]
    }

    static func uses(in text: String) -> [Use] {
        text.matches(of: /\b((?:switchboard|process)_[a-z_]+)(?:\{([^}]*)\})?/).map { match in
            let labels = (match.output.2 ?? "").matches(of: /([a-z_]+)(?:=|!=)"([^"]*)"/)
            return Use(name: String(match.output.1), labels: labels.map { (String($0.output.1), String($0.output.2)) })
        }
    }
}

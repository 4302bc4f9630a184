import Foundation
import Testing
import Yams

@testable import SwitchboardApp

@Suite("Config/switchboard.yaml")
struct ShippedSettingsTests {
    @Test("It says what the defaults are")
    func defaults() throws {
        #expect(try Settings(yaml: try text(), environment: SettingsEnvironment(process: [:])) == Settings())
    }

    @Test("Without it, what it says of the environment holds all the same")
    func noFile() throws {
        let variables = ["SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "service-key"]
        let environment = try SettingsEnvironment(process: variables)
        let settings = try Settings.load(path: nil, defaultPath: "/nowhere/switchboard.yaml", environment: environment)
        #expect(settings == (try Settings(yaml: try text(), environment: environment)))
        #expect(settings.supabase.url == "https://x.supabase.co")
    }

    @Test("It holds every key that there is, in the order they are read, in its settings or its examples")
    func everyKey() throws {
        let root = try Yams.compose(yaml: withExamples(try text()))
        let report = SettingsReport(environment: try SettingsEnvironment(process: variables()))
        _ = Settings(root: root, report: report)
        #expect(report.problems == [])
        let missing = report.knownPaths.filter { !hasKey($0, in: root) }
        // An example shows the optional keys of one account, not of all.
        #expect(missing.filter { !$0.hasPrefix("accounts[") } == [])
        let optional = Set(report.knownPaths.filter { $0.hasPrefix("accounts[") }.map { $0.drop { $0 != "." } })
        for key in optional {
            #expect(report.knownPaths.contains { $0.hasSuffix(key) && !missing.contains($0) }, "no account's example has \(key)")
        }
        #expect(report.knownPaths.count > 30)
    }

    @Test("The defaults that Docs/Operating.md names are those of the file")
    func documentedDefaults() throws {
        let root = try Yams.compose(yaml: try text())
        let rows = try ShippedSettingsTests.file("../Docs/Operating.md").split(separator: "\n").filter { $0.hasPrefix("| `server.") }
        var documented = 0
        for row in rows {
            let columns = row.split(separator: "|").map { $0.matches(of: /`([^`]+)`/).map { String($0.output.1) } }
            // Other tables explain a key and say nothing of its default.
            guard columns.count == 3, columns[0].count == columns[1].count else { continue }
            for (key, value) in zip(columns[0], columns[1]) {
                #expect(self.value(key, in: root) == value, "\(key)")
                documented += 1
            }
        }
        #expect(documented == 9)
    }

    @Test("env.example names every variable that the settings name, and no other")
    func variablesAreListed() throws {
        let named = try text().matches(of: /\$\{([A-Z_]+)(?::-[^}]*)?\}/).map { String($0.output.1) }.filter { $0 != "NAME" }
        #expect(Set(named) == Set(try variables().keys))
    }

    private func text() throws -> String { try ShippedSettingsTests.file("switchboard.yaml") }

    /// The text with its examples, lines that begin with `#` and a key or two spaces, in the place of the empty defaults before them.
    private func withExamples(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.split(separator: "\n") {
            guard line.hasPrefix("#"), !line.hasPrefix("# ") || line.hasPrefix("#  ") else {
                lines.append(line)
                continue
            }
            // A key within an example that needs others stands behind a second mark.
            let example = line.dropFirst().replacing(/^( +)# (?=[a-z_]+: )/) { $0.output.1 }
            let key = example.prefix { $0 != ":" }
            lines.removeAll { $0 == "\(key): []" || $0 == "\(key): {}" }
            lines.append(example)
        }
        return lines.joined(separator: "\n")
    }

    /// The variables of env.example, each with a value.
    private func variables() throws -> [String: String] {
        let lines = try ShippedSettingsTests.file("env.example").split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let name = String(line.prefix { $0 != "=" })
                return (name, Self.forms.first { name.hasSuffix($0.suffix) }?.value ?? "the value of \(name)")
            })
    }

    private static let forms = [
        ("_WRITE", "true"), ("_SCHEMA", "acme"), ("_DB_URL", "postgres://x"), ("_URL", "https://x"),
        ("CHAT_SECRET", "whsec_dGhlIHNlY3JldCBvZiB0aGUgY2hhdCBhY2NvdW50"),
        ("KIOSK_SECRET", "whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5"),
        ("KIOSK_SECRET_NEXT", "whsec_dGhlIG5leHQgc2VjcmV0IG9mIHRoZSBraW9zaw=="),
    ].map { (suffix: $0.0, value: $0.1) }

    /// Whether the node has something at a path such as `accounts[0].name`.
    private func hasKey(_ path: String, in root: Node?) -> Bool { node(path, in: root) != nil }

    /// The scalar at a path, as it is written.
    private func value(_ path: String, in root: Node?) -> String? { node(path, in: root)?.scalar?.string }

    private func node(_ path: String, in root: Node?) -> Node? {
        var node = root
        for step in path.split(whereSeparator: { ".[]".contains($0) }) {
            node = Int(step).map { index in node?.sequence?[index] } ?? node?.mapping?[String(step)]
        }
        return node
    }

    private static func file(_ name: String) throws -> String {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..").standardized
        return try String(contentsOf: package.appendingPathComponent("Config/\(name)"), encoding: .utf8)
    }
}

import Foundation
import Messaging
import Testing
import Yams

@testable import SwitchboardApp

@Suite("Config/switchboard.yaml")
struct ShippedSettingsTests {
    @Test("It contains the defaults")
    func defaults() throws {
        let written = try Settings(yaml: try text(), environment: SettingsEnvironment(process: [:]))
        #expect(written == Settings(), "a default of Config/switchboard.yaml is another one in Settings.swift")
    }

    @Test("If the file is missing, its variables apply all the same")
    func noFile() throws {
        let variables = ["SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "service-key"]
        let environment = try SettingsEnvironment(process: variables)
        let settings = try Settings.load(path: nil, environment: environment, places: SettingsPlaces(["/nowhere.yaml"]))
        #expect(settings == (try Settings(yaml: try text(), environment: environment)))
        #expect(settings.supabase.url == "https://x.supabase.co")
    }

    @Test("Its port and host alone determine the address to which verbs post")
    func address() throws {
        let moved = try text().replacing("\n  port: 8000\n", with: "\n  port: 21100\n").replacing(
            "\n  host: 127.0.0.1\n", with: "\n  host: ::1\n")
        let settings = try Settings(yaml: moved, environment: SettingsEnvironment(process: [:]))
        #expect(settings.server.publicURL == "http://[::1]:21100")
    }

    @Test("In its examples with env.example's empty variables each is reported, except the second secret of a pair")
    func emptyVariables() throws {
        let yaml = withExamples(try text())
        let empty = try variables().mapValues { _ in "" }
        let error = #expect(throws: SettingsError.self) { try Settings(yaml: yaml, environment: SettingsEnvironment(process: empty)) }
        let problems = error?.problems ?? []
        #expect(problems.count == 10)
        for problem in problems { #expect(empty.keys.contains { problem.reason == "\($0) is empty" }, "\(problem)") }

        var filled = try variables()
        filled["KIOSK_LOBBY_SECRET_NEXT"] = ""
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: filled))
        #expect(settings.accounts.first { $0.adapter == "kiosk" }?.secrets.count == 1)
        // Without its empty default, the variable is required and reported by name.
        let wanted = yaml.replacing("${KIOSK_LOBBY_SECRET_NEXT:-}", with: "${KIOSK_LOBBY_SECRET_NEXT}")
        let stop = #expect(throws: SettingsError.self) { try Settings(yaml: wanted, environment: SettingsEnvironment(process: filled)) }
        #expect(stop?.problems.map(\.reason) == ["KIOSK_LOBBY_SECRET_NEXT is empty"])
    }

    @Test("It contains every existing key, in the order of reading, in its settings or its examples")
    func everyKey() throws {
        let root = try Yams.compose(yaml: withExamples(try text()))
        let report = SettingsReport(environment: try SettingsEnvironment(process: variables()))
        _ = Settings(root: root, report: report)
        #expect(report.problems == [], "a key that is unknown is read in Settings+Reading.swift")
        let missing = report.knownPaths.filter { !hasKey($0, in: root) }
        // The example shows an account with its optional keys; other accounts need not repeat them.
        for key in missing where !key.hasPrefix("accounts[") {
            Issue.record("\(key) is read and not in Config/switchboard.yaml: add it there with its default and a comment, or to an example")
        }
        let optional = Set(report.knownPaths.filter { $0.hasPrefix("accounts[") }.map { $0.drop { $0 != "." } })
        for key in optional {
            #expect(report.knownPaths.contains { $0.hasSuffix(key) && !missing.contains($0) }, "no account's example has \(key)")
        }
        #expect(report.knownPaths.count > 30)
    }

    @Test(
        "Each setting in a table of the documents has the same default as in the file",
        arguments: ["README.md"] + (try FileManager.default.contentsOfDirectory(atPath: path("../Docs"))).filter { $0.hasSuffix(".md") })
    func documentedDefaults(document: String) throws {
        let root = try Yams.compose(yaml: try text())
        let sections = Set(root?.mapping?.keys.compactMap(\.string) ?? [])
        for row in try ShippedSettingsTests.tableRows(document) {
            let keys = row.names(in: 0).filter { $0.contains(".") && sections.contains(String($0.prefix { $0 != "." })) }
            guard let column = row.header.firstIndex(of: "default") else {
                // Some keys of log lines have the same first part as settings.
                let settings = keys.filter { hasKey($0, in: root) }
                #expect(settings == [], "\(document): their table has no column `default`")
                continue
            }
            let values = row.names(in: column)
            #expect(values.count == keys.count, "\(document): \(keys) have the defaults \(values)")
            for (key, value) in zip(keys, values) {
                let written = self.node(key, in: root).flatMap(ShippedSettingsTests.written)
                #expect(value == written, "\(document) says that \(key) is \(value), Config/switchboard.yaml \(written ?? "nothing")")
            }
        }
    }

    @Test("Docs/Operating.md has the default of each limit at the edge")
    func documentedLimits() throws {
        let keys = try Set(ShippedSettingsTests.tableRows("Operating.md").flatMap { $0.names(in: 0) })
        for limit in try #require(Yams.compose(yaml: try text())?["server"]?.mapping?.keys.compactMap(\.string)) {
            let isLimit = ["_timeout", "_rate", "_limit", "_memory", "_connections", "_per_address"].contains { limit.hasSuffix($0) }
            #expect(!isLimit || keys.contains("server.\(limit)"), "add server.\(limit) to a table of Docs/Operating.md")
        }
    }

    @Test("env.example names every variable that the settings name, and no other")
    func variablesAreListed() throws {
        let named = try text().matches(of: /\$\{([A-Z0-9_]+)(?::-[^}]*)?\}/).map { String($0.output.1) }.filter { $0 != "NAME" }
        #expect(Set(named) == Set(try variables().keys))
    }

    private func text() throws -> String { try ShippedSettingsTests.file("switchboard.yaml") }

    /// The text with its examples, which are lines that begin with `#` and a key or two spaces. They replace the empty defaults before
    /// them.
    private func withExamples(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.split(separator: "\n") {
            guard line.hasPrefix("#"), !line.hasPrefix("# ") || line.hasPrefix("#  ") else {
                lines.append(line)
                continue
            }
            // Within an example, a key that depends on other keys is commented out a second time.
            let example = line.dropFirst().replacing(/^( +)# (?=[a-z_]+: )/) { $0.output.1 }
            let key = example.prefix { $0 != ":" }
            lines.removeAll { $0 == "\(key): []" || $0 == "\(key): {}" }
            lines.append(example)
        }
        return lines.joined(separator: "\n")
    }

    /// The variables in env.example, each with a value.
    private func variables() throws -> [String: String] {
        let lines = try ShippedSettingsTests.file("env.example").split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let name = String(line.prefix { $0 != "=" })
                return (name, Self.forms.first { name.hasSuffix($0.suffix) }?.value ?? "the value of \(name)")
            })
    }

    private static let forms = [
        ("_ACCOUNT_SID", "AC00000000000000000000000000000001"), ("_API_KEY", "SK00000000000000000000000000000001"),
        ("_WRITE", "true"), ("_SCHEMA", "acme"), ("_DB_URL", "postgres://x"), ("_URL", "https://x"),
        ("CHAT_MAIN_SECRET", "whsec_dGhlIHNlY3JldCBvZiB0aGUgY2hhdCBhY2NvdW50"),
        ("KIOSK_LOBBY_SECRET", "whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5"),
        ("KIOSK_LOBBY_SECRET_NEXT", "whsec_dGhlIG5leHQgc2VjcmV0IG9mIHRoZSBraW9zaw=="),
    ].map { (suffix: $0.0, value: $0.1) }

    /// Whether the node has a value at a path such as `accounts[0].name`.
    private func hasKey(_ path: String, in root: Node?) -> Bool { node(path, in: root) != nil }

    /// A scalar or a list in the form in which it is written on one line.
    private static func written(_ node: Node) -> String? {
        if let list = node.sequence { return "[\(list.compactMap(\.scalar?.string).joined(separator: ", "))]" }
        return node.scalar?.string ?? (node.mapping?.isEmpty == true ? "{}" : nil)
    }

    private func node(_ path: String, in root: Node?) -> Node? {
        var node = root
        for step in path.split(whereSeparator: { ".[]".contains($0) }) {
            node = Int(step).map { index in node?.sequence?[index] } ?? node?.mapping?[String(step)]
        }
        return node
    }

    /// The rows of all tables in a document.
    private static func tableRows(_ document: String) throws -> [TableRow] {
        var rows: [TableRow] = []
        var header: [String]?
        let text = try file(document == "README.md" ? "../README.md" : "../Docs/\(document)")
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                header = nil
                continue
            }
            let parts = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst()
            let cells = parts.map { $0.trimmingCharacters(in: .whitespaces) }
            if let header { rows.append(TableRow(header: header, cells: cells)) } else { header = cells }
        }
        return rows
    }

    private struct TableRow {
        let header: [String]
        let cells: [String]

        /// The texts between backticks in a cell.
        func names(in column: Int) -> [String] {
            cells.indices.contains(column) ? cells[column].matches(of: /`([^`]+)`/).map { String($0.output.1) } : []
        }
    }

    static func file(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// The path of a file, relative to Config.
    private static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../Config/\(name)").standardized.path
    }
}

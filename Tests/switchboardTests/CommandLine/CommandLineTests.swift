import Foundation
import JSON
import Messaging
import SwitchboardApp
import Testing

@Suite("The command line")
struct CommandLineTests {
    @Test(
        "Help describes a verb's arguments and options",
        arguments: [
            ([], "replay"), (["sign"], "--to"), (["replay"], "--as-is"), (["replay"], "--config"),
            (["serve"], "--port"), (["sessions"], "list"), (["sessions", "list"], "--status"), (["sessions", "show"], "<id>"),
        ])
    func help(verb: [String], word: String) async throws {
        let outcome = try await BuiltProgram.run(verb + ["--help"])
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.contains(word))
    }

    @Test("No example in the help is broken by a terminal of 80 columns, so that each can be copied", arguments: try await verbs())
    func examples(verb: [String]) async throws {
        let help = try await BuiltProgram.run(verb + ["--help"]).output.split(separator: "\n", omittingEmptySubsequences: false)
        let begin = try #require(help.firstIndex { $0.hasPrefix("Example") }, "\(verb) has no example at the end of its discussion")
        let end = try #require(help[begin...].firstIndex { $0.isEmpty })
        let lines = help[begin..<end].map { line in
            String(String(line).replacing("Example: ", with: "").replacing("Examples:", with: "").drop { $0 == " " })
        }.filter { !$0.isEmpty }
        for (index, line) in lines.enumerated() {
            #expect(line.count <= 76, "\(line)")
            // A line that continues on the next one must end as in a shell.
            let goesOn = index + 1 < lines.count && !lines[index + 1].hasPrefix("switchboard ")
            #expect(!goesOn || ["|", "&&", "\\"].contains { line.hasSuffix($0) }, "\(line)")
        }
    }

    @Test("The help of each verb has its exit codes", arguments: try await verbs())
    func exitCodes(verb: [String]) async throws {
        let help = try await BuiltProgram.run(verb + ["--help"]).output
        #expect(help.contains("\nExit codes: 0 "), "\(help)")
    }

    @Test("README.md's table of verbs has every verb", arguments: try await verbs())
    func readme(verb: [String]) throws {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..").standardized
        let readme = try String(contentsOf: package.appendingPathComponent("README.md"), encoding: .utf8)
        let section = try #require(readme.components(separatedBy: "\n## Command line\n").last?.components(separatedBy: "\n## ").first)
        // `| `captures list, show ID` | …`
        let rows = section.matches(of: /\n\| `([^`]*)`/).map { row in
            row.output.1.split { !$0.isLetter && $0 != "-" }.map(String.init)
        }
        let isThere = rows.contains { $0.first == verb[0] && verb.dropFirst().allSatisfy($0.contains) }
        #expect(isThere, "add `\(verb.joined(separator: " "))` to the table of README.md's section Command line")
    }

    /// The verbs shown by help, from the program's description of itself: `["captures", "list"]`.
    private static func verbs() async throws -> [[String]] {
        let description = try await BuiltProgram.run(["--experimental-dump-help"]).output
        let verbs = verbs(of: try JSON(parsing: Array(description.utf8))["command"], as: [])
        try #require(verbs.count > 15, "\(verbs)")
        return verbs
    }

    private static func verbs(of command: JSON, as words: [String]) -> [[String]] {
        let parts = command["subcommands"].elements.filter { $0["shouldDisplay"].bool == true && $0["commandName"].string != "help" }
        guard !parts.isEmpty else { return [words] }
        return parts.flatMap { verbs(of: $0, as: words + [$0["commandName"].string ?? ""]) }
    }

    @Test(
        "An unknown word on the command line is a usage error",
        arguments: [
            ["replay"], ["sign"], ["sign", "a", "b"], ["sing"], ["replay", "a", "--ass-is"], ["sessions", "end"], ["serve", "now"],
            ["replay", "a", "--rate", "1e-300"], ["replay", "a", "--rate", "1e-30"], ["replay", "a", "--rate", "0"],
            ["replay", "a", "--speed", "1e-300x"], ["replay", "a", "--speed", "0"], ["help", "nope"],
        ])
    func usage(arguments: [String]) async throws {
        let outcome = try await BuiltProgram.run(arguments)
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains("Usage: switchboard"))
    }

    @Test("A file that does not exist is wrong input", arguments: ["sign", "replay"])
    func missingFile(verb: String) async throws {
        try await withFolder { folder in
            let outcome = try await BuiltProgram.run([verb, "none.http"], in: folder)
            #expect(outcome.exitCode == 2)
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.contains("none.http: "))
        }
    }

    @Test("Wrong settings are reported with all their problems")
    func wrongSettings() async throws {
        try await withFolder { folder in
            let outcome = try await BuiltProgram.run(["sign", "text.http", "--config", "wrong.yaml"], in: folder)
            #expect(outcome.exitCode == 2)
            #expect(outcome.errors.contains("wrong.yaml cannot be used:\nserver.prot: unknown key (line 1)"))
            #expect(outcome.errors.contains("\nlog.level: must be "))
        }
    }

    @Test("If nothing answers at the URL, a replay ends with the exit code of temporary failures")
    func nothingAnswers() async throws {
        try await withFolder { folder in
            let outcome = try await BuiltProgram.run(["replay", "text.http", "--as-is", "--to", "http://127.0.0.1:1"], in: folder)
            #expect(outcome.exitCode == 75)
            #expect(outcome.errors == "switchboard: text.http: nothing answers at http://127.0.0.1:1: is the gateway running?\n")
        }
    }

    @Test(
        "An unknown adapter is refused with the known ones, and help lists them",
        arguments: [
            ["captures", "list"], ["captures", "export", "-o", "-"], ["captures", "import", "text.http"], ["replay", "text.http"],
        ])
    func adapters(verb: [String]) async throws {
        let kinds = AdapterRegistry.shipped.kinds.map(\.rawValue)
        try await withFolder { folder in
            let refused = try await BuiltProgram.run(verb + ["--adapter", "fax", "--config", "right.yaml"], in: folder)
            #expect(refused.exitCode == 64 && kinds.allSatisfy(refused.errors.contains), "\(refused.errors)")
            let help = try await BuiltProgram.run(verb + ["--help"], in: folder)
            #expect(kinds.allSatisfy(help.output.contains), "\(help.output)")
        }
    }

    @Test("A capture becomes a curl line with a signature", .enabled(if: AdapterRegistry.shipped.kinds.contains("whatsapp-cloud")))
    func sign() async throws {
        try await withFolder { folder in
            let outcome = try await BuiltProgram.run(["sign", "text.http", "--config", "right.yaml", "--to", "http://h:1"], in: folder)
            #expect(outcome.errors.isEmpty)
            #expect(outcome.exitCode == 0)
            #expect(outcome.output.hasPrefix("curl -i -X POST http://h:1/webhooks/whatsapp-cloud/main -H 'content-type: application/json'"))
            // HMAC-SHA256 of `{}` with the key `the-secret`, by `openssl dgst -sha256 -hmac the-secret`.
            #expect(outcome.output.contains("sha256=\(CommandLineTests.signature)"))
            #expect(outcome.output.hasSuffix("--data-binary '{}'\n"))
        }
    }

    private static let signature = "a36c691ee7f25629f4f72affe4e85f27a9f6093b882948a7b48455df38e954f1"

    /// Calls `body` with a folder that contains a capture, and valid and invalid settings.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [
            "text.http": "POST /webhooks/whatsapp-cloud/main HTTP/1.1\nContent-Type: application/json\nContent-Length: 2\n\n{}\n",
            "right.yaml": "accounts: [{ adapter: whatsapp-cloud, name: main, secrets: [the-secret] }]",
            "wrong.yaml": "{ server: { prot: 1 }, log: { level: loud } }",
        ]
        for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
        try await body(folder.path)
    }
}

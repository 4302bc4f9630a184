import Foundation
import JSON
import SwitchboardTesting
import Testing

@Suite("A replay that is interrupted")
struct InterruptedReplayTests {
    @Test(
        "ctrl-C and SIGTERM finish requests that have begun and say how to continue, and --resume sends the rest",
        arguments: [SIGINT, SIGTERM])
    func resume(signal: Int32) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            // At this rate the replay takes minutes, so that the signal arrives in time even on a busy machine.
            let lines = (0..<200).map { Self.line("wamid.\($0)") }
            try folder.write(lines.joined(), to: "captures.jsonl")
            let arguments = ["replay", "captures.jsonl", "--to", gateway.base, "--json", "--config", "settings.yaml"]
            let process = try ChildProcess(BuiltProgram.executable, arguments + ["--rate", "2"], in: folder.path, name: "replay")
            try await waiting(for: "some to be stored") { try folder.journal.count("SELECT count(*) FROM messages") >= 3 ? true : nil }
            process.send(signal: signal)
            #expect(try await process.ended() == .exit(code: 75))
            #expect(process.errors.hasSuffix("switchboard: to continue, repeat the command with --resume\n"))
            let sums = try JSON(parsing: Array(process.output.split(separator: "\n").last.map(String.init)?.utf8 ?? "".utf8))
            #expect(sums["complete"].bool == false)
            let stored = try folder.journal.count("SELECT count(*) FROM messages")
            #expect(sums["accepted"].int == Int64(stored))
            #expect(stored < 200)

            let other = try await folder.run("replay", "settings.yaml", "captures.jsonl", "--to", gateway.base, "--resume")
            #expect(other.exitCode == 2)
            let rest = try await BuiltProgram.run(arguments + ["--resume"], in: folder.path)
            #expect(rest.exitCode == 0)
            #expect(try JSON(parsing: Array(rest.output.utf8))["accepted"].int == Int64(200 - stored))
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/journal.sqlite.replay"))
        }
    }

    @Test("A replay with an age is resumed, and another replay in between leaves its position unchanged")
    func resumeAge() async throws {
        try await GatewayFolder.with { folder in
            try folder.write((0..<100).map { Self.line("wamid.\($0)") }.joined(), to: "captures.jsonl")
            try folder.write(Self.line("wamid.other"), to: "other.jsonl")
            let arguments = ["replay", "captures.jsonl", "--since", "30d", "--into", "into.sqlite", "--json", "--config", "settings.yaml"]
            let process = try ChildProcess(BuiltProgram.executable, arguments + ["--rate", "5"], in: folder.path, name: "replay")
            let into = JournalFile(path: "\(folder.path)/into.sqlite")
            try await waiting(for: "some to be stored") {
                (try? into.count("SELECT count(*) FROM messages")) ?? 0 >= 3 ? true : nil
            }
            process.send(signal: SIGINT)
            #expect(try await process.ended() == .exit(code: 75))
            let stored = try into.count("SELECT count(*) FROM messages")
            #expect(stored < 100)

            #expect(try await folder.run("replay", "other.jsonl", "--into", "other.sqlite").exitCode == 0)
            let rest = try await BuiltProgram.run(arguments + ["--resume"], in: folder.path)
            #expect(rest.exitCode == 0)
            #expect(rest.errors == "")
            let sums = try JSON(parsing: Array(rest.output.utf8))
            #expect(sums["accepted"].int == Int64(100 - stored))
            #expect(sums["duplicates"].int == 0)
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/journal.sqlite.replay"))
        }
    }

    @Test("Standard input that is a file is read once, from its current position")
    func standardInput() async throws {
        try await GatewayFolder.with { folder in
            try folder.write((0..<2000).map { Self.line("wamid.\($0)") }.joined(), to: "captures.jsonl")
            let command = "cd '\(folder.path)' && '\(BuiltProgram.executable)' replay - --into into.sqlite --json --config settings.yaml"
            let outcome = try await BuiltProgram.shell("\(command) < captures.jsonl")
            #expect(outcome.exitCode == 0)
            #expect(outcome.errors == "")
            let sums = try JSON(parsing: Array(outcome.output.utf8))
            #expect(sums["accepted"].int == 2000)
            #expect(sums["duplicates"].int == 0)
        }
    }

    private static func line(_ id: String) -> String {
        let body = WhatsAppWebhook.texts([id]).replacing("\"", with: "\\\"")
        return #"{"target":"/webhooks/whatsapp-cloud/main","headers":[["content-type","application/json"]],"body":"\#(body)"}"# + "\n"
    }
}

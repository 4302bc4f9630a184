import Foundation
import Testing

@Suite("Files that verbs create, and files that they leave alone")
struct VerbFilesTests {
    private static let webhooks = URL(filePath: #filePath).appending(path: "../../../../Webhooks/WhatsAppCloud").standardized.path

    private func files(in folder: String) throws -> [String] { try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() }

    @Test(
        "In an empty folder a verb that finds nothing creates nothing, and names the journal and settings that it looked for",
        arguments: [
            ["captures", "list"], ["captures", "export", "-o", "x.jsonl"], ["captures", "export", "-o", "new/"], ["captures", "compress"],
            ["sessions", "list"], ["dead-letters", "list"], ["dead-letters", "retry", "--all"], ["audit", "list"],
            ["journal", "check"], ["journal", "compact"], ["journal", "backup", "copy.sqlite"], ["replay", "journal"],
            ["replay", "journal", "--dry-run", "--diff"], ["serve", "--read-only", "--port", "0"],
        ])
    func emptyFolder(verb: [String]) async throws {
        try await GatewayFolder.with { folder in
            try FileManager.default.createDirectory(atPath: "\(folder.path)/empty", withIntermediateDirectories: false)
            let outcome = try await BuiltProgram.run(verb, in: "\(folder.path)/empty")
            #expect(outcome.exitCode == 2 && outcome.output.isEmpty, "\(outcome)")
            for part in [
                "there is no journal at /", "/empty/.switchboard/journal.sqlite (journal.path by default: there are no settings in ",
                "name its settings (--config",
            ] {
                #expect(outcome.errors.contains(part), "\(outcome.errors)")
            }
            #expect(try files(in: "\(folder.path)/empty") == [])
            let named = try await BuiltProgram.run(verb + ["--config", "settings.yaml"], in: folder.path)
            #expect(named.exitCode == 2 && named.errors.contains("/settings.yaml): run this in the gateway's folder"), "\(named.errors)")
            #expect(try files(in: folder.path) == ["empty", "settings.yaml"])
        }
    }

    @Test(
        "If nothing can be read, no journal is created", arguments: [["captures", "import"], ["replay", "--into", "made/journal.sqlite"]])
    func noJournal(verb: [String]) async throws {
        try await GatewayFolder.with { folder in
            try folder.write("{\n", to: "bad.jsonl")
            let outcome = try await BuiltProgram.run(verb + ["bad.jsonl", "--config", "settings.yaml"], in: folder.path)
            #expect(outcome.exitCode == 2 && outcome.errors.contains("bad.jsonl: line 1: not valid JSON"), "\(outcome)")
            #expect(try files(in: folder.path) == ["bad.jsonl", "settings.yaml"])
        }
    }

    @Test("An export replaces a file only on request; otherwise it ends with 2, as a backup does")
    func overwriting() async throws {
        try await GatewayFolder.with { folder in
            try await folder.run("captures", "import", "\(Self.webhooks)/text.http", "\(Self.webhooks)/image.http").expectSuccess()
            try folder.write("as it was", to: "out.jsonl")
            let refused = try await folder.run("captures", "export", "-o", "out.jsonl")
            #expect(refused.exitCode == 2 && refused.errors.hasPrefix("switchboard: out.jsonl: this file exists"))
            #expect(try folder.bytes(of: "out.jsonl") == Array("as it was".utf8))
            let told = try await folder.run("captures", "export", "-o", "out.jsonl", "--overwrite", "--json")
            #expect(told.exitCode == 0 && told.output == "{\"captures\":2}\n" && told.errors == "")
            #expect(try folder.bytes(of: "out.jsonl").count > 100)
            let replaced = try await folder.run("captures", "export", "-o", "out.jsonl", "--overwrite")
            #expect(replaced.errors == "switchboard: 2 deliveries exported to out.jsonl, which was replaced\n")

            try await folder.run("captures", "export", "-o", "out").expectSuccess()
            let names = try files(in: "\(folder.path)/out")
            // The same again is the same, and says so.
            let same = try await folder.run("captures", "export", "-o", "out")
            #expect(same.exitCode == 0)
            #expect(same.errors == "switchboard: 2 deliveries exported to out: 2 left as they were, with the same content\n")
            try folder.write("changed", to: "out/\(try #require(names.first))")
            #expect(try await folder.run("captures", "export", "-o", "out").exitCode == 2)
            #expect(try folder.bytes(of: "out/\(names[0])") == Array("changed".utf8))
            let mixed = try await folder.run("captures", "export", "-o", "out/", "--overwrite")
            #expect(mixed.exitCode == 0 && mixed.errors.contains(" out: 1 replaced, 1 left as they were"), "\(mixed.errors)")
            #expect(try folder.bytes(of: "out/\(names[0])") != Array("changed".utf8))
            #expect(try files(in: "\(folder.path)/out") == names)
            let nowhere = try await folder.run("captures", "export", "-o", "none/out.jsonl")
            #expect(nowhere.exitCode == 2)
            #expect(nowhere.errors.hasPrefix("switchboard: none/out.jsonl: cannot be written"), "\(nowhere.errors)")
            #expect(try await folder.run("captures", "export", "-o", "/dev/null").exitCode == 0)
            #expect(try files(in: folder.path).allSatisfy { !$0.hasSuffix(".partial") })
        }
    }

    @Test("If the file of development accounts is a dangling link, the start ends with the reason")
    func danglingAccounts() async throws {
        try await GatewayFolder.with(settings: "journal: { path: journal.sqlite }") { folder in
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/development.yaml", withDestinationPath: "/nowhere/development.yaml")
            let outcome = try await folder.run("serve", "--port", "0")
            #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
            #expect(outcome.errors.contains("is a symbolic link to /nowhere/development.yaml, which does not exist"))
            #expect(try await folder.run("doctor").exitCode == 1)
        }
    }
}

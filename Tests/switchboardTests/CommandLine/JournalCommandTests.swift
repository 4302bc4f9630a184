import Foundation
import JSON
import SwitchboardTesting
import Testing

@Suite("switchboard journal")
struct JournalCommandTests {
    @Test("A backup is made while the gateway stores messages; afterwards the journal is checked and compacted")
    func serving() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let senders = Senders("wamid")
            async let traffic: Void = senders.run(4, to: client) { count in if count == 400 { gateway.send(signal: SIGTERM) } }
            try await waiting(for: "the first messages") { senders.result.acknowledged.count > 20 ? true : nil }
            let backup = try await folder.run("journal", "backup", "copy.sqlite", "--json")
            #expect(backup.exitCode == 0, "\(backup.errors)")
            let copied = try JSON(parsing: Array(backup.output.utf8))
            let worded = try await folder.run("journal", "backup", "worded.sqlite")
            #expect(worded.errors.contains(/^switchboard: the journal was copied to worded\.sqlite: \d+ bytes, checked by SQLite\n$/))
            #expect(worded.output.isEmpty && backup.errors.isEmpty)
            #expect(copied["bytes"].int ?? 0 > 0)
            let refusedCopy = try await folder.run("journal", "backup", "copy.sqlite")
            #expect(refusedCopy.exitCode == 2)
            #expect(
                refusedCopy.errors
                    == "switchboard: copy.sqlite: the file exists already, and an existing file is not overwritten: name another one\n")
            await traffic
            _ = try await gateway.exitCode()
            let copy = JournalFile(path: "\(folder.path)/copy.sqlite")
            #expect(try copy.integrity() == ["ok"])
            #expect(try copy.halves() == [])
            #expect(try copy.messageIDs().count >= 20)
            let check = try await folder.run("journal", "check", "--json")
            #expect(check.exitCode == 0)
            let checked = try JSON(parsing: Array(check.output.utf8))
            #expect(checked["problems"].count == 0)
            #expect(checked["rows"]["messages"].int.map { $0 >= 400 } == true)
            #expect(try await folder.run("journal", "compact", "--json").exitCode == 0)
            #expect(try await folder.run("journal", "check").output.hasSuffix("no problem found\n"))
        }
    }

    @Test("A backup that is killed leaves nothing under its final name")
    func killedBackup() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let senders = Senders("wamid")
            let client = try GatewayClient(gateway)
            async let traffic: Void = senders.run(4, to: client) { count in if count == 600 { gateway.send(signal: SIGTERM) } }
            for attempt in 0..<16 {
                let arguments = ["journal", "backup", "copy-\(attempt).sqlite", "--config", "settings.yaml"]
                let backup = try ChildProcess(BuiltProgram.executable, arguments, in: folder.path)
                try await Task.sleep(for: .milliseconds(10 + attempt * 15))
                backup.send(signal: SIGKILL)
                try await backup.ended()
                let path = "\(folder.path)/copy-\(attempt).sqlite"
                guard FileManager.default.fileExists(atPath: path) else { continue }
                let copy = JournalFile(path: path)
                #expect(try copy.integrity() == ["ok"])
                #expect(try copy.halves() == [])
            }
            await traffic
            _ = try await gateway.exitCode()
        }
    }

    @Test("While a gateway serves, compact refuses and says so, without harm")
    func compactRefused() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let outcome = try await folder.run("journal", "compact")
            #expect(outcome.exitCode == 75)
            #expect(outcome.errors == "switchboard: the journal is in use: stop the gateway first\n")
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
        }
    }

    @Test("A damaged journal ends with 1 and its problems, a missing one with 2")
    func problems() async throws {
        try await GatewayFolder.with { folder in
            for verb in [["check"], ["compact"], ["backup", "x"]] {
                #expect(
                    try await BuiltProgram.run(["journal"] + verb + ["--config", "settings.yaml"], in: folder.path).exitCode == 2,
                    "\(verb)")
            }
            let gateway = try await folder.start()
            _ = try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.1"]))
            try await gateway.terminate()
            try SwitchboardTesting.JournalFile(path: folder.journal.path).execute("DELETE FROM contacts")
            let check = try await folder.run("journal", "check")
            #expect(check.exitCode == 1)
            #expect(check.output.contains("problem: 1 rows of sessions name a contact_id that is not in contacts\n"))
            try folder.write(String(repeating: "This is a text. ", count: 1000), to: "journal.sqlite")
            let text = try await folder.run("journal", "check")
            #expect(text.exitCode == 1)
            #expect(text.output == "problem: the file cannot be opened: file is not a database\n")
            #expect(text.errors.hasPrefix("switchboard: journal.sqlite has problems: keep a copy, and restore a backup"), "\(text.errors)")
            for verb in [
                ["captures", "list"], ["dead-letters", "retry", "--all"], ["replay", "journal"], ["journal", "backup", "x.sqlite"],
            ] {
                let outcome = try await BuiltProgram.run(verb + ["--config", "settings.yaml"], in: folder.path)
                #expect(outcome.exitCode == 2, "\(outcome)")
                #expect(outcome.errors.contains("this is not a journal, or its beginning is damaged (SQLite: file is not a database)"))
                #expect(outcome.errors.contains("`switchboard journal check` shows what is wrong; restore a backup"), "\(outcome.errors)")
            }
        }
    }
}

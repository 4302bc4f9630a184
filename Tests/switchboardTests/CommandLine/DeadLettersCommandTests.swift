import Foundation
import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@testable import switchboard

@Suite("switchboard dead-letters")
struct DeadLettersCommandTests {
    private static let nobody = "01a2049a-fa35-7027-a07f-d114d83a73fa"
    private static let unreadable = #"{"object":"whatsapp_business_account","entry":7}"#

    @Test("Dead letters are listed and shown, with the number of occurrences")
    func list() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            for _ in 1...2 { _ = try await client.deliver(Self.unreadable) }
            let line = try JSON(parsing: Array(try await folder.run("dead-letters", "list", "--json").output.utf8))
            #expect(line["occurrences"].int == 2)
            #expect(line["stage"].string == "normalize")
            let id = try #require(line["dead_letter_id"].string)
            let card = try await folder.run("dead-letters", "show", id)
            #expect(card.output.contains("times          2\n") && card.output.contains("resolved       -\n"))
            // The reason is one sentence, as in the list.
            let row = try #require(try await folder.run("dead-letters", "list").output.split(separator: "\n").last)
            let reason = row[try #require(row.firstRange(of: "entry ")).lowerBound...]
            #expect(card.output.contains("\nreason         \(reason)\ndelivery       "), "\(card.output)")
            // The record is shown indented, and as JSON on a single line.
            #expect(card.output.contains("\n\nrecord:\n{\n  \"sha256\": \"") && card.output.hasSuffix("\n}\n"), "\(card.output)")
            #expect(try await folder.run("dead-letters", "show", id, "--json").output.split(separator: "\n").count == 1)
            let none = try await folder.run("dead-letters", "list", "--stage", "sync")
            #expect(none.exitCode == 0 && none.output == "" && none.errors == "switchboard: no dead letter matches\n")
            let json = try await folder.run("dead-letters", "list", "--stage", "sync", "--json")
            #expect(json.output == "" && json.errors == "")
        }
    }

    @Test("A letter that can be read now is resolved while the gateway serves, with its item stored once and in its session")
    func retry() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            _ = try await client.deliver(WhatsAppWebhook.texts(["wamid.1"]))
            _ = try await client.deliver(Self.unreadable)
            let id = try folder.journal.column("SELECT dead_letter_id FROM dead_letters")[0]
            let failed = try await folder.run("dead-letters", "retry", id)
            #expect(failed.exitCode == 1)
            #expect(failed.output.hasPrefix("\(id) not resolved: "))
            #expect(failed.errors == "switchboard: 1 dead letter: 1 not resolved\n")
            // As if a later version of the adapter could read the delivery.
            try SwitchboardTesting.JournalFile(path: folder.journal.path).execute(
                "UPDATE deliveries SET body = CAST('\(WhatsAppWebhook.texts(["wamid.2"]))' AS BLOB) WHERE delivery_id = (SELECT delivery_id FROM dead_letters)"
            )
            let retried = try await folder.run("dead-letters", "retry", "--all", "--json")
            #expect(retried.exitCode == 0, "\(retried.errors)")
            #expect(retried.output == "{\"dead_letter_id\":\"\(id)\",\"resolved\":true,\"accepted\":1,\"duplicates\":0}\n")
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2", "wamid.3"])).duplicates == 1)
            #expect(try folder.journal.messageIDs() == ["wamid.1", "wamid.2", "wamid.3"])
            #expect(try folder.journal.count("SELECT count(DISTINCT session_id) FROM messages") == 1)
            #expect(try await folder.run("dead-letters", "list", "--json").output == "")
            let none = try await folder.run("dead-letters", "retry", "--all", "--stage", "sync")
            #expect(none.exitCode == 0 && none.output.isEmpty, "\(none)")
            #expect(none.errors == "switchboard: there is no unresolved dead letter of stage sync; nothing was retried\n")
            #expect(try folder.journal.integrity() == ["ok"])
        }
    }

    @Test("A letter is discarded only once; the output always has the number of discarded and of given letters")
    func drop() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            _ = try await GatewayClient(gateway).deliver(Self.unreadable)
            let id = try folder.journal.column("SELECT dead_letter_id FROM dead_letters")[0]
            let dropped = try await folder.run("dead-letters", "drop", id, "--json")
            #expect(dropped.exitCode == 0 && dropped.output == "{\"dropped\":1,\"asked\":1}\n")
            #expect(try folder.journal.count("SELECT count(*) FROM dead_letters WHERE resolved_at IS NOT NULL") == 1)
            let again = try await folder.run("dead-letters", "drop", id)
            #expect(again.exitCode == 1 && again.output == "discarded 0 of 1 dead letters\n")
            #expect(again.errors.hasPrefix("switchboard: 1 was resolved before, or is not in journal.sqlite; "), "\(again.errors)")
            let retried = try await folder.run("dead-letters", "retry", id, Self.nobody)
            #expect(retried.exitCode == 1)
            #expect(retried.output == "\(id) was resolved before; nothing was tried\n\(Self.nobody) does not exist\n")
            #expect(retried.errors == "switchboard: 2 dead letters: 1 resolved before, 1 does not exist\n")
            let json = try await folder.run("dead-letters", "retry", id, "--json")
            #expect(json.exitCode == 1)
            #expect(json.output == "{\"dead_letter_id\":\"\(id)\",\"resolved\":true,\"reason\":\"resolved before; nothing was tried\"}\n")
            let unknown = try await folder.run("dead-letters", "retry", Self.nobody, "--json")
            let reason = "the journal has no dead letter with this id"
            #expect(unknown.exitCode == 1 && unknown.errors.isEmpty)
            #expect(unknown.output == "{\"dead_letter_id\":\"\(Self.nobody)\",\"resolved\":false,\"reason\":\"\(reason)\"}\n")
        }
    }

    @Test("All unresolved letters, or those of one stage, are discarded at once; on a narrow terminal each has one line")
    func dropAll() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            for entry in 1...3 { _ = try await client.deliver(Self.unreadable.replacing("7", with: "\(entry)")) }
            let reader = try JournalReader(path: folder.journal.path)
            let letters = try await reader.deadLetters(limit: 10)
            let text = TerminalText(width: 80, timeZone: .gmt)
            let lines = DeadLetterList.lines(letters, at: Instant.now.adding(.seconds(7500)), as: text)
            #expect(lines.count == 4 && lines.allSatisfy { $0.count <= 80 }, "\(lines)")
            #expect(
                lines[0].split(separator: " ") == ["DEAD", "LETTER", "STAGE", "AGE", "REASON"] && lines[1].contains("  normalize  2h   "))
            let none = try await folder.run("dead-letters", "drop", "--all", "--stage", "sync")
            #expect(none.exitCode == 0 && none.output == "discarded 0 of 0 dead letters\n", "\(none)")
            let dropped = try await folder.run("dead-letters", "drop", "--all", "--json")
            #expect(dropped.exitCode == 0 && dropped.output == "{\"dropped\":3,\"asked\":3}\n", "\(dropped)")
            #expect(try folder.journal.count("SELECT count(*) FROM dead_letters WHERE resolved_at IS NULL") == 0)
        }
    }

    @Test("A row that the database refused is sent to it again")
    func sync() async throws {
        let database = try await SharedDatabase.make()
        try await database.settings(by: .postgres) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                let session = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":103}"#)
                _ = try await database.rows("alter table messages add constraint no check (external_id <> 'wamid.1')")
                _ = try await client.deliver(WhatsAppWebhook.texts(["wamid.1"]))
                _ = try await client.deliver(Self.unreadable)
                try await client.drained()
                let failed = try await folder.run("dead-letters", "retry", "--all")
                #expect(failed.exitCode == 1)
                #expect(failed.output.contains("23514"))
                let shown = try await folder.run("dead-letters", "list", "--stage", "sync", "--json")
                #expect(shown.output.contains("wamid.1") && !shown.output.contains(session.token))
                _ = try await database.rows("alter table messages drop constraint no")
                // The unreadable delivery still could not be read, but is not retried here.
                let retried = try await folder.run("dead-letters", "retry", "--all", "--stage", "sync")
                #expect(retried.exitCode == 0 && retried.output.split(separator: "\n").count == 1, "\(retried.output)")
                #expect(try await database.rows("select external_id, session_id from messages") == [["wamid.1", session.sessionID]])
                #expect(try await folder.run("dead-letters", "list", "--stage", "sync", "--json").output == "")
                let unread = try await folder.run("dead-letters", "retry", "--all", "--stage", "normalize")
                #expect(unread.exitCode == 1 && unread.output.split(separator: "\n").count == 1, "\(unread.output)")
            }
        }
    }

    @Test("Of many letters that are retried together, the one that the database still refuses is found, and the others are stored")
    func many() async throws {
        let database = try await SharedDatabase.make()
        try await database.settings(by: .postgres) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                _ = try await database.rows("alter table messages add constraint no check (external_id !~ '[13579]$')")
                for number in 1...24 { _ = try await client.deliver(WhatsAppWebhook.texts(["wamid.\(number)"])) }
                try await client.drained()
                #expect(try folder.journal.count("SELECT count(*) FROM dead_letters") == 12)
                _ = try await database.rows(
                    "alter table messages drop constraint no, add constraint no check (external_id <> 'wamid.7')")
                let retried = try await folder.run("dead-letters", "retry", "--all")
                #expect(retried.exitCode == 1, "\(retried.errors)")
                let lines = retried.output.split(separator: "\n")
                #expect(lines.count == 12 && lines.count { $0.contains("not resolved: 23514") } == 1)
                let left = try folder.journal.column("SELECT record LIKE '%\"wamid.7\"%' FROM dead_letters WHERE resolved_at IS NULL")
                #expect(left == ["1"])
                #expect(try await database.rows("select count(*) from messages") == [["23"]])
            }
        }
    }

    @Test("Unknown ids, and texts that cannot be ids, have exit codes of their own")
    func failures() async throws {
        try await GatewayFolder.with { folder in
            let id = "01a2049a-fa35-7027-a07f-d114d83a73fa"
            for verb in [["list"], ["retry", "--all"], ["drop", id]] {
                let outcome = try await BuiltProgram.run(["dead-letters"] + verb + ["--config", "settings.yaml"], in: folder.path)
                #expect(outcome.exitCode == 2, "\(verb)")
                #expect(outcome.errors.hasPrefix("switchboard: there is no journal at /"))
                #expect(outcome.errors.contains("/settings.yaml): run this in the gateway's folder, or name its settings (--config"))
            }
            try await folder.start().terminate()
            for verb in [["show", id], ["retry", id], ["drop", id]] {
                let outcome = try await BuiltProgram.run(["dead-letters"] + verb + ["--config", "settings.yaml"], in: folder.path)
                #expect(outcome.exitCode == 1, "\(verb)")
            }
            for wrong in [
                ["show", "x"], ["retry"], ["retry", "--all", id], ["retry", "--stage", "sync", id], ["drop"], ["list", "--stage", "x"],
                ["list", "--since", "x"],
            ] {
                let outcome = try await BuiltProgram.run(["dead-letters"] + wrong + ["--config", "settings.yaml"], in: folder.path)
                #expect(outcome.exitCode == 64, "\(wrong)")
            }
        }
    }
}

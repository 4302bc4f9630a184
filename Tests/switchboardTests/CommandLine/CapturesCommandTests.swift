import Foundation
import JSON
import Journal
import Messaging
import Operations
import SwitchboardApp
import SwitchboardTesting
import Testing

@testable import switchboard

@Suite("switchboard captures, and replay into a journal")
struct CapturesCommandTests {
    private static let webhooks = URL(filePath: #filePath).appending(path: "../../../../Webhooks/WhatsAppCloud").standardized.path

    @Test("Imported captures are listed, shown and exported, and can be imported elsewhere unchanged")
    func roundTrip() async throws {
        try await GatewayFolder.with { folder in
            let files = ["text", "image", "status-read"].map { "\(Self.webhooks)/\($0).http" }
            let imported = try await folder.run("captures", "import", files[0], files[1], files[2])
            #expect(imported.exitCode == 0)
            #expect(imported.output.hasPrefix("accepted 1  duplicate 0  \(files[0])\n"))

            let listed = try await folder.run("captures", "list", "--json")
            let rows = try lines(listed)
            #expect(rows.map { $0["state"].string } == ["accepted", "accepted", "accepted"])
            #expect(rows.map { $0["items"].int } == [1, 1, 1])
            #expect(try await folder.run("captures", "list").output.contains("whatsapp-cloud/main     accepted      1 text"))

            let shown = try await folder.run("captures", "show", try #require(rows.last?["delivery_id"].string))
            #expect(shown.output.contains("POST /webhooks/whatsapp-cloud/main\n"))
            #expect(shown.output.contains("\n  \"object\": \"whatsapp_business_account\",\n"))
            #expect(shown.output.contains("\nmessages  text  wamid."))
            #expect(shown.output.contains("\nphone          +919876543210\n"))

            let exported = try await folder.run("captures", "export", "-o", "out")
            #expect(exported.errors == "switchboard: 3 deliveries exported to out: 3 written\n")
            try await folder.run("captures", "export", "-o", "out.jsonl").expectSuccess()
            for source in ["out", "out.jsonl"] {
                let copied = try await folder.run("replay", source, "--into", "\(source)-copy.sqlite")
                #expect(copied.exitCode == 0)
                let sql = "SELECT adapter, account, received_at, method, target, body FROM deliveries ORDER BY last_seq"
                let copy = try JournalFile(path: "\(folder.path)/\(source)-copy.sqlite").rows(sql)
                #expect(try copy == folder.journal.rows(sql))
            }
        }
    }

    @Test("Deliveries that cannot be read are counted by show, export and replay, which report a problem")
    func unreadable() async throws {
        try await GatewayFolder.with { folder in
            for file in ["text", "image", "status-read"] {
                try await folder.run("captures", "import", "\(Self.webhooks)/\(file).http").expectSuccess()
            }
            let id = try #require(try folder.journal.column("SELECT delivery_id FROM deliveries ORDER BY last_seq").first)
            let file = SwitchboardTesting.JournalFile(path: folder.journal.path)
            try file.execute("UPDATE deliveries SET form_id = 99 WHERE delivery_id = '\(id)'")
            let sentence = "1 delivery cannot be read: `switchboard journal check` says why\n"
            let shown = try await folder.run("captures", "show", id)
            #expect(shown.exitCode == 1)
            #expect(shown.errors.hasSuffix("journal.sqlite has no delivery \(id). \(sentence)"))
            let exported = try await folder.run("captures", "export", "-o", "out.jsonl")
            #expect(exported.exitCode == 1)
            #expect(exported.errors.hasPrefix("switchboard: 2 deliveries exported to out.jsonl\n"))
            #expect(exported.errors.hasSuffix("journal.sqlite: \(sentence)"))
            let replayed = try await folder.run("replay", "journal.sqlite", "--into", "copy.sqlite")
            #expect(replayed.exitCode == 2)
            #expect((replayed.output + replayed.errors).contains("journal.sqlite: \(sentence)"))
            #expect(try await folder.run("journal", "check").exitCode == 1)
        }
    }

    @Test("A capture that does not exist, and a text that is not an id, are reported")
    func missing() async throws {
        try await GatewayFolder.with { folder in
            try await folder.run("captures", "import", "\(Self.webhooks)/text.http").expectSuccess()
            let outcome = try await folder.run("captures", "show", "01a2049a-fa35-7027-a07f-d114d83a73fa")
            #expect(outcome.exitCode == 1)
            #expect(outcome.errors.hasSuffix("journal.sqlite has no delivery 01a2049a-fa35-7027-a07f-d114d83a73fa\n"))
            #expect(try await folder.run("captures", "show", "1").exitCode == 64)
            try folder.write("as it was", to: "out.jsonl")
            for output in ["out.jsonl", "out", "-"] {
                let none = try await folder.run("captures", "export", "--external-id", "ABC", "-o", output, "--overwrite")
                #expect(none.exitCode == 1 && none.output.isEmpty)
                #expect(none.errors == "switchboard: no captured delivery matches; nothing was written\n", "\(none)")
            }
            #expect(try folder.bytes(of: "out.jsonl") == Array("as it was".utf8))
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/out.jsonl.partial"))
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/out"))
        }
    }

    @Test(
        "A journal that root creates belongs to the owner of its folder, after every verb",
        .enabled(if: geteuid() == 0, "only root gives files away"))
    func owner() async throws {
        try await GatewayFolder.with { folder in
            let state = "\(folder.path)/state"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
            try #require(chown(state, 4711, 4712) == 0)
            let path = "\(state)/journal.sqlite"
            try folder.write(GatewayFolder.settings().replacing("path: journal.sqlite", with: "path: \(path)"), to: "settings.yaml")
            for verb in [
                ["replay", "\(Self.webhooks)/text.http", "--into", path], ["captures", "import", "\(Self.webhooks)/image.http"],
                ["journal", "compact"], ["journal", "check"],
            ] {
                let outcome = try await BuiltProgram.run(verb + ["--config", "settings.yaml"], in: folder.path)
                #expect(outcome.exitCode == 0, "\(outcome)")
                for file in try FileManager.default.contentsOfDirectory(atPath: state) {
                    let attributes = try FileManager.default.attributesOfItem(atPath: "\(state)/\(file)")
                    let owner = [attributes[.ownerAccountID] as? Int, attributes[.groupOwnerAccountID] as? Int]
                    #expect(owner == [4711, 4712], "\(verb) \(file)")
                }
            }
        }
    }

    @Test("A redacted export is replayed like its original, and contains none of its data")
    func redacted() async throws {
        try await GatewayFolder.with { folder in
            try await folder.run("captures", "import", "\(Self.webhooks)/text.http").expectSuccess()
            let outcome = try await folder.run("captures", "export", "--redact", "--redact-seed", "a", "-o", "-")
            #expect(outcome.exitCode == 0)
            for word in ["919876543210", "Asha", "Sundays", "wamid.CAw"] { #expect(!outcome.output.contains(word)) }
            let again = try await folder.run("captures", "export", "--redact", "--redact-seed", "a", "-o", "-")
            #expect(again.output == outcome.output)
            try folder.write(outcome.output, to: "fake.jsonl")
            let replayed = try await folder.run("replay", "fake.jsonl", "--dry-run", "--json")
            #expect(try lines(replayed).last?["events"].text == #"{"message.text":1}"#)
        }
    }

    @Test("A redacted export keeps the names of the settings' accounts, so that the same settings replay it")
    func accounts() async throws {
        let (name, other) = ("whatsapp-cloud, name: main", "whatsapp-cloud, name: shop-919812345678")
        try await GatewayFolder.with(settings: GatewayFolder.settings().replacing(name, with: other)) { folder in
            let file = try String(contentsOfFile: "\(Self.webhooks)/text.http", encoding: .utf8)
            try folder.write(file.replacing("whatsapp-cloud/main", with: "whatsapp-cloud/shop-919812345678"), to: "text.http")
            try await folder.run("captures", "import", "text.http").expectSuccess()
            let outcome = try await folder.run("captures", "export", "--redact", "-o", "-")
            try folder.write(outcome.output, to: "fake.jsonl")
            let replayed = try await folder.run("replay", "fake.jsonl", "--dry-run", "--json")
            #expect(try lines(replayed).last?["events"].text == #"{"message.text":1}"#)
        }
    }

    @Test("A redacted export reads local numbers as those of the settings' region")
    func region() async throws {
        try await GatewayFolder.with(settings: GatewayFolder.settings(extra: "session: { default_region: DE }")) { folder in
            try await folder.run("captures", "import", "\(Self.webhooks)/text.http").expectSuccess()
            let journal = SwitchboardTesting.JournalFile(path: folder.journal.path)
            try journal.execute(#"UPDATE deliveries SET body = '[{"phone":"+4915112345678"},{"phone":"015112345678"}]'"#)
            let outcome = try await folder.run("captures", "export", "--redact", "-o", "-")
            let body = try JSON(parsing: Array(#require(lines(outcome).first?["body"].string).utf8))
            let phones = body.elements.compactMap { $0["phone"].string }
            #expect(phones.map { $0.suffix(11) } == [phones[0].suffix(11), phones[0].suffix(11)])
            #expect(phones[0] != "+4915112345678")
        }
    }

    @Test("Bad input is reported with file and line, its neighbours are stored, and the exit code is 2")
    func badInput() async throws {
        try await GatewayFolder.with { folder in
            try await folder.run("captures", "import", "\(Self.webhooks)/text.http").expectSuccess()
            let line = try await folder.run("captures", "export", "-o", "-").output
            let unknown = line.replacing("\"adapter\":\"whatsapp-cloud\"", with: "\"adapter\":\"fax\"")
            try folder.write(unknown + line + String(line.prefix(40)), to: "bad.jsonl")
            try folder.write("POST /webhooks/chat/main\nContent-Length: 9\n\n{}", to: "bad.http")
            let outcome = try await folder.run("replay", "bad.jsonl", "bad.http", "--into", "other.sqlite")
            #expect(outcome.exitCode == 2)
            let told = outcome.errors.split(separator: "\n").map(String.init)
            let known = AdapterRegistry.shipped.kinds.map(\.rawValue).joined(separator: ", ")
            #expect(told[0] == "switchboard: bad.jsonl: line 1: there is no adapter “fax”; known: \(known)")
            #expect(told[1].hasPrefix("switchboard: bad.jsonl: line 3: not valid JSON: "))
            #expect(told[2] == "switchboard: bad.http: line 4: the body has 2 bytes, Content-Length says 9")
            #expect(try JournalFile(path: "\(folder.path)/other.sqlite").messageIDs().count == 1)
        }
    }

    @Test("A dry run lists what would be stored; with --diff it lists what differs from the journal, and ends with 1")
    func diff() async throws {
        try await GatewayFolder.with { folder in
            try await folder.run("captures", "import", "\(Self.webhooks)/text.http", "\(Self.webhooks)/status-read.http").expectSuccess()
            let same = try await folder.run("replay", "journal", "--dry-run", "--diff", "--json")
            #expect(same.exitCode == 0)
            #expect(try lines(same).last?["differences"].int == 0)
            try SwitchboardTesting.JournalFile(path: "\(folder.path)/journal.sqlite").execute("UPDATE messages SET text = 'Good-bye'")
            let other = try await folder.run("replay", "journal", "--dry-run", "--diff")
            #expect(other.exitCode == 1)
            #expect(other.output.contains("\n    - text: Good-bye\n    + text: Do you deliver to Pune on Sundays?\n"))
            let json = try await folder.run("replay", "journal", "--dry-run", "--diff", "--json")
            #expect(
                try lines(json).first?["columns"].text
                    == #"[{"name":"text","stored":"Good-bye","made":"Do you deliver to Pune on Sundays?"}]"#)
        }
    }

    private func lines(_ outcome: BuiltProgram.Outcome) throws -> [JSON] {
        try outcome.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
    }

    @Test("Several replays into one new journal at once create it once, and all of them store")
    func atOnce() async throws {
        try await GatewayFolder.with { folder in
            for round in 1...4 {
                try await withThrowingTaskGroup(of: BuiltProgram.Outcome.self) { group in
                    for _ in 1...6 {
                        group.addTask { try await folder.run("replay", "\(Self.webhooks)/text.http", "--into", "new-\(round).sqlite") }
                    }
                    for try await outcome in group { #expect(outcome.exitCode == 0, "\(outcome.errors)") }
                }
                let journal = JournalFile(path: "\(folder.path)/new-\(round).sqlite")
                #expect(try journal.count("SELECT count(*) FROM messages") == 1)
                #expect(try journal.integrity() == ["ok"])
            }
        }
    }

    @Test("A differing item is counted in the list, and a replay says which verb shows the differences")
    func differing() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            try folder.write(try Self.capture(text: "Hello"), to: "first.http")
            try folder.write(try Self.capture(text: "Good-bye"), to: "second.http")
            let first = try await folder.run("replay", "first.http", "--to", gateway.base)
            #expect(first.exitCode == 0 && first.errors == "", "\(first)")
            let second = try await folder.run("replay", "second.http", "--to", gateway.base)
            #expect(second.exitCode == 0 && second.output.contains("differing 1"), "\(second)")
            #expect(second.errors.contains("`captures show ID` shows the differences"), "\(second)")
            let listed = try await folder.run("captures", "list").output.split(separator: "\n")
            #expect(listed.count == 3 && listed[1].contains("accepted      1 differing "), "\(listed)")
            let id = try #require(listed[1].split(separator: " ").first)
            let shown = try await folder.run("captures", "show", String(id)).output
            let legend = "\n\nDiffers from what is stored (- the stored value, + the value in this delivery):\n\nmessages  text  wamid.1\n"
            #expect(shown.contains(legend) && shown.contains("\n  - text: Hello\n  + text: Good-bye\n"), "\(shown)")
            let reader = try JournalReader(path: folder.journal.path)
            let (captures, now) = (try await reader.latestCaptures(CaptureFilter(), limit: 2).captures, Instant.now.adding(.seconds(7500)))
            let narrow = CaptureListing.lines(captures, at: now, as: TerminalText(width: 80, timeZone: .gmt))
            #expect(narrow.count == 3 && narrow.allSatisfy { $0.count <= 80 }, "\(narrow)")
            #expect(narrow[0].split(separator: " ") == ["DELIVERY", "AGE", "ACCOUNT", "ITEMS"])
            #expect(narrow[1].hasSuffix("  2h   whatsapp-cloud/main  1 differing") && narrow[2].hasSuffix("  1 text"), "\(narrow)")
        }
    }

    private static func capture(text: String) throws -> String {
        let body = WhatsAppWebhook.texts(["wamid.1"], text: text)
        return "POST /webhooks/whatsapp-cloud/main HTTP/1.1\nContent-Type: application/json\n\n\(body)"
    }

    @Test("Lists show the latest entries, latest first, and say that there are more")
    func latest() async throws {
        try await GatewayFolder.with { folder in
            let lines = (1...5).map { number in
                let body = Data(WhatsAppWebhook.texts(["wamid.\(number)"], from: "91987654321\(number)").utf8).base64EncodedString()
                return #"{"target":"/webhooks/whatsapp-cloud/main","received_at":"2026-11-2\#(number)T00:00:00Z","body_base64":"\#(body)"}"#
            }
            try folder.write(lines.joined(separator: "\n") + "\n", to: "five.jsonl")
            try await folder.run("captures", "import", "five.jsonl").expectSuccess()
            let captures = try await folder.run("captures", "list", "--limit", "2", "--json")
            #expect(try self.lines(captures).map { $0["received_at"].string?.prefix(10) } == ["2026-11-25", "2026-11-24"])
            #expect(captures.errors == "switchboard: 2 of 5 shown, 3 more; --limit shows more\n")
            let exported = try await folder.run("captures", "export", "--limit", "2", "-o", "-")
            #expect(try self.lines(exported).map { $0["received_at"].string?.prefix(10) } == ["2026-11-24", "2026-11-25"])
            let since = try await folder.run("captures", "list", "--since", "2026-11-22", "--until", "2026-11-25", "--limit", "2", "--json")
            #expect(try self.lines(since).map { $0["received_at"].string?.prefix(10) } == ["2026-11-24", "2026-11-23"])
            #expect(since.errors == "switchboard: 2 of 3 shown, 1 more; --limit shows more\n")
            let sessions = try await folder.run("sessions", "list", "--limit", "2", "--json")
            #expect(try self.lines(sessions).count == 2 && sessions.errors == "switchboard: 2 of 5 shown, 3 more; --limit shows more\n")
            #expect(try await folder.run("sessions", "list", "--phone", "+919876543211", "--limit", "1").errors == "")
            #expect(try await folder.run("captures", "list").errors == "")
            for verb in ["captures", "sessions", "dead-letters"] {
                #expect(try await folder.run(verb, "list", "--limit", "0").exitCode == 64)
            }
        }
    }
}

extension BuiltProgram.Outcome {
    /// Records the error output as an issue if the exit code is not 0.
    func expectSuccess() { #expect(exitCode == 0, "\(errors)") }
}

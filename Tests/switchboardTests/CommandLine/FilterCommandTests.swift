import Foundation
import Testing

@testable import switchboard

@Suite("Filters of lists, and wrong words on the command line")
struct FilterCommandTests {
    private static let webhooks = URL(filePath: #filePath).appending(path: "../../../../Webhooks/WhatsAppCloud").standardized.path

    @Test("An empty list is reported in words, and is empty as JSON", arguments: ["captures", "sessions", "dead-letters"])
    func nothing(verb: String) async throws {
        try await GatewayFolder.with { folder in
            try await folder.start().terminate()
            let words = try await folder.run(verb, "list")
            #expect(words.exitCode == 0 && words.output == "", "\(words)")
            #expect(words.errors.hasPrefix("switchboard: no ") && words.errors.hasSuffix(" matches\n"), "\(words)")
            let json = try await folder.run(verb, "list", "--json")
            #expect(json.exitCode == 0 && json.output == "" && json.errors == "")
        }
    }

    @Test("An unknown account is an error that lists the known ones, unless the journal has deliveries of it")
    func accounts() async throws {
        try await GatewayFolder.with { folder in
            try await folder.run("captures", "import", "\(Self.webhooks)/text.http").expectSuccess()
            let file = "\(Self.webhooks)/text.http"
            for verb in [
                ["captures", "list"], ["captures", "export", "-o", "-"], ["captures", "import", file], ["replay", file, "--dry-run"],
            ] {
                let arguments = verb + ["--config", "settings.yaml", "--account"]
                let outcome = try await BuiltProgram.run(arguments + ["mian"], in: folder.path)
                #expect(outcome.exitCode == 64 && outcome.output.isEmpty, "\(verb) \(outcome)")
                let told = "there is no account “mian”. Did you mean “main”? Known: whatsapp-cloud/main"
                for part in [told, "Usage: switchboard \(verb[0])"] {
                    #expect(outcome.errors.contains(part), "\(outcome.errors)")
                }
                let other = try await BuiltProgram.run(arguments + ["lobby", "--adapter", "chat"], in: folder.path)
                #expect(other.exitCode == 64 && other.errors.contains("there is no account “lobby” of chat"), "\(other)")
                let both = try await BuiltProgram.run(arguments + ["whatsapp-cloud/main", "--adapter", "chat"], in: folder.path)
                #expect(both.exitCode == 64 && both.errors.contains("is not an account of the adapter chat"), "\(both)")
            }
            // In the form in which the list shows the account.
            #expect(try await folder.run("captures", "list", "--account", "whatsapp-cloud/main").output.contains("whatsapp-cloud/main"))
            #expect(try await folder.run("captures", "list", "--account", "chat/main").output == "")
            #expect(try await folder.run("captures", "list", "--account", "lobby").exitCode == 0)
            try folder.write("journal: { path: journal.sqlite }\n", to: "settings.yaml")
            let kept = try await folder.run("captures", "list", "--account", "main", "--until", "2020-01-01")
            #expect(kept.exitCode == 0 && kept.output.isEmpty, "\(kept)")
        }
    }

    @Test(
        "A combination of options that cannot match is a usage error with the usage of its own verb",
        arguments: [
            (["captures", "list", "--since", "2h", "--until", "3d"], "--since 2h is not before --until 3d", "captures list"),
            (["replay", "journal", "--since", "2026-11-27", "--until", "2026-11-27"], "is not before", "replay"),
            (["captures", "list", "--state", "refused", "--phone", "+919876543210"], "nothing was read", "captures list"),
            (["captures", "show", "1"], "'1' is invalid for '<id>': `switchboard captures list` shows the ids", "captures show"),
            (["sign", "a.http", "--to", "ftp://h"], "“ftp://h” is not an http or https URL", "sign"),
            (["sign", "a.http", "--to", "foo"], "“foo” is not a gateway's URL; write one such as http", "sign"),
            (["sign", "."], "“.” is a folder: name one .http file", "sign"), (["sign"], "give either one .http file or --sample", "sign"),
            (["replay", "a.http", "--to", "http://"], "“http://” is not a gateway's URL", "replay"),
            (["replay", "a.http", "--to", "localhost:99999"], "is not a gateway's URL", "replay"),
            (["replay", "a.http", "--to", "http://a b"], "is not a gateway's URL", "replay"),
            (["replay", "a.http", "--dry-run", "--to", "http://h:1"], "--dry-run sends nothing, so it goes without --to", "replay"),
            (["captures", "export", "-o", "-", "--limit", "0"], "--limit: must be at least 1", "captures export"),
            (["dead-letters", "drop"], "give the ids of dead letters, or --all", "dead-letters drop"),
            (["replay", "a.http", "--rate", "1", "--speed", "2x"], "--rate and --speed exclude each other", "replay"),
            (["replay", "a.http", "--limit", "1", "--resume"], "--limit and --resume exclude each other", "replay"),
            (["replay", "a.http", "--limit", "0"], "--limit: must be at least 1", "replay"),
            (["replay", "a.http", "--speed", "0"], "write a factor such as 10x", "replay"),
            (["captures", "export", "-o", "-", "--json"], "--json: not with -o -", "captures export"),
            (["captures", "export", "-o", "day.txt"], "“day.txt” is neither a folder nor a .jsonl file", "captures export"),
            (["captures", "export", "-o", "settings.yaml"], "“settings.yaml” is neither a folder", "captures export"),
            (["captures", "export", "-o", ""], "-o: the path is empty", "captures export"),
            (["captures", "list", "--state", "rejected"], "provide one of 'accepted', 'dead_letter' or 'refused'", "captures list"),
            (["captures", "list", "--since", "2h30"], "'--since <time>': write a time as 2026-11-22T17:51:27Z, ", "captures list"),
            (["sessions", "list", "--since", "soon"], "or an age: 90s, 30m, 12h, 7d", "sessions list"),
            (["journal", "backup", "."], "“.” is a folder: name a file in it", "journal backup"),
            (["journal", "backup", ""], "the name of the backup is empty", "journal backup"),
        ])
    func usage(arguments: [String], words: String, verb: String) async throws {
        try await GatewayFolder.with { folder in
            let outcome = try await BuiltProgram.run(arguments + ["--config", "settings.yaml"], in: folder.path)
            #expect(outcome.exitCode == 64 && outcome.output.isEmpty && outcome.errors.contains(words), "\(outcome)")
            // The error, the usage, and where to find more.
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.count == 3 && lines[1].hasPrefix("Usage: switchboard \(verb) "), "\(outcome.errors)")
            #expect(lines.last == "  See 'switchboard \(verb) --help' for more information.")
        }
    }

    @Test("A time in the future is a usage error if nothing matches", arguments: ["captures", "sessions", "dead-letters"])
    func future(verb: String) async throws {
        try await GatewayFolder.with { folder in
            try await folder.start().terminate()
            let outcome = try await folder.run(verb, "list", "--since", "2999-01-01")
            #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("Error: --since 2999-01-01 is in the future, so nothing can match\n"), "\(outcome.errors)")
        }
    }

    @Test("A replay reports a time in the future, and that nothing matches", arguments: [["--dry-run"], ["--into", "other.sqlite"]])
    func replayOfNothing(target: [String]) async throws {
        try await GatewayFolder.with { folder in
            try await folder.start().terminate()
            let arguments = ["replay", "journal", "--config", "settings.yaml"] + target
            let future = try await BuiltProgram.run(arguments + ["--since", "2999-01-01"], in: folder.path)
            #expect(future.exitCode == 64 && future.errors.contains("--since 2999-01-01 is in the future"), "\(future)")
            let past = try await BuiltProgram.run(arguments + ["--until", "2020-01-01"], in: folder.path)
            #expect(past.exitCode == 0 && past.errors == "switchboard: no delivery matches\n", "\(past)")
        }
    }

    @Test("If a list of refused deliveries is empty, it says whether they are kept at all", arguments: [false, true])
    func refused(isKept: Bool) async throws {
        let plain = GatewayFolder.settings()
        let settings = isKept ? plain.replacing("min_free_space: 1MiB", with: "min_free_space: 1MiB, keep_refused: true") : plain
        try await GatewayFolder.with(settings: settings) { folder in
            try await folder.start().terminate()
            let outcome = try await folder.run("captures", "list", "--state", "refused")
            let hint = isKept ? "" : ": refused deliveries are kept only while journal.keep_refused is true, and it is false"
            #expect(outcome.exitCode == 0 && outcome.errors == "switchboard: no captured delivery matches\(hint)\n", "\(outcome)")
        }
    }

    @Test(
        "A host's name alone is accepted as a gateway's URL if it is plainly one",
        arguments: [
            ("localhost", true), ("localhost:8000", true), ("gateway:8000", true), ("hooks.example.com", true), ("http://gateway", true),
            ("127.0.0.1", true), ("[::1]:8000", true), ("foo", false), ("", false),
        ])
    func hosts(text: String, isURL: Bool) { #expect((GatewayURL.fault(of: text) == nil) == isURL) }

    @Test(
        "An unknown verb is reported with the similar one, or with all known ones",
        arguments: [
            (["sing"], "There is no verb 'sing'. Did you mean 'sign'?"), (["sessions", "lst"], "Did you mean 'list'?"),
            (["captures", "xyz"], "There is no verb 'xyz'. There are: list, show, export, import."), (["docter"], "Did you mean 'doctor'?"),
            (["help", "docter"], "Did you mean 'doctor'?"), (["help", "captures", "xyz"], "There is no verb 'xyz'."),
            (["help", "replay", "nope"], "There is no verb 'nope': `replay` has no verbs of its own."),
        ])
    func unknownVerb(arguments: [String], words: String) async throws {
        let outcome = try await BuiltProgram.run(arguments)
        #expect(outcome.exitCode == 64 && outcome.errors.contains(words) && outcome.errors.contains("Usage: switchboard"), "\(outcome)")
    }

    @Test("The reason for a rejected item is printed")
    func rejected() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            for target in [["--into", "other.sqlite"], ["--to", gateway.base]] {
                let arguments = ["replay", "\(Self.webhooks)/entry-empty.http", "--config", "settings.yaml"] + target
                let outcome = try await BuiltProgram.run(arguments, in: folder.path)
                #expect(outcome.exitCode == 1 && outcome.output.contains("\n  rejected: "), "\(outcome)")
            }
        }
    }

    @Test("The reason for a rejected item is printed even if the provider's own format omits it")
    func rejectedByTwilio() async throws {
        let account = """
              - { adapter: twilio, name: main, secrets: [5d41402abc4b2a76b9719d911017c592], public_url: "https://hooks.example.com" }
            """
        let settings = GatewayFolder.settings().replacing("accounts:\n", with: "accounts:\n\(account)\n")
        try await GatewayFolder.withGateway(settings: settings) { folder, gateway in
            let file = "\(Self.webhooks)/../Twilio/error-no-message-id.http"
            let outcome = try await folder.run("replay", file, "--to", gateway.base)
            #expect(outcome.exitCode == 1 && outcome.output.contains("\n  rejected: MessageSid is missing\n"), "\(outcome)")
        }
    }

    @Test("`sign` prints its command as JSON too")
    func signed() async throws {
        try await GatewayFolder.with { folder in
            let outcome = try await folder.run("sign", "\(Self.webhooks)/text.http", "--json")
            #expect(outcome.exitCode == 0 && outcome.output.hasPrefix("{\"command\":\"curl "))
        }
    }

    @Test("`sign` says that a browser's request needs the token of an active session; with one, the gateway accepts it")
    func signedByToken() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let file = "\(Self.webhooks)/../WebChat/session-token.http"
            let outcome = try await folder.run("sign", file)
            #expect(outcome.exitCode == 0 && outcome.output.contains("x-session-token: EXAMPLE-TOKEN-OF-A-SESSION"), "\(outcome)")
            #expect(!outcome.output.contains("webhook-signature") && outcome.errors == "switchboard: \(Sign.noteOnToken)\n", "\(outcome)")
            let refused = try await folder.run("replay", file, "--to", gateway.base)
            #expect(refused.exitCode == 1 && refused.output.hasPrefix("refused with 401: the header x-session-token"), "\(refused)")
            let session = try await GatewayClient(gateway).start(#"{"phone":"+919876543210","channel":"chat"}"#)
            let sample = try String(contentsOfFile: file, encoding: .utf8)
            try folder.write(sample.replacing("EXAMPLE-TOKEN-OF-A-SESSION", with: session.token), to: "token.http")
            let accepted = try await folder.run("replay", "token.http", "--to", gateway.base)
            #expect(accepted.exitCode == 0 && accepted.output.hasPrefix("accepted 1  duplicate 0  token.http\n"), "\(accepted)")
        }
    }

    @Test("If no account has a sample, `sign --sample` says which adapters have one, and what to do instead")
    func noSample() async throws {
        let account = "{ adapter: kiosk, name: lobby, secrets: [\"\(GatewayFolder.Secrets.kiosk)\"] }"
        try await GatewayFolder.with(settings: "accounts: [\(account)]\n") { folder in
            let outcome = try await folder.run("sign", "--sample")
            let told = "switchboard: the settings have no account whose adapter has a sample ("
            #expect(outcome.exitCode == 2 && outcome.errors.hasPrefix(told), "\(outcome)")
            #expect(outcome.errors.contains("whatsapp-cloud") && outcome.errors.contains("name a .http file instead"))
        }
    }
}

import HTTPTransport
import JSON
import Testing

@Suite("switchboard sessions")
struct SessionsCommandTests {
    @Test("It lists the sessions of a running gateway, filtered, and never a token")
    func list() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let asha = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#)
            let ravi = try await client.start(#"{"phone":"+919987654321","channel":"kiosk","customer_id":"104"}"#)
            _ = try await client.end(token: ravi.token)
            let filters: [([String], [String])] = [
                ([], [ravi.sessionID, asha.sessionID]), (["--limit", "1"], [ravi.sessionID]),
                (["--phone", "+91 98765 43210"], [asha.sessionID]), (["--phone", "9987654321"], [ravi.sessionID]),
                (["--status", "active"], [asha.sessionID]), (["--status", "logged_out"], [ravi.sessionID]),
                (["--customer", "103"], [asha.sessionID]), (["--channel", "kiosk"], [ravi.sessionID]), (["--status", "expired"], []),
                (["--since", "1h"], [ravi.sessionID, asha.sessionID]), (["--customer", "10"], []),
                (["--phone", "+919876543210", "--status", "logged_out"], []),
            ]
            for (filter, expected) in filters {
                let outcome = try await list(filter, in: folder)
                #expect(outcome.exitCode == 0)
                #expect(try ids(outcome) == expected, "\(filter)")
                #expect(!outcome.output.contains(asha.token) && !outcome.output.contains(ravi.token))
            }
            let text = try await folder.run("sessions", "list")
            #expect(text.output.hasPrefix("SESSION "))
            #expect(text.output.split(separator: "\n").count == 3)
            #expect(!text.output.contains(asha.token))
        }
    }

    @Test("It shows one session, as lines or as JSON, without its token")
    func show() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let json = #"{"phone":"+919876543210","channel":"chat","customer_id":103,"metadata":{"cart":7}}"#
            let session = try await GatewayClient(gateway).start(json)
            let card = try await folder.run("sessions", "show", session.sessionID)
            #expect(card.exitCode == 0)
            for line in ["session        \(session.sessionID)", "phone          +919876543210", "customer       103", #"{"cart":7}"#] {
                #expect(card.output.contains(line))
            }
            let shown = try JSON(parsing: Array(try await folder.run("sessions", "show", session.sessionID, "--json").output.utf8))
            #expect(shown["customer_id"].string == "103")
            #expect(shown["metadata"]["cart"].int == 7)
            #expect(shown["session_token"].string == nil)
            #expect(!card.output.contains(session.token))
        }
    }

    @Test("It ends a session of a running gateway once, and the session's token is no longer accepted")
    func end() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let session = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#)
            let ended = try await folder.run("sessions", "end", session.sessionID)
            #expect(ended.exitCode == 0 && ended.output.contains("\nstatus         logged_out (ended)\n"), "\(ended)")
            #expect(!ended.output.contains(session.token))
            #expect(ended.errors.split(separator: "\n").count == 1 && ended.errors.contains(session.sessionID))
            for part in ["session ended", "operator", "+91••••••3210"] { #expect(ended.errors.contains(part)) }
            #expect(!ended.errors.contains("9876543210") && !ended.errors.contains(session.token))
            #expect(try await client.get("/session", token: session.token).status == 401)
            let json = try await folder.run("sessions", "end", session.sessionID, "--json")
            #expect(json.exitCode == 1 && json.output.hasPrefix("{\"ended\":false,\"session\":{") && !json.output.contains(session.token))
            let again = try await folder.run("sessions", "end", session.sessionID)
            #expect(again.exitCode == 1)
            #expect(again.errors == "switchboard: session \(session.sessionID) is not active: its status is logged_out (ended)\n")
            let next = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#)
            #expect(next.status == 201 && next.token != session.token)
        }
    }

    @Test("Unknown ids, and texts that cannot be ids, have exit codes of their own")
    func failures() async throws {
        try await GatewayFolder.with { folder in
            let id = "01a2049a-fa35-7027-a07f-d114d83a73fa"
            let noJournal = try await folder.run("sessions", "list")
            #expect(noJournal.exitCode == 2)
            #expect(noJournal.errors.hasPrefix("switchboard: there is no journal at /"))
            #expect(noJournal.errors.contains("/journal.sqlite (journal.path of /"))
            #expect(noJournal.errors.contains("/settings.yaml): run this in the gateway's folder, or name its settings (--config"))
            try await folder.start().terminate()
            let noSession = try await folder.run("sessions", "show", id)
            #expect(noSession.exitCode == 1)
            #expect(noSession.errors == "switchboard: journal.sqlite has no session \(id)\n")
            for wrong in [
                ["show", "x"], ["list", "--channel", "kisok"], ["list", "--status", "gone"], ["list", "--phone", "12"],
            ] {
                let outcome = try await BuiltProgram.run(["sessions"] + wrong + ["--config", "settings.yaml"], in: folder.path)
                #expect(outcome.exitCode == 64 && outcome.output.isEmpty, "\(wrong)")
                #expect(outcome.errors.contains("\nUsage: switchboard sessions \(wrong[0]) "), "\(outcome.errors)")
            }
        }
    }

    private func list(_ filter: [String], in folder: GatewayFolder) async throws -> BuiltProgram.Outcome {
        try await BuiltProgram.run(["sessions", "list", "--json", "--config", "settings.yaml"] + filter, in: folder.path)
    }

    private func ids(_ outcome: BuiltProgram.Outcome) throws -> [String] {
        try outcome.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8))["session_id"].string ?? "" }
    }
}

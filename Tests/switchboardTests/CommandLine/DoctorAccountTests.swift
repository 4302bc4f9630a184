import JSON
import SwitchboardTesting
import Testing

@Suite("switchboard doctor --account")
struct DoctorAccountTests {
    private func run(_ folder: GatewayFolder, _ arguments: String...) async throws -> BuiltProgram.Outcome {
        try await BuiltProgram.run(["doctor", "--config", "outside.yaml"] + arguments, in: folder.path)
    }

    @Test(
        "A running gateway passes the round trip of each kind of account, and stores nothing of it",
        arguments: [
            "whatsapp-cloud/main", "chat/main", "lobby",
        ])
    func running(account: String) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            try folder.write(GatewayFolder.settings(server: "{ public_url: \"\(gateway.base)\" }"), to: "outside.yaml")
            let outcome = try await run(folder, "--account", account, "--json")
            #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome)")
            let lines = try outcome.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
            let ok = lines.filter { $0["level"].string == "ok" }.map { $0["check"].string ?? "" }
            let warned = lines.filter { $0["level"].string == "warn" }.map { $0["check"].string ?? "" }
            let isMeta = account.hasPrefix("whatsapp")
            #expect(ok == ["webhook.answer", "webhook.body", "webhook.signature"] + (isMeta ? ["webhook.handshake"] : []))
            #expect(warned == (isMeta ? ["webhook.address", "meta.token"] : []))
            let captures = try await folder.run("captures", "list", "--json")
            #expect(!captures.output.contains("delivery_id"), "\(captures)")
        }
    }

    @Test("A gateway that is not there is a failure with what to do; a name of two accounts examines both, failures first")
    func stopped() async throws {
        try await GatewayFolder.with { folder in
            try folder.write(GatewayFolder.settings(server: "{ public_url: \"http://127.0.0.1:1\" }"), to: "outside.yaml")
            let outcome = try await run(folder, "--account", "main")
            #expect(outcome.exitCode == 1 && outcome.errors.isEmpty, "\(outcome)")
            for account in ["whatsapp-cloud/main", "chat/main"] {
                let line = "fail  webhook.tcp      \(account): nothing accepts connections at http://127.0.0.1:1/webhooks/\(account)\n"
                #expect(outcome.output.contains(line), "\(outcome.output)")
            }
            #expect(outcome.output.contains("→ start the proxy or the gateway"))
            #expect(outcome.output.hasSuffix("2 errors, 2 warnings\n"), "\(outcome.output)")
        }
    }

    @Test("An unknown account is a usage error that names the known ones; unreadable settings are findings")
    func unknown() async throws {
        try await GatewayFolder.with { folder in
            try folder.write(GatewayFolder.settings(), to: "outside.yaml")
            let outcome = try await run(folder, "--account", "mian")
            #expect(outcome.exitCode == 64 && outcome.errors.contains("Did you mean “main”?"), "\(outcome)")
            #expect(outcome.errors.contains("whatsapp-cloud/main, chat/main, kiosk/lobby"))
            let both = try await run(folder, "--account", "main", "--integrity")
            #expect(both.exitCode == 64 && both.errors.contains("--integrity examines the journal"))
            try folder.write("{ server: { prot: 1 } }", to: "outside.yaml")
            let wrong = try await run(folder, "--account", "main")
            #expect(wrong.exitCode == 1 && wrong.output.contains("server.prot: unknown key"))
        }
    }
}

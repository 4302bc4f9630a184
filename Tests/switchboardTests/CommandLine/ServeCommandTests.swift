import Testing

@Suite("switchboard serve")
struct ServeCommandTests {
    @Test("A port that is taken is reported as such, with the exit code of temporary failures")
    func portTaken() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            try await GatewayFolder.with { folder in
                let outcome = try await folder.run("serve", "--port", "\(gateway.port)")
                #expect(outcome.exitCode == 75)
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.contains("switchboard: cannot listen on 127.0.0.1:\(gateway.port): Address already in use;"))
            }
        }
    }

    @Test("An impossible port is a usage error", arguments: ["-1", "65536", "99999", "http"])
    func wrongPort(port: String) async throws {
        try await GatewayFolder.with { folder in
            let outcome = try await folder.run("serve", "--port=\(port)")
            #expect(outcome.exitCode == 64)
        }
    }

    @Test(
        "Wrong settings stop the start with the key's path",
        arguments: [
            ("server: { prot: 1 }", "server.prot: unknown key"), ("log: { level: loud }", "log.level: must be"),
            ("accounts: [{ adapter: fax, name: main, secrets: [of-eight] }]", "accounts[0].adapter: there is no adapter “fax”"),
            ("accounts: [{ adapter: chat, name: main }]", "accounts[0].secrets"), ("server: { host: 0.0.0.0 }", "accounts: is empty"),
        ])
    func wrongSettings(settings: String, problem: String) async throws {
        try await GatewayFolder.with(settings: settings) { folder in
            let outcome = try await folder.run("serve")
            #expect(outcome.exitCode == 2)
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.contains(problem))
        }
    }

    @Test("A file that is not a journal is reported, and left unchanged")
    func noJournal() async throws {
        try await GatewayFolder.with { folder in
            try folder.write("this is no database, however long it may be", to: "journal.sqlite")
            let outcome = try await folder.run("serve", "--port", "0")
            #expect(outcome.exitCode == 2)
            #expect(outcome.errors.contains("switchboard: journal unusable: journal.sqlite: "))
        }
    }
}

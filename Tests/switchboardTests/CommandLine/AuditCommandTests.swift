import SwitchboardTesting
import Testing

@Suite("switchboard audit")
struct AuditCommandTests {
    @Test("Operators' actions are listed, the latest first, as a table or as JSON Lines; of none it says so")
    func list() async throws {
        try await GatewayFolder.withGateway { gateway, _ in
            let none = try await gateway.run("audit", "list")
            #expect(none.exitCode == 0 && none.output.isEmpty && none.errors == "switchboard: no action matches\n")
            let columns = "(at, operator, action, target, outcome, address)"
            try SwitchboardTesting.JournalFile(path: "\(gateway.path)/journal.sqlite").execute(
                """
                INSERT INTO operator_actions \(columns) VALUES
                  ('2026-11-27T10:00:00.000Z', 'ops', 'end', 'a', 'done', '::1'),
                  ('2026-11-27T10:00:01.000Z', 'ops', 'reveal', 'b', NULL, NULL)
                """)
            let json = try await gateway.run("audit", "list", "--json")
            #expect(
                json.output == """
                    {"at":"2026-11-27T10:00:01.000Z","operator":"ops","action":"reveal","target":"b","outcome":null,"address":null}
                    {"at":"2026-11-27T10:00:00.000Z","operator":"ops","action":"end","target":"a","outcome":"done","address":"::1"}

                    """)
            let table = try await gateway.run("audit", "list", "--limit", "1")
            #expect(table.output.contains(" reveal ") && !table.output.contains(" end "))
            #expect(table.errors == "switchboard: 1 of 2 shown, 1 more; --limit shows more\n")
        }
    }
}

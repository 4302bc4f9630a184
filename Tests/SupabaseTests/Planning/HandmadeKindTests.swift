import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Kinds of tables and columns that a team may have made")
struct HandmadeKindTests {
    @Test("Where a trigger discards the updates of a migration, the failure says so, and nothing is changed")
    func discarded() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions())\(HandmadeProject.row)
            create function discard() returns trigger language plpgsql as 'begin return null; end';
            create trigger discard before update on sessions for each row execute function discard();
            """)
        let failure = await #expect(throws: MigrationFailure.self) { try await database.migrate() }
        #expect(failure?.description.contains("→ a trigger of the project's own, which the plan's warnings name, discards") == true)
        #expect(try await database.rows("select to_regclass('contacts')") == ["-"])
    }
}

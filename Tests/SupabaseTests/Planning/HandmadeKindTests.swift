import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Kinds of tables and columns that a team may have made")
struct HandmadeKindTests {
    @Test(
        "A column of a domain is of its type, whatever the domain refuses, and its times are UTC's",
        arguments: ["timestamp", "timestamptz"])
    func domains(type: String) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            do $$ begin execute format('alter database %I set timezone to ''Asia/Kolkata''', current_database()); end $$;
            create domain moment as \(type) not null; create domain customer as varchar(20) not null check (value <> '');
            \(HandmadeProject.sessions(["created_at": "moment", "customer_id": "customer"]))
            insert into sessions (phone, channel, session_token, status, created_at, customer_id) values
              ('+919876543210', 'chat', 'a-token-of-theirs1', 'active', '2025-11-26 12:00Z', 'null'),
              ('+919876543211', 'chat', 'a-token-of-theirs2', 'active', '2025-11-26 12:00Z', '7');
            """)
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        #expect(
            try await database.rows("select customer_id, created_at at time zone 'UTC' from sessions order by phone")
                == ["+919876543210|2025-11-26 12:00:00", "7|2025-11-26 12:00:00"])
    }

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

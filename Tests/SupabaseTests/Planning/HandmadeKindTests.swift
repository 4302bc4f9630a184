import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Unusual kinds of tables and columns that a team may have created")
struct HandmadeKindTests {
    @Test(
        "A column of a domain is converted like its base type, whatever the domain refuses, with times in UTC",
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

    @Test("Row security that is forced on the owner is an obstacle, since a policy may hide rows from the migration")
    func hiddenRows() async throws {
        let url = try await PostgresServer.makeDatabase()
        let database = try SchemaDatabase(url: url)
        // Roles belong to the server, which other tests share.
        let role = "owner_\(UInt32.random(in: 0...UInt32.max))"
        try await database.execute(
            """
            create role \(role) login password '\(PostgresServer.password)'; grant create on schema public to \(role);
            do $$ begin execute format('grant create on database %I to \(role)', current_database()); end $$;
            \(HandmadeProject.sessions())\(HandmadeProject.row)
            alter table sessions owner to \(role); alter table sessions enable row level security;
            alter table sessions force row level security; create policy mine on sessions for select using (false);
            """)
        let own = try SchemaDatabase(url: url.replacing("//postgres:", with: "//\(role):"))
        let obstacles = try await own.plan().obstacles
        #expect(
            obstacles.map(\.message) == [
                "has row security that applies to its owner too (forced), so policies may hide rows from the "
                    + "migration"
            ])
        for script in [Migration.script(in: .public), "begin;\n\(Migration.all[0].filed)\ncommit;"] {
            let state = await own.state(of: script)
            #expect(state == "P0001")
            try await own.execute("rollback")
        }
        for obstacle in obstacles { try await own.execute(#require(obstacle.statement)) }
        try await own.migrate()
        #expect(try await database.rows("select phone, status from sessions") == ["+919876543210|active"])
        try await database.execute("drop owned by \(role); drop role \(role)")
    }

    @Test("A cast of Switchboard's columns to another type is reported, since it refuses rows; a cast to text is not")
    func casts() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(more: """
                , number bigint generated always as (customer_id::bigint) stored, short text generated always as (left(phone, 4)) stored,
                  own_number text, own bigint generated always as (own_number::bigint) stored
                """))
            \(HandmadeProject.row) update sessions set customer_id = '7';
            create index by_number on sessions ((customer_id::bigint)); create index recent on sessions (phone) where customer_id::int > 5;
            create index by_name on sessions (lower(customer_id)) where status = 'active'; create index plain on sessions (phone);
            """)
        let expected = [
            "-: rows of Switchboard's that the index by_number cannot convert",
            "-: rows of Switchboard's that the index recent cannot convert",
            "number: rows of Switchboard's that its generated column cannot convert",
        ]
        for isUpgrade in [true, false] {
            let warnings = try await database.plan().warnings
            let told = warnings.map { "\($0.column ?? "-"): \($0.message)" }
            #expect(told.count == expected.count && zip(told, expected).allSatisfy { $0.hasPrefix($1) }, "\(told)")
            if isUpgrade { try await database.migrate() }
        }
        for warning in try await database.plan().warnings { try await database.execute(#require(warning.statement)) }
        #expect(try await database.plan().steps == [])
        try await database.execute("update sessions set customer_id = 'C-7'")
    }

    @Test("A token that is too long for an index is an obstacle, and the statement replaces it")
    func longTokens() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions())\(HandmadeProject.row)
            insert into sessions (phone, channel, session_token, status)
            select '+919876543211', 'chat', string_agg(md5(n::text), ''), 'expired' from generate_series(1, 100) n;
            """)
        let obstacles = try await database.plan().obstacles
        #expect(
            obstacles.map { "\($0.place): \($0.message)" }
                == ["sessions.session_token: 1 row has a token of more than 2600 bytes, which no index accepts"])
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        try await database.migrate()
        #expect(try await database.rows("select length(session_token) from sessions order by 1") == ["17", "64"])
    }

    @Test("If a trigger discards the updates of a migration, the failure says so, and nothing is changed")
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

    @Test(
        "A session without a status and an end is active for 24 hours after its last activity",
        arguments: [
            "id bigserial primary key, customer_id text, phone text, channel text, session_token text, created_at timestamptz",
            "session_id text, customer_id text, phone text, channel text, session_token text, status text, created_at timestamp, "
                + "expires_at timestamp",
        ])
    func withoutEnd(columns: String) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            create table sessions (\(columns));
            insert into sessions (customer_id, phone, channel, session_token, created_at) values
              ('7', '+919876543210', 'chat', 'a-token-of-theirs1', now() - interval '1 hour'),
              ('8', '+919876543211', 'chat', 'a-token-of-theirs2', now() - interval '3 days');
            """)
        let told = try await database.plan().changes.map { "\($0.place): \($0.message)" }
        #expect(
            told.contains("sessions.status: 2 rows without a status become active, or expired if expires_at has passed"), "\(told)")
        try await database.migrate()
        #expect(
            try await database.rows("select status, expires_at - last_activity = interval '24 hours' from sessions order by phone")
                == ["active|t", "expired|t"])
    }

    @Test("If a publication prevents updates of rows, the failure says how to allow them, and nothing is changed")
    func published() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(["session_id": "uuid default gen_random_uuid()"]))\(HandmadeProject.row)
            create publication everything for all tables;
            """)
        let failure = try #require(await #expect(throws: MigrationFailure.self) { try await database.migrate() })
        let statement = "alter table public.sessions replica identity full;"
        #expect(failure.description.hasSuffix("→ give public.sessions a replica identity: \(statement)"), "\(failure)")
        #expect(try await database.rows("select to_regclass('contacts')") == ["-"])
        try await database.execute(statement)
        try await database.migrate()
        #expect(try await database.rows("select phone, status from sessions") == ["+919876543210|active"])
    }
}

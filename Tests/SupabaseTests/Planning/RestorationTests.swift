import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Objects that are dropped for a migration and restored afterwards")
struct RestorationTests {
    /// Follows the plan: runs the statements for before the migration, the migration, and the statements for afterwards.
    private func follow(_ database: SchemaDatabase) async throws {
        let obstacles = try await database.plan().obstacles
        #expect(!obstacles.isEmpty)
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        for obstacle in obstacles { if let restoration = obstacle.restoration { try await database.execute(restoration) } }
    }

    @Test("A view keeps its options, privileges and comment, and does not get the default privileges of new tables")
    func view() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(["session_token": "varchar(60)"]))\(HandmadeProject.row)
            create view chats with (security_invoker = on) as select phone, session_token from sessions;
            comment on view chats is 'Agent''s'; grant select (phone) on chats to authenticated; grant select on chats to service_role;
            create view phones as select phone from chats;
            create materialized view kept as select session_token from sessions; create unique index on kept (session_token);
            alter default privileges in schema public grant all on tables to anon;
            """)
        let state = """
            select c.relname, c.relkind, c.reloptions, obj_description(c.oid, 'pg_class'), has_table_privilege('anon', c.oid, 'select'),
              has_table_privilege('service_role', c.oid, 'select'), has_any_column_privilege('authenticated', c.oid, 'select'),
              has_table_privilege('authenticated', c.oid, 'select'),
              (select count(*) from pg_index where indrelid = c.oid)
            from pg_class c where c.relname in ('chats', 'phones', 'kept') order by 1
            """
        let before = try await database.rows(state)
        #expect(before[0] == "chats|v|{security_invoker=on}|Agent's|f|t|t|f|0")
        try await follow(database)
        #expect(try await database.rows(state) == before)
        #expect(try await database.rows("select phone from phones") == ["+919876543210"])
    }

    @Test("SQL that may rely on a column's former type says so; other SQL can be run unchanged")
    func edited() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(["customer_id": "bigint", "session_token": "varchar(60)"]))\(HandmadeProject.row)
            create policy mine on sessions for select using (customer_id = 3);
            create policy others on sessions for select using (session_token <> '');
            create function noted() returns trigger language plpgsql as 'begin return new; end';
            create trigger plain before update of customer_id on sessions for each row execute function noted();
            create trigger asked before update of customer_id on sessions for each row when (new.customer_id = 3) execute function noted();
            """)
        let obstacles = try await database.plan().obstacles
        for (name, edit) in [
            ("mine", "where it expects sessions.customer_id to be bigint"), ("asked", "where it expects sessions.customer_id to be bigint"),
            ("others", nil), ("plain", nil),
        ] {
            let obstacle = try #require(obstacles.first { $0.message.contains(" \(name) ") }, "\(obstacles)")
            #expect(obstacle.edit == edit && obstacle.restoration != nil, "\(name)")
        }
        // Without the edit, these restorations fail.
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        try await database.migrate()
        for obstacle in obstacles {
            #expect(await database.state(of: obstacle.restoration ?? "") == (obstacle.edit == nil ? nil : "42883"), "\(obstacle)")
        }
    }

    @Test("A view whose name with its schema is longer than an identifier is restored")
    func longName() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        let name = "reporting.active_customer_sessions_by_channel_and_region_last_30_days"
        try await database.execute(
            """
            \(HandmadeProject.sessions(["customer_id": "bigint"]))\(HandmadeProject.row)
            create schema reporting; create view \(name) as select customer_id from sessions;
            """)
        try await follow(database)
        #expect(try await database.rows("select to_regclass('\(name)') is not null") == ["t"])
    }

    @Test("Policies, triggers, functions, publications and generated columns are restored")
    func others() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(
                ["session_token": "varchar(60)"], more: ", short text generated always as (left(session_token, 3)) stored"))
            \(HandmadeProject.row)
            create policy mine on sessions as restrictive for update to authenticated, anon using (session_token <> '')
              with check (session_token <> 'x');
            create function noted() returns trigger language plpgsql as 'begin return new; end';
            create trigger watched before update of session_token on sessions for each row
              when (new.session_token <> '') execute function noted();
            alter table sessions disable trigger watched;
            create function first_token() returns text language sql security definer
              begin atomic select session_token from sessions limit 1; end;
            revoke all on function first_token from public; grant execute on function first_token to authenticated;
            create publication changes for table sessions (session_id, session_token);
            """)
        let state = """
            select (select string_agg(polname || polcmd::text || polpermissive || polroles::regrole[]::text, ',') from pg_policy
                where polname = 'mine'),
              (select string_agg(tgname || tgenabled::text, ',') from pg_trigger where tgname = 'watched'),
              (select prosecdef || has_function_privilege('anon', oid, 'execute')::text
                || has_function_privilege('authenticated', oid, 'execute') from pg_proc where proname = 'first_token'),
              (select attnames::text from pg_publication_tables where pubname = 'changes'),
              (select attgenerated from pg_attribute where attname = 'short')
            """
        let before = try await database.rows(state)
        try await follow(database)
        #expect(try await database.rows(state) == before, "\(before)")
        #expect(try await database.rows("select short, first_token() from sessions") == ["a-t|a-token-of-theirs"])
    }

    @Test("Rows that refer to a session by a key over two columns refer to it by its id afterwards")
    func references() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(
                ["session_id": "int generated by default as identity", "customer_id": "int not null"],
                more: ", primary key (session_id, customer_id)"))
            insert into sessions (customer_id, phone, channel, session_token, status)
            select n, '+91987654321' || n, 'chat', 'a-token-of-theirs' || n, 'active' from generate_series(1, 3) n;
            create table session_tags (session_id int default 0, customer_id int, tag text,
              foreign key (session_id, customer_id) references sessions on delete cascade);
            insert into session_tags select session_id, customer_id, phone from sessions where customer_id < 3;
            """)
        try await follow(database)
        #expect(
            try await database.rows("select tag from session_tags t join sessions s using (session_id) where s.phone = t.tag order by 1")
                == ["+919876543211", "+919876543212"])
        try await database.execute("delete from sessions where phone = '+919876543211'")
        #expect(try await database.rows("select tag from session_tags") == ["+919876543212"])
    }

    @Test("Objects that use a table to be renamed are left to the plan after the rename, and show the same rows afterwards")
    func renamed() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(["session_token": "varchar(60)"]))\(HandmadeProject.row)
            create table messages (token text, body text); insert into messages values ('a-token-of-theirs', 'theirs');
            create view tokens as select session_token from sessions;
            create view bodies as select m.body from messages m join tokens t on t.session_token = m.token;
            """)
        let obstacles = try await database.plan().obstacles
        let renaming = try #require(obstacles.first { $0.place == "messages" })
        #expect(renaming.advice?.hasSuffix("then plan again (`switchboard migrate --dry-run`)") == true)
        let view = try #require(obstacles.first { $0.message.contains("public.tokens") })
        #expect(view.statement == nil && view.restoration == nil && view.advice?.hasPrefix("rename public.messages first, ") == true)
        try await database.execute(#require(renaming.statement))
        try await follow(database)
        #expect(try await database.rows("select body from bodies") == ["theirs"])
    }

    @Test("After its policy was dropped and restored, a role reads the same rows as before, but no token")
    func grantsOfPolicy() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(["session_token": "varchar(60)"]))\(HandmadeProject.row)
            alter table sessions enable row level security; grant select on sessions to authenticated, anon;
            create policy mine on sessions for select to authenticated using (session_token <> '');
            """)
        try await follow(database)
        let privileges = """
            select has_column_privilege('authenticated', 'sessions', 'phone', 'select'),
              has_column_privilege('authenticated', 'sessions', 'session_token', 'select'),
              has_any_column_privilege('anon', 'sessions', 'select')
            """
        #expect(try await database.rows(privileges) == ["t|f|f"])
        #expect(await database.state(of: "set local role authenticated; select phone from sessions") == nil)
        #expect(try await database.plan().changes == [])
    }
}

import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Objects that PostgreSQL binds to a table's types, or to its rows until a transaction ends")
struct BoundTypeTests {
    @Test("Columns and materialized views with values of its row type are named, and are restored", arguments: SchemaName.tested)
    func rowTypes(schema: SchemaName) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute(
            """
            create schema if not exists \(schema);
            \(HandmadeProject.sessions(["session_token": "varchar(60)"]))\(HandmadeProject.row)
            create domain one as sessions; create type two as (s sessions, n int);
            create table archive (at timestamptz, "Row" sessions default null, list sessions[], d one, t two);
            insert into archive select now(), s, array[s], s, row (s, 1)::two from sessions s;
            create view shown as select s from sessions s;
            create materialized view kept as select s from sessions s; create view of_kept as select * from kept;
            """)
        let obstacles = try await database.plan().obstacles
        let objects = [#"column "Row""#, "column d", "column list", "column t"].map { "\($0) of \(schema).archive" }
        #expect(
            Set(obstacles.map { "\($0.place) \($0.message)" })
                == Set(
                    (objects + ["materialized view \(schema).kept"]).map {
                        "sessions the \($0) contains rows of it as values, so its columns cannot change their types"
                    }))
        #expect(obstacles.count == 5)
        // The migration really fails, so none of the statements is superfluous.
        #expect(await database.state(of: Migration.script(in: schema)) == "0A000")
        try await database.execute("rollback")
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        #expect(try await database.plan().changes == [])
        #expect(obstacles.filter { $0.restoration != nil }.map(\.edit) == Array(repeating: Self.edit, count: 2))
        for restoration in obstacles.compactMap(\.restoration) { try await database.execute(restoration) }
        #expect(
            try await database.rows(#"select ("Row").session_token, list -> 0 ->> 'phone', d ->> 'channel' from archive"#)
                == ["a-token-of-theirs|+919876543210|chat"])
        #expect(try await database.rows("select (s).session_token from of_kept") == ["a-token-of-theirs"])
    }

    private static let edit = "where it expects a column of sessions to have its former type"

    @Test("A deferred trigger of the project's own fires at once, and does not prevent changes of the table")
    func deferred() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions())\(HandmadeProject.row) create table seen (phone text);
            create function late() returns trigger language plpgsql as 'begin insert into seen values (new.phone); return null; end';
            create constraint trigger late after update on sessions deferrable initially deferred for each row execute function late();
            """)
        let plan = try await database.plan()
        #expect(plan.obstacles == [])
        #expect(
            plan.changes.contains {
                $0.message == "its trigger late (public.late()) fires when migrate updates rows, immediately even though it is deferred"
            }, "\(plan.changes)")
        try await database.migrate()
        #expect(try await database.plan().changes == [])
        #expect(try await database.rows("select distinct phone from seen") == ["+919876543210"])
        #expect(try await database.rows("select tgdeferrable, tginitdeferred from pg_trigger where tgname = 'late'") == ["t|t"])
    }

    @Test("An event trigger that raises is reported even if nothing will be created, since the scripts run anyway")
    func eventTriggers() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create function no_changes() returns event_trigger language plpgsql as $$ begin raise exception 'ask first'; end $$;
            create function noted() returns event_trigger language plpgsql as $$ begin raise notice 'noted'; end $$;
            create event trigger kept on ddl_command_start when tag in ('DROP TABLE') execute function no_changes();
            create event trigger told on ddl_command_end execute function noted();
            create event trigger guarded on ddl_command_start when tag in ('ALTER TABLE') execute function no_changes();
            """)
        let plan = try await database.plan()
        #expect(
            plan.steps.map(\.message) == [
                "its event trigger guarded (public.no_changes()) runs when migrate creates or changes an object, and may refuse this"
            ])
        await #expect(throws: MigrationFailure.self) { try await database.migrate() }
        try await database.execute("rollback; \(#require(plan.warnings.first?.statement))")
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("Exactly the indexes that PostgreSQL cannot rebuild for a column's new type are named", arguments: SchemaName.tested)
    func indexes(schema: SchemaName) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute(
            """
            create schema if not exists \(schema);
            \(HandmadeProject.sessions([
                "session_id": "varchar(40) primary key default md5(random()::text)", "customer_id": "inet", "phone": "char(13)",
                "created_at": "text default now()",
            ]))\(HandmadeProject.row)
            create table notes (note text, session_id varchar(40) references sessions (session_id));
            create index of_note on notes (session_id varchar_pattern_ops, note); create index of_notes on notes (session_id);
            create index id on sessions (session_id varchar_pattern_ops); create index net on sessions using gist (customer_id inet_ops);
            create index made on sessions (created_at collate "C"); create index near on sessions using spgist (created_at);
            create index part on sessions (created_at text_pattern_ops) where phone <> '';
            create index built on sessions (created_at desc, phone bpchar_pattern_ops); create index nets on sessions using brin (customer_id);
            """)
        let obstacles = try await database.plan().obstacles
        let bound = [
            "notes.session_id of_note", "sessions.created_at made", "sessions.created_at near", "sessions.created_at part",
            "sessions.customer_id net", "sessions.session_id id",
        ].map { $0.split(separator: " ") }
        #expect(
            Set(obstacles.map { "\($0.place) \($0.message.prefix { $0 != "," })" })
                == Set(bound.map { "\($0[0]) the index \(schema).\($0[1]) uses it" }), "\(obstacles)")
        #expect(obstacles.count == bound.count && obstacles.allSatisfy { $0.edit != nil && $0.advice?.contains("operator class") == true })
        // The migration really fails: 42704 and 42804.
        #expect(await database.state(of: Migration.script(in: schema))?.hasPrefix("42") == true)
        try await database.execute("rollback")
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        let left = "select indexname from pg_indexes where indexname in ('of_note', 'of_notes', 'built', 'nets', 'id', 'part') order by 1"
        #expect(try await database.rows(left) == ["built", "nets", "of_notes"])
        #expect(try await database.plan().changes == [])
    }

    @Test("A restoration that involves several columns names each of them as one to edit, wherever it is shown")
    func edits() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions(
                ["customer_id": "bigint", "session_token": "varchar(60)", "created_at": "timestamp default now()", "metadata": "json"]))
            \(HandmadeProject.row)
            create function customer() returns bigint language sql
              begin atomic select customer_id from sessions where session_token <> 'x' limit 1; end;
            create function token() returns varchar language sql begin atomic select session_token from sessions limit 1; end;
            create policy mine on sessions for select using (session_token <> '' and customer_id = 3);
            create index days on sessions (date_trunc('day', created_at)); create index plain on sessions (created_at) where phone <> '';
            alter table sessions add constraint is_object check (json_typeof(metadata) = 'object'),
              add constraint ordered check (expires_at > created_at), add constraint named check (metadata ->> 'a' is distinct from 'b');
            """)
        let obstacles = try await database.plan().obstacles
        let both = "where it expects sessions.customer_id to be bigint, sessions.session_token to be character varying"
        let told = obstacles.map { "\($0.place) \($0.message.prefix { $0 != "," }) \($0.edit ?? "-")" }
        #expect(
            told.sorted() == [
                "sessions.created_at the index public.days uses it where it expects sessions.created_at to be timestamp without time zone",
                "sessions.customer_id the function public.customer() uses it \(both)",
                "sessions.customer_id the policy mine uses it where it expects sessions.customer_id to be bigint",
                "sessions.metadata the check is_object uses it where it expects sessions.metadata to be json",
                "sessions.session_token the function public.customer() uses it \(both)",
                "sessions.session_token the function public.token() uses it "
                    + "where it expects sessions.session_token to be character varying",
                "sessions.session_token the policy mine uses it where it expects sessions.customer_id to be bigint",
            ])
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        try await database.migrate()
        #expect(
            try await database.rows(
                "select conname from pg_constraint where conrelid = 'sessions'::regclass and conname in ('ordered', 'named') order by 1")
                == ["named", "ordered"])
        #expect(try await database.rows("select indexname from pg_indexes where indexname = 'plain'") == ["plain"])
        // Without the edit, restoring these would fail.
        for obstacle in obstacles where obstacle.edit != nil && !obstacle.message.contains("token()") {
            #expect(await database.state(of: obstacle.restoration ?? "")?.hasPrefix("42") == true, "\(obstacle)")
        }
    }
}

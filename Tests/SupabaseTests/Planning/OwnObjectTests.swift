import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("A project's own triggers, policies and kinds of tables, in the plan and in doctor")
struct OwnObjectTests {
    private static let functions = """
        create schema shop;
        create function shop.passes() returns trigger language plpgsql as 'begin return new; end';
        create function shop.deletes() returns trigger language plpgsql as
          $$ begin DELETE  FROM public.messages where message_id = new.message_id; return null; end $$;
        create type shop.pair as (a int, b int);
        """

    /// An addition to a migrated database, and the place and a part of the message of its warning.
    private static let added = [
        (
            "create trigger checked before insert on events for each row execute function shop.passes()",
            "events its trigger checked (shop.passes()) is the project's own: it can change, refuse or discard rows of Switchboard's"
        ),
        (
            "create constraint trigger later after update on contacts deferrable for each row execute function shop.passes()",
            "contacts its trigger later (shop.passes()) is the project's own: "
                + "it can refuse rows of Switchboard's, or change them afterwards"
        ),
        (
            #"create trigger "Gone" after insert on messages for each row execute function shop.deletes()"#,
            "messages its trigger Gone (shop.deletes()) deletes from messages: rows that Switchboard has stored may disappear unnoticed"
        ),
        ("alter table dead_letters set unlogged", "dead_letters is unlogged: a crash of the server empties it"),
        (
            """
            do $$ begin execute (select format('create type shop.letter as (%s)', string_agg(
              attname || ' ' || format_type(atttypid, -1), ', ' order by attnum)) from pg_attribute where attrelid = 'dead_letters'::regclass and attnum > 0); end $$;
            alter table dead_letters of shop.letter
            """, "dead_letters is a table of the type shop.letter, so no script can add or change a column"
        ),
    ]

    @Test("Each is one warning of the plan and of doctor, and its statement resolves it", arguments: added)
    func warnings(script: String, line: String) async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute("\(Self.functions) \(script)")
        let plan = try await database.plan()
        #expect(plan.steps == plan.warnings && plan.warnings.map { "\($0.place) \($0.message)" } == [line])
        let transport = try database.transport()
        defer { transport.shutdown() }
        let found = await DatabaseExamination(transport).findings().filter { $0.level != .ok }
        #expect(found.map(\.message) == [line] && found.map(\.check) == ["supabase.objects"] && found.map(\.level) == [.warn])
        for warning in plan.warnings { try await database.execute(#require(warning.statement)) }
        #expect(try await database.plan().steps == [])
    }

    @Test("Triggers that never fire for Switchboard, or are disabled, are not reported")
    func others() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            \(Self.functions) create trigger kept before delete on events for each row execute function shop.passes();
            create trigger off before insert on events for each row execute function shop.passes(); alter table events disable trigger off;
            """)
        #expect(try await database.plan().steps == [])
    }

    @Test("Obstacles of a plan are failures in doctor: a rule, a unique index, a table that inherits")
    func failures() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create rule kept as on update to contacts where old.phone is not null do instead nothing;
            create unique index own on contacts (customer_id); create table archive () inherits (events);
            """)
        let transport = try database.transport()
        defer { transport.shutdown() }
        let found = await DatabaseExamination(transport).findings().filter { $0.check == "supabase.objects" }
        #expect(found.map(\.level) == [.fail, .fail, .fail])
        for (finding, words) in zip(
            found,
            [
                "contacts.customer_id own does not allow two rows", "contacts the rule kept makes",
                "events shares its rows with public.archive",
            ])
        {
            #expect(finding.message.hasPrefix(words), "\(finding)")
        }
    }

    @Test("By REST doctor reports the same as by a database URL", arguments: SchemaName.tested)
    func byREST(schema: SchemaName) async throws {
        let database = try await SchemaDatabase.makeCopy(in: schema)
        try await database.execute(
            """
            \(Self.functions) \(Self.added.dropLast().map(\.0).joined(separator: ";"));
            create rule kept as on update to contacts where old.phone is not null do instead nothing;
            create unique index own on contacts (customer_id); alter table contacts add constraint named check (phone <> '');
            create table lines (line text primary key); alter table messages add foreign key (line) references lines;
            create table archive () inherits (identities);
            alter table dead_letters add column tenant int not null default 0, add column place int generated always as identity;
            create unique index one_tenant on dead_letters (tenant); create unique index reasons on dead_letters (reason, tenant);
            create unique index places on dead_letters (place, tenant);
            """)
        let direct = try database.transport()
        defer { direct.shutdown() }
        let told = await DatabaseExamination(direct).findings().filter { $0.check == "supabase.objects" }
        let byREST = try await PostgRESTServer.run(database: database.url, exposing: ["public", schema.name]) { server in
            let transport = try RESTTransport(url: server.url, key: Secret(PostgRESTServer.Keys.legacy), schema: schema)
            defer { transport.shutdown() }
            return await DatabaseExamination(transport).findings().filter { $0.check == "supabase.objects" }
        }
        #expect(told.count == 11 && byREST == told, "\(byREST)")
        for words in ["by inheritance", "one_tenant does not allow two rows with the same tenant", "reasons does not allow two rows"] {
            #expect(told.count { $0.message.contains(words) } == 1, "\(words): \(told)")
        }
    }

    @Test("Functions and scripts use the same rule for constant defaults")
    func constants() {
        let rule = Migration.isConstant("pg_get_expr(d.adbin, d.adrelid)").filter { !$0.isWhitespace }
        #expect(InspectQuery.query(of: "switchboard.refusing_objects").filter { !$0.isWhitespace }.contains(rule))
    }

    @Test("If the functions report no objects, doctor reports none by REST")
    func older() async throws {
        #expect(DatabaseSurvey(inspected: Array(#"{"version":10,"columns":[],"objects":null}"#.utf8), in: .public) == nil)
        let answer = #"""
            {"version":11,"columns":[{"table":"events","column":"event_id","type":"uuid"}],
            "objects":{"rules":[{"table":"events","name":"kept","definition":"d","statement":"s"}]}}
            """#
        let survey = try #require(DatabaseSurvey(inspected: Array(answer.utf8), in: .public))
        #expect(survey.objects.rules.map(\.name) == ["kept"] && survey.relations.map(\.name) == ["events"])
        // `events` as reported here is not one of Switchboard's tables.
        #expect(survey.refusals == [])
    }

    @Test("A restrictive policy is reported if it applies to the role that writes the rows")
    func restrictions() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute("create policy mine on events as restrictive using (kind <> 'notice')")
        func refusals(of role: String) async throws -> [MigrationStep]? {
            let transport = try DirectTransport(url: Secret("\(database.url)?options=-c%20role%3D\(role)"))
            defer { transport.shutdown() }
            return try await transport.refusals(within: .seconds(60))
        }
        // service_role bypasses row security, as in a Supabase project.
        #expect(try await refusals(of: "service_role") == [])
        let found = try #require(try await refusals(of: "authenticator"))
        #expect(
            found.map(\.message) == [
                "its policy mine is restrictive and applies to authenticator: rows that it refuses become dead letters"
            ])
        for step in found { try await database.execute(#require(step.statement)) }
        #expect(try await refusals(of: "authenticator") == [])
    }

    @Test("Before a migration an unlogged or typed table sessions is an obstacle, and its statement resolves it")
    func obstacles() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            create type visit as (phone text, channel text, session_token text); create unlogged table sessions of visit;
            create function watched() returns event_trigger language plpgsql as 'begin end';
            create event trigger watching on ddl_command_end execute function watched();
            """)
        let plan = try await database.plan()
        let sessions = plan.obstacles.filter { $0.place == "sessions" }
        #expect(sessions.count == plan.obstacles.count && sessions.count == 2, "\(plan.obstacles)")
        #expect(sessions.first?.message == "is unlogged: a crash of the server empties it, and logged tables cannot reference it")
        #expect(sessions.last?.message == "is a table of the type public.visit, so no script can add or change a column")
        let event = try #require(plan.warnings.first { $0.place == "database" })
        #expect(event.message == "its event trigger watching (public.watched()) runs when migrate creates or changes an object")
        for step in sessions + [event] { try await database.execute(#require(step.statement)) }
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }
}

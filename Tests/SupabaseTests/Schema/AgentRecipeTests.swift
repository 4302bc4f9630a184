import Foundation
import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("The recipe for agents, Config/supabase/recipes/agents.sql")
struct AgentRecipeTests {
    /// A user, as PostgREST and Realtime present one to the database.
    struct Reader: Sendable, CustomTestStringConvertible {
        let role: String
        let claims: String

        var testDescription: String { "\(role) \(claims)" }

        /// A connection with the user's role and claims.
        func connect(to database: SchemaDatabase) throws -> SchemaDatabase {
            try SchemaDatabase(
                url: database.url, in: database.schema, options: "-c role=\(role) -c request.jwt.claims=\(claims)")
        }
    }

    private static let agent = Reader(role: "authenticated", claims: #"{"app_metadata":{"role":"agent"}}"#)
    private static let anybody = Reader(role: "anon", claims: #"{"role":"anon"}"#)
    /// Signed in, but not an agent. `user_metadata` can be written by the users themselves.
    private static let others = [
        #"{"app_metadata":{"role":"customer"}}"#, #"{"app_metadata":{}}"#, #"{"user_metadata":{"role":"agent"}}"#, #"{"role":"agent"}"#, "",
    ].map { Reader(role: "authenticated", claims: $0) }

    private static let relations = ["contacts", "sessions", "messages", "message_statuses", "message_status_current", "events"]

    @Test("The program has the recipe of Config, and for another schema the recipe names only that schema")
    func text() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Config/supabase/recipes/agents.sql").path
        #expect(try String(contentsOfFile: file, encoding: .utf8) == Recipe.agents.sql(in: .public))
        let words = Recipe.agents.sql(in: .acme).matches(of: /(?:\w+ )?\bpublic\b/.wordBoundaryKind(.simple)).map { String($0.output) }
        #expect(Set(words) == ["from public"])
    }

    /// A database with the recipe, and a row in each table.
    private func makeDatabase(in schema: SchemaName) async throws -> SchemaDatabase {
        let database = try await SchemaDatabase.makeCopy(in: schema)
        try await database.execute("create publication supabase_realtime")
        try await database.execute(Recipe.agents.sql(in: schema))
        try await database.execute(
            """
            insert into contacts (contact_id, phone) values (md5('c')::uuid, '+919876543210');
            insert into sessions (session_id, contact_id, phone, channel, session_token)
            values (md5('s')::uuid, md5('c')::uuid, '+919876543210', 'chat', 'the-secret-token');
            insert into messages
              (message_id, session_id, contact_id, provider, account, external_id, channel, direction, type, text, sent_at, received_at)
            values
              (md5('m')::uuid, md5('s')::uuid, md5('c')::uuid, 'chat', 'main', '1', 'chat', 'inbound', 'text', 'Hello', now(), now());
            insert into message_statuses (provider, account, external_id, status, rank, occurred_at, received_at, item_key)
            values ('chat', 'main', '1', 'read', 40, now(), now(), '1 read');
            insert into events (event_id, kind, type, session_id, contact_id, provider, account, external_id, occurred_at, received_at)
            values (md5('e')::uuid, 'activity', 'screen.viewed', md5('s')::uuid, md5('c')::uuid, 'kiosk', 'lobby', '1', now(), now());
            """)
        return database
    }

    @Test("An agent reads conversations, and no token in any way", arguments: SchemaName.tested)
    func agentReads(schema: SchemaName) async throws {
        let database = try await makeDatabase(in: schema)
        let agent = try Self.agent.connect(to: database)
        for relation in Self.relations { #expect(try await agent.rows("select count(*) from \(relation)") == ["1"], "\(relation)") }
        let conversation = """
            select s.phone, s.status, m.text, t.status from sessions s join messages m using (contact_id)
            join message_status_current t using (provider, account, external_id)
            """
        #expect(try await agent.rows(conversation) == ["+919876543210|active|Hello|read"])
        for query in [
            "select session_token from sessions", "select * from sessions", "select s from sessions s",
            "select 1 from sessions where session_token = 'the-secret-token'", "select * from identities", "select * from dead_letters",
            "select switchboard_session('{\"session_token\":\"the-secret-token\"}')",
        ] {
            #expect(await agent.state(of: query) == "42501", "\(query)")
        }
    }

    @Test("A signed-in user without the role reads no row", arguments: others, SchemaName.tested)
    func othersRead(reader: Reader, schema: SchemaName) async throws {
        let connection = try reader.connect(to: try await makeDatabase(in: schema))
        for relation in Self.relations { #expect(try await connection.rows("select count(*) from \(relation)") == ["0"], "\(relation)") }
    }

    @Test("A user who is not signed in reads no table", arguments: SchemaName.tested)
    func anybodyReads(schema: SchemaName) async throws {
        let connection = try Self.anybody.connect(to: try await makeDatabase(in: schema))
        for relation in Self.relations {
            #expect(await connection.state(of: "select count(*) from \(schema).\(relation)") == "42501", "\(relation)")
        }
    }

    @Test("None of these roles writes", arguments: [agent, anybody] + others, SchemaName.tested)
    func nobodyWrites(reader: Reader, schema: SchemaName) async throws {
        let connection = try reader.connect(to: try await makeDatabase(in: schema))
        for (table, column) in [
            ("contacts", "phone"), ("sessions", "status"), ("messages", "text"), ("message_statuses", "status"), ("events", "type"),
        ] {
            let table = "\(schema).\(table)"
            for statement in [
                "insert into \(table) (\(column)) values ('x')", "update \(table) set \(column) = 'x'", "delete from \(table)",
                "truncate \(table) cascade",
            ] {
                #expect(await connection.state(of: statement) == "42501", "\(statement)")
            }
        }
    }

    @Test(
        "Realtime shows agents everything about a session except its token, which the role may not select",
        arguments: SchemaName.tested)
    func realtime(schema: SchemaName) async throws {
        let database = try await makeDatabase(in: schema)
        let published =
            "select tablename from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = '\(schema)' order by 1"
        #expect(
            try await database.rows(published)
                == Self.relations.filter { $0 != "message_status_current" }.sorted())
        let hidden = """
            select attrelid::regclass, attname from pg_attribute join pg_publication_rel on prrelid = attrelid
            where attnum > 0 and not attisdropped and not has_column_privilege('authenticated', attrelid, attnum, 'select')
            """
        #expect(try await database.rows(hidden) == ["sessions|session_token"])
    }

    @Test(
        "The recipe survives a migration with only a warning from doctor, and running it again changes nothing",
        arguments: SchemaName.tested)
    func again(schema: SchemaName) async throws {
        let database = try await makeDatabase(in: schema)
        let grants = """
            select relname, relacl, (select array_agg(attname || attacl::text order by attnum) from pg_attribute
            where attrelid = c.oid and attacl is not null) from pg_class c where relnamespace = '\(schema)'::regnamespace order by 1
            """
        let before = try await database.rows(grants)
        try await database.migrate()
        try await database.execute(Recipe.agents.sql(in: schema))
        #expect(try await database.rows(grants) == before)
        let agent = try Self.agent.connect(to: database)
        for relation in Self.relations { #expect(try await agent.rows("select count(*) from \(relation)") == ["1"], "\(relation)") }
        #expect(try await wrong(in: database) == [.warn])
        for rule in LintTests.rules { #expect(try await database.rows(schema.text(rule.sql)) == [], "\(rule.name)") }
    }

    @Test("If the publication is gone, doctor and the plan report it, and their statement restores it", arguments: SchemaName.tested)
    func unpublished(schema: SchemaName) async throws {
        let database = try await makeDatabase(in: schema)
        try await database.execute("drop publication supabase_realtime")
        let finding = try #require(try await examine(database).first { $0.check == "supabase.realtime" })
        #expect(finding.level == .warn && finding.message.contains("\(schema).messages"))
        let warnings = try await database.plan().warnings
        #expect(warnings.map { finding.message == $0.message } == [true])
        try await database.execute(#require(warnings.first?.statement))
        #expect(try await wrong(in: database) == [.warn])
        #expect(try await database.plan().steps == [])
        try await database.execute("alter publication supabase_realtime drop table \(schema).events, \(schema).messages")
        let plan = try await database.plan()
        #expect(plan.changes.map(\.message) == ["joins the publication supabase_realtime"])
        #expect(plan.warnings.map(\.statement) == ["alter publication supabase_realtime add table \(schema).events;"])
    }

    @Test(
        "If a token is readable, doctor fails; its statement and a migration revoke only the token",
        arguments: SchemaName.tested)
    func token(schema: SchemaName) async throws {
        let database = try await makeDatabase(in: schema)
        let agent = try Self.agent.connect(to: database)
        for isMigrated in [false, true] {
            try await database.execute("grant select on sessions to authenticated")
            #expect(try await agent.rows("select session_token from sessions") == ["the-secret-token"])
            let findings = try await examine(database)
            #expect(findings.map(\.level) == [.fail, .warn])
            #expect(findings.first?.message.hasPrefix("authenticated can read sessions.session_token") == true)
            if isMigrated { try await database.migrate() } else { try await database.execute(findings.first?.advice ?? "") }
            #expect(await agent.state(of: "select session_token from sessions") == "42501")
            #expect(try await agent.rows("select phone, customer_named from sessions") == ["+919876543210|f"])
            #expect(try await wrong(in: database) == [.warn])
        }
    }

    private func wrong(in database: SchemaDatabase) async throws -> [Finding.Level] { try await examine(database).map(\.level) }

    /// The findings of doctor, without those that report no problem.
    private func examine(_ database: SchemaDatabase) async throws -> [Finding] {
        let transport = try database.transport()
        defer { transport.shutdown() }
        return await DatabaseExamination(transport).findings().filter { $0.level != .ok }
    }
}

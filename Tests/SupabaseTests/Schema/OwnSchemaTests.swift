import JSON
import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

/// `supabase.schema` names a schema other than `public`.
@Suite("A schema of Switchboard's own")
struct OwnSchemaTests {
    private static let phone = "+919876543210"

    /// Tables and rows that a team already has in `public`.
    private static let project = """
        create table public.contacts (id bigint generated always as identity primary key, email text, phone text);
        create table public.messages (id bigserial primary key, body text not null);
        create table public.sessions (id varchar(255) primary key, user_id bigint, payload text not null, last_activity int not null);
        create view public.events as select id, payload from public.sessions;
        create type public.identities as enum ('one');
        grant select, insert on public.contacts to anon;
        insert into public.contacts (email, phone) values ('asha@example.com', '\(phone)');
        insert into public.sessions values ('abc', 1, 'their own', 7);
        """

    /// All objects in a schema, with the rows of its tables.
    private static func contents(of schema: SchemaName) -> String {
        schema.text(
            """
            select string_agg(d, e'\\n' order by d) from (
              select oid || relname || relfilenode || relrowsecurity || coalesce(relacl::text, '') from pg_class
              where relnamespace = 'public'::regnamespace
              union all select p.oid || proname || p.xmin || coalesce(proacl::text, '') from pg_proc p
              where pronamespace::regnamespace::text in ('public', 'switchboard')
              union all select c.relname || query_to_xml(format('select * from public.%I', c.relname), true, true, '')::text from pg_class c
              where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
              union all select nspname || nspacl::text from pg_namespace where nspname in ('public', 'switchboard')) s(d)
            """)
    }

    @Test("If names in public are taken, an own schema works: they stay unchanged, and a conversation is stored", arguments: Way.allCases)
    func taken(way: Way) async throws {
        let own = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: .acme)
        try await own.execute(Self.project)
        let obstacles = try await SchemaDatabase(url: own.url).plan().obstacles
        for table in ["contacts", "messages", "sessions", "events", "identities"] {
            let obstacle = try #require(obstacles.first { $0.table == table })
            #expect(obstacle.advice?.contains("a schema of its own (supabase.schema in the settings)") == true, "\(obstacle)")
        }
        let before = try await own.rows(Self.contents(of: .public))
        #expect(try await own.plan().obstacles == [])
        try await own.migrate()
        try await Self.calling(own, by: way) { transport in
            try await converse(transport, token: "token-11", contact: 1)
            let findings = await DatabaseExamination(transport).findings()
            #expect(findings.filter { $0.level != .ok } == [])
        }
        #expect(try await own.rows("select phone, status, session_token from sessions") == ["\(Self.phone)|logged_out|token-11"])
        #expect(try await own.rows("select text from messages") == ["Hello"])
        #expect(try await own.rows(Self.contents(of: .public)) == before)
        try await own.migrate()
        #expect(try await own.plan().steps == [])
        #expect(try await own.rows(Self.contents(of: .public)) == before)
    }

    @Test("Two schemas in one database do not mix: neither people, nor tokens, nor scripts", arguments: Way.allCases)
    func beside(way: Way) async throws {
        let database = try await SchemaDatabase.make()
        let own = try SchemaDatabase(url: database.url, in: .acme)
        try await Self.calling(database, by: way) { try await converse($0, token: "token-11", contact: 1, isEnded: false) }
        let before = try await database.rows(Self.contents(of: .public))
        try await own.migrate()
        try await Self.calling(own, by: way) { transport in
            try await converse(transport, token: "token-12", contact: 2, isEnded: false)
            let stranger = try JSON(
                parsing: await transport.call(.session, Array(#"{"session_token":"token-11"}"#.utf8), within: .seconds(60)))
            #expect(stranger["outcome"].string == "unknown")
        }
        #expect(try await database.rows(Self.contents(of: .public)) == before)
        let after = try await own.rows(Self.contents(of: .acme))
        try await database.migrate()
        #expect(try await own.rows(Self.contents(of: .acme)) == after)
        for (database, number) in [(database, 1), (own, 2)] {
            #expect(try await database.rows("select contact_id, phone from contacts") == ["\(ContractRows.id(number))|\(Self.phone)"])
            #expect(try await database.rows("select session_token, status from sessions") == ["token-1\(number)|active"])
            let transport = try database.transport()
            defer { transport.shutdown() }
            #expect(await DatabaseExamination(transport).findings().filter { $0.level != .ok } == [])
        }
    }

    @Test("A user who may not create schemas is told which ones are needed, and who can create them")
    func permissions() async throws {
        let server = try await PostgresServer.shared()
        let database = try SchemaDatabase(url: await server.makeDatabase(), in: .acme)
        try await database.execute("create role schema_maker login password '\(PostgresServer.password)'")
        let theirs = try SchemaDatabase(url: database.url.replacing("//postgres:", with: "//schema_maker:"), in: .acme)
        let obstacles = try await theirs.plan().obstacles
        #expect(obstacles.map(\.message) == ["schema_maker may not create the schemas acme and acme_switchboard"])
        let failure = await #expect(throws: MigrationFailure.self) { try await theirs.migrate() }
        #expect(failure?.description.contains("there is no schema acme, and schema_maker may not make it") == true)
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        try await theirs.migrate()
        #expect(try await theirs.plan().steps == [])
    }

    /// Calls `body` with a transport to a database's schema, which the API exposes.
    private static func calling(
        _ database: SchemaDatabase, by way: Way, _ body: (any SchemaSource) async throws -> Void
    ) async throws {
        switch way {
        case .direct:
            let transport = try database.transport()
            defer { transport.shutdown() }
            try await body(transport)
        case .rest:
            try await PostgRESTServer.run(database: database.url, exposing: ["public", database.schema.name]) { server in
                let transport = try RESTTransport(
                    url: server.url, key: Secret(PostgRESTServer.Keys.secret), schema: database.schema)
                defer { transport.shutdown() }
                try await body(transport)
            }
        }
    }

    /// A session with a message: it is stored, started again by a client, looked up by its token, and ended.
    private func converse(_ transport: any SchemaSource, token: String, contact: Int, isEnded: Bool = true) async throws {
        let call = { (function: ContractFunction, argument: String) in
            try JSON(parsing: await transport.call(function, Array(argument.utf8), within: .seconds(60)))
        }
        let person = ContractRows.contact(contact, phone: Self.phone)
        let session = ContractRows.session(10 + contact, of: contact, phone: Self.phone)
        let stored = try await call(
            .ingest,
            ContractRows.batch(
                contacts: [person], sessions: [session],
                messages: [ContractRows.message(20 + contact, in: 10 + contact, of: contact, external: "wamid.1")]))
        #expect(stored["stored"]["messages"].int == 1)
        let started = try await call(
            .start, #"{"contact":\#(person),"identities":[],"is_live":false,"idle_seconds":3600,"session":\#(session)}"#)
        #expect(started["outcome"].string == "restored" && started["session"]["session_token"].string == token)
        let request = #"{"session_token":"\#(token)"}"#
        #expect(try await call(.session, request)["outcome"].string == "live")
        #expect(try await call(.sweep, "{}")["expired"].int == 0)
        guard isEnded else { return }
        #expect(try await call(.end, request)["outcome"].string == "ended")
        #expect(try await call(.session, request)["outcome"].string == "ended")
    }
}

import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Views that bypass row security")
struct ExposedViewTests {
    /// A database with the privileges that Supabase grants on new tables and views.
    private func database(_ script: String) async throws -> SchemaDatabase {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            grant usage on schema public to anon, authenticated;
            alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
            \(script)
            """)
        return database
    }

    private func findings(of database: SchemaDatabase) async throws -> [Finding] {
        let transport = try database.transport()
        defer { transport.shutdown() }
        return await DatabaseExamination(transport).findings().filter { $0.check == "supabase.views" }
    }

    @Test(
        "A view that shows tokens to anon is an error, however it does, until its statement was run",
        arguments: [
            "create view live as select phone, channel, session_token from sessions",
            "create view base as select * from sessions; revoke all on base from anon, authenticated; create view live as select * from base",
            "create view live as select to_jsonb(s) as session from sessions s",
            "create materialized view live as select session_token from sessions",
            """
            create view base with (security_invoker = true) as select * from sessions;
            create materialized view live as select session_token from base
            """,
            """
            create view live as select session_token from sessions;
            revoke all on live from anon, authenticated; grant select (session_token) on live to public
            """,
        ])
    func tokens(script: String) async throws {
        let database = try await database(script)
        let found = try #require(try await findings(of: database).first)
        #expect(found.level == .fail && found.message.hasPrefix("public.live gives anon, authenticated the tokens"), "\(found)")
        let statement = try #require(found.advice?.firstMatch(of: /(?:alter view|revoke) [^;]*;/))
        try await database.execute(String(statement.output))
        #expect(try await findings(of: database).map(\.level) == [.ok])
        #expect(await database.state(of: "set local role anon; select * from live") == "42501")
    }

    @Test(
        "A view that shows other rows is a warning, and an error if rows can be written through it",
        arguments: [
            ("create view own as select count(*) from messages", Finding.Level.warn, "shows rows of messages to anon, authenticated"),
            (
                "create view own as select phone, display_name from contacts", .fail,
                "lets anon, authenticated delete, insert, update rows of contacts"
            ),
            (
                "create view own as select phone from contacts; revoke all on own from anon, authenticated; grant select on own to anon",
                .warn, "shows rows of contacts to anon without"
            ),
        ])
    func rows(script: String, level: Finding.Level, words: String) async throws {
        let database = try await database(script)
        let found = try #require(try await findings(of: database).first)
        #expect(found.level == level && found.message.hasPrefix("public.own \(words)"), "\(found)")
        #expect(found.advice?.contains("with the permissions of its reader, who then needs grants and policies on the tables") == true)
        if level == .fail {
            let first = try #require(found.advice?.firstMatch(of: /(?:alter view|revoke) [^;]*;/))
            try await database.execute(String(first.output))
            #expect(try await findings(of: database).map(\.level) == [.warn])
        }
        let statement = try #require(found.advice?.split(separator: "; or ").last)
        try await database.execute(String(statement))
        #expect(try await findings(of: database).map(\.level) == [.ok])
    }

    @Test(
        "A view with its caller's privileges, one that nobody may read, and one of other tables are not reported",
        arguments: [
            "create view own with (security_invoker = on) as select session_token from sessions",
            """
            create view base with (security_invoker = on) as select session_token from sessions; create view own as select * from base
            """,
            "create view own as select session_token from sessions; revoke all on own from anon, authenticated",
            "create schema hidden; create view hidden.own as select * from sessions; grant select on hidden.own to anon",
            "create table other (session_token text); create view own as select session_token from other",
        ])
    func harmless(script: String) async throws {
        #expect(try await findings(of: database(script)).map(\.level) == [.ok])
    }

    @Test("A view of another program's table is not reported")
    func stranger() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            grant usage on schema public to anon, authenticated;
            create table contacts (id bigint primary key, name text); create view own as select name from contacts;
            grant all on own to anon;
            """)
        #expect(try await findings(of: database).map(\.level) == [.ok])
    }

    @Test("The function's answer about views is used, so that no other query is needed")
    func told() async throws {
        let database = try await database("create view live as select session_token from sessions")
        let answer = try #require(try await database.rows("select switchboard_inspect('{}')").first)
        let views = try #require(SchemaInspection(Array(answer.utf8))?.exposedViews)
        #expect(views.map(\.role) == ["anon", "authenticated"] && views.allSatisfy { $0.name == "public.live" && $0.usesTokens })
        #expect(SchemaInspection(Array(#"{"columns":[]}"#.utf8))?.exposedViews == nil)
    }
}

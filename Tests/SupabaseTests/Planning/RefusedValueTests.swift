import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Values that cannot be converted to the new type of their column")
struct RefusedValueTests {
    /// A column of `sessions`, its type, values of which only the first can be converted, and the first one's new value, as the query in
    /// the test shows it.
    private static let columns: [(column: String, type: String, values: String, first: String)] = [
        ("expires_at", "bigint", "1764158400, 99999999999999999, 9223372036854775807", "2025-11-26 12:00:00"),
        ("expires_at", "bigint not null default 0", "1764158400000, 99999999999999999, -99999999999999999", "2025-11-26 12:00:00"),
        ("created_at", "numeric", "1764158400.5, 'NaN', 1e30", "2025-11-26 12:00:00.5"),
        ("created_at", "double precision", "1764158400, 'Infinity', 'NaN'", "2025-11-26 12:00:00"),
        ("last_activity", "text", "'26 Nov 2025 12:00Z', '2026-13-45', 'soon'", "2025-11-26 12:00:00"),
        ("last_activity", "varchar(40) not null default ''", "'2025-11-26T12:00:00Z', '', '2026-02-30'", "2025-11-26 12:00:00"),
        ("last_activity", "date", "'2025-11-26', '5874897-12-31', 'infinity'", "2025-11-26 00:00:00"),
        ("metadata", "text", #"'{"a": 1}', 'a=b', '{"a":"\u0000"}'"#, #"{"a": 1}"#),
        ("metadata", "varchar(15)", #"'{"a": 1}', 'not JSON at all', '{"a":"\u0000"}'"#, #"{"a": 1}"#),
        ("metadata", "json", #"'{"a": 1}', '{"a":"\u0000"}', '["\u0000"]'"#, #"{"a": 1}"#),
    ]

    @Test("They are counted by column, the statement runs unchanged, and after the migration doctor has no findings", arguments: columns)
    func sessions(column: String, type: String, values: String, first: String) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            do $$ begin execute format('alter database %I set timezone to ''UTC''', current_database()); end $$;
            \(HandmadeProject.sessions([column: type]))
            insert into sessions (phone, channel, session_token, status, \(column))
            select '+91987654321' || n, 'chat', 'a-token-of-theirs' || n, 'active', v
            from unnest(array[\(values)]::\(type.split(separator: " not ")[0])[]) with ordinality w(v, n);
            """)
        let before = try await database.rows("select * from sessions order by phone")
        let plan = try await database.plan()
        #expect(try await database.rows("select * from sessions order by phone") == before)
        let obstacle = try #require(plan.obstacles.first)
        #expect(plan.obstacles.count == 1 && obstacle.place == "sessions.\(column)", "\(plan.obstacles)")
        let target = column == "metadata" ? "jsonb" : "a time of the years 1 to 9999"
        #expect(obstacle.message.hasSuffix("2 rows have a value that cannot become \(target)"), "\(obstacle)")
        // The queries in the advice run unchanged, and the advice contains none of the values.
        let form = #/correct them; this shows them: (.*\$\$;) (select .*;) The statement replaces them by /#
        let search = try #require(obstacle.advice?.firstMatch(of: form)?.output)
        try await database.execute(String(search.1))
        #expect(try await database.rows(String(search.2)).count == 2)
        // Without the statement, the migration fails.
        #expect(await database.state(of: Migration.script(in: .public)) != nil)
        try await database.execute("rollback; \(#require(obstacle.statement))")
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        let value = column == "metadata" ? column : "\(column) at time zone 'UTC'"
        #expect(try await database.rows("select \(value) from sessions where phone like '%1'") == [first])
        #expect(await findings(of: database).filter { $0.level != .ok } == [])
    }

    @Test("Before a migration doctor reports the types of columns, and all its queries work", arguments: ["bigint", "text", "json"])
    func doctor(type: String) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(HandmadeProject.sessions(["expires_at": type, "status": "boolean"]))
        let found = await findings(of: database, as: "postgres")
        #expect(found.contains { $0.message == "sessions.expires_at is \(type) and must be timestamp with time zone" }, "\(found)")
        #expect(!found.contains { $0.message.contains("could not be examined") }, "\(found)")
    }

    @Test("Times in JSON become texts, and these become times")
    func json() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(HandmadeProject.sessions(["expires_at": "jsonb"]) + HandmadeProject.row)
        try await database.execute(#"update sessions set expires_at = '"2025-11-26T12:00:00Z"'"#)
        let obstacles = try await database.plan().obstacles
        #expect(obstacles.map(\.place) == ["sessions.expires_at"])
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        #expect(try await database.rows("select expires_at = '2025-11-26 12:00Z' from sessions") == ["t"])
    }

    /// A column of another table, how it is changed, and the resulting values of two rows.
    private static let others: [(table: String, column: String, change: String, rows: [String])] = [
        (
            "dead_letters", "resolved_at", "alter resolved_at type bigint using n(resolved_at)",
            ["1|2001-09-09 01:46:40", "2|-"]
        ),
        (
            "dead_letters", "created_at", "alter created_at type bigint using n(resolved_at)",
            ["1|2001-09-09 01:46:40", "2|1970-01-01 00:00:00"]
        ),
    ]

    @Test("In other tables they are counted for the column's type, and the statement converts the column", arguments: others)
    func elsewhere(table: String, column: String, change: String, rows: [String]) async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            insert into dead_letters (dead_letter_id, stage, reason, created_at, resolved_at)
            select gen_random_uuid(), 's', n, to_timestamp(n), to_timestamp(n) from generate_series(1, 2) n;
            create function n(t timestamptz) returns bigint language sql immutable as
              'select case extract(epoch from t) when 1 then 1000000000 else 99999999999999999 end';
            alter table \(table) \(change); drop function n;
            """)
        let obstacles = try await database.plan().obstacles
        #expect(
            obstacles.map(\.message) == [
                "is bigint and must be timestamp with time zone; 1 row has a value that cannot become a time of the years 1 to 9999"
            ])
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.plan().steps == [])
        #expect(try await database.rows("select reason, \(column) at time zone 'UTC' from \(table) order by 1") == rows)
    }

    private func findings(of database: SchemaDatabase, as role: String = "service_role") async -> [Finding] {
        do {
            let transport = try DirectTransport(url: Secret("\(database.url)?options=-c%20role%3D\(role)"))
            defer { transport.shutdown() }
            return await DatabaseExamination(transport).findings()
        } catch {
            return [Finding(.fail, "test", "\(error)")]
        }
    }
}

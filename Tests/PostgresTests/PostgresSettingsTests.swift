import Postgres
import SwitchboardTesting
import Testing

@Suite("Settings that apply to a query, whatever the database's settings")
struct PostgresSettingsTests {
    /// Each setting with a bad value of a database, and with the value that a query has.
    private static let settings = [
        ("search_path", "shop, pg_catalog", "public, extensions"), ("quote_all_identifiers", "on", "off"),
        ("standard_conforming_strings", "off", "on"), ("DateStyle", "SQL, DMY", "ISO, DMY"),
        ("IntervalStyle", "iso_8601", "postgres"), ("bytea_output", "escape", "hex"), ("extra_float_digits", "-15", "1"),
        ("array_nulls", "off", "on"), ("transform_null_equals", "on", "off"), ("row_security", "off", "on"),
    ]

    /// Calls `body` with a pool on a database that has the bad values.
    private func withBadDatabase(_ settings: PostgresSettings, _ body: (PostgresPool) async throws -> Void) async throws {
        let server = try await PostgresServer.shared()
        let url = try await PostgresServer.makeDatabase()
        let name = try #require(url.split(separator: "/").last)
        let values = Self.settings.map { name, bad, _ in (name, name == "search_path" ? bad : "'\(bad)'") }
        try await server.execute(values.map { "alter database \(name) set \($0) = \($1);" }.joined())
        let pool = try PostgresPool(url: url, connections: 1, settings: settings)
        defer { pool.shutdown() }
        try await body(pool)
    }

    @Test("Each has its plain value in a query, and the database's own value in a script and where none was requested")
    func plain() async throws {
        try await withBadDatabase(.plain) { pool in
            for (name, bad, good) in Self.settings {
                let value = try await pool.ask("select current_setting($1)", [name])
                #expect(value == good, "\(name)")
                // The session keeps the database's value.
                let check = "do 'begin assert current_setting(''\(name)'') = ''\(bad)''; end'"
                #expect(await pool.failure(ofScript: check) == nil, "\(name)")
            }
            #expect(try await pool.ask(#"select 'a\nb'"#) == #"a\nb"#)
            #expect(
                try await pool.ask("select '2026-11-27'::date - '2026-11-01'::date || ' ' || '2026-11-27 10:00'::timestamp")
                    == "26 2026-11-27 10:00:00")
        }
        try await withBadDatabase(.inherited) { pool in
            for (name, bad, _) in Self.settings {
                let value = try await pool.ask("select current_setting($1)", [name])
                #expect(value == bad)
            }
        }
    }

    @Test("After a refusal the next query has a new session, so that corrected settings take effect at once")
    func correctedRole() async throws {
        let url = try await PostgresServer.makeDatabase()
        let name = url.split(separator: "/").last ?? ""
        let owner = try PostgresPool(url: url, connections: 1)
        defer { owner.shutdown() }
        try await owner.execute(script: "alter database \"\(name)\" set default_transaction_read_only = on", within: .seconds(30))
        let pool = try PostgresPool(url: url, connections: 1)
        defer { pool.shutdown() }
        #expect(await pool.failure(of: "create table things (id int)")?.sqlState == "25006")
        try await owner.execute(script: "alter database \"\(name)\" reset default_transaction_read_only", within: .seconds(30))
        _ = try await pool.query("create table things (id int)", within: .seconds(30))
    }

    @Test("A failed query loses no connection, and only its own error is reported")
    func failures() async throws {
        try await withBadDatabase(.plain) { pool in
            let first = try await pool.ask("select pg_backend_pid()")
            for (sql, state) in [("select 1/0", "22012"), ("select nothing", "42703"), ("selct", "42601")] {
                let error = await pool.failure(of: sql)
                #expect(error?.sqlState == state && error?.lastSelected == nil)
                #expect(try await pool.ask("select $1::text", [sql]) == sql)
            }
            #expect(try await pool.ask("select pg_backend_pid()") == first)
            let end = await pool.failure(of: "select pg_terminate_backend(pg_backend_pid())")
            #expect(end?.sqlState == "57P01" && end?.isOutcomeUnknown == true)
            let slow = await pool.failure(of: "select pg_sleep(600)", within: .milliseconds(200))
            #expect(slow?.code == .timedOut)
            let rows = try await pool.query("values (1, null), (2, 'b')", within: .seconds(30))
            #expect(rows.rows == [["1", nil], ["2", "b"]] && rows.affected == 2)
        }
    }
}

import Postgres
import SwitchboardTesting
import Testing

@Suite("Queries of a real PostgreSQL")
struct PostgresPoolTests {
    @Test("An answer consists of columns and texts, with null as nil")
    func rows() async throws {
        try await withPool { pool in
            let rows = try await pool.query(
                "select 1 as number, null as nothing, $1::jsonb as json, $2::text as text union all select 2, 'x', null, ''",
                [#"{"a": "ä"}"#, nil], within: .seconds(30))
            #expect(rows.columns == ["number", "nothing", "json", "text"])
            #expect(rows.rows == [["1", nil, #"{"a": "ä"}"#, nil], ["2", "x", nil, ""]])
            #expect(rows.affected == 2)
            #expect(rows.scalar == "1")
        }
    }

    @Test("A pool reports the address of its connection once there is one, as in the URL or from libpq")
    func address() async throws {
        let server = try await PostgresServer.shared()
        let pool = try PostgresPool(url: server.url(), connections: 1)
        defer { pool.shutdown() }
        #expect(pool.address == nil)
        _ = try await pool.query("select 1", within: .seconds(30))
        #expect(pool.address == "127.0.0.1:\(server.port)/postgres")
    }

    @Test("A parameter of megabytes is sent and returned unchanged")
    func large() async throws {
        let text = String(repeating: "0123456789äöü…", count: 300_000)
        try await withPool { pool in
            let answer = try await pool.ask("select $1::text", [text])
            #expect(answer == text)
        }
    }

    @Test("A hundred simultaneous queries each get their own answer, over no more connections than allowed")
    func concurrent() async throws {
        try await withPool(connections: 3) { pool in
            let answers = try await withThrowingTaskGroup(of: [String?].self) { group in
                for number in 0..<100 {
                    group.addTask { try await pool.query("select $1::int, pg_backend_pid()", ["\(number)"], within: .seconds(30)).rows[0] }
                }
                return try await group.reduce(into: [[String?]]()) { $0.append($1) }
            }
            #expect(Set(answers.map { $0[0] }) == Set((0..<100).map { "\($0)" }))
            #expect((1...3).contains(Set(answers.map { $0[1] }).count))
        }
    }

    @Test("Consecutive queries use one connection, also after an error")
    func reuse() async throws {
        try await withPool { pool in
            let first = try await pool.ask("select pg_backend_pid()")
            _ = await pool.failure(of: "select 1/0")
            for _ in 0..<20 { #expect(try await pool.ask("select pg_backend_pid()") == first) }
            let own = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'switchboard'"
            #expect(try await pool.ask(own) == "1")
        }
    }

    @Test("Nothing is left in the session for the pooler's next client")
    func noSessionState() async throws {
        try await withPool(connections: 1) { pool in
            _ = try await pool.query("select $1::int", ["1"], within: .seconds(30))
            #expect(try await pool.ask("select count(*) from pg_prepared_statements") == "0")
            // A transaction that a script leaves open does not extend to the next query.
            try await pool.execute(script: "begin; create table left_open ()", within: .seconds(30))
            #expect(try await pool.ask("select to_regclass('left_open')") == .some(nil))
        }
    }

    @Test("A script runs completely or not at all, and notices have no effect on it")
    func script() async throws {
        try await withPool { pool in
            try await pool.execute(
                script: """
                    create table if not exists a (id int);
                    create table if not exists a (id int);
                    create function f() returns int language plpgsql as $$ begin raise notice 'called'; return 7; end $$;
                    """, within: .seconds(30))
            #expect(try await pool.ask("select f()") == "7")
            let error = await pool.failure(ofScript: "create table b (); create table a ()")
            #expect(error?.sqlState == "42P07")
            #expect(try await pool.ask("select to_regclass('b')") == .some(nil))
        }
    }

    @Test("The server's error is split into SQLSTATE, message, detail and hint")
    func serverError() async throws {
        try await withPool { pool in
            let error = await pool.failure(
                of: "do $$ begin raise exception 'no' using errcode = '22023', detail = 'because', hint = 'try'; end $$")
            #expect(
                error == PostgresError(.server, sqlState: "22023", message: "no", detail: "because", hint: "try", isOutcomeUnknown: false))
        }
    }

    @Test("A text with a zero byte is refused rather than cut off", arguments: [("select 1 \0", nil), ("select $1", "a\0b")])
    func nul(sql: String, parameter: String?) async throws {
        let pool = try PostgresPool(url: "postgres://127.0.0.1:1/none", connections: 1)
        let error = await pool.failure(of: sql, [parameter])
        #expect(error?.code == .malformed)
    }
}

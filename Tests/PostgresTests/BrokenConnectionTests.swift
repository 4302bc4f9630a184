import Postgres
import SwitchboardTesting
import Testing

@Suite("Connections that break")
struct BrokenConnectionTests {
    @Test("After a restart of the server the pool connects again, and later queries succeed")
    func restart() async throws {
        let server = try await PostgresServer.start()
        let pool = try PostgresPool(url: server.url(), connections: 1)
        defer { pool.shutdown() }
        #expect(try await pool.ask("select 1") == "1")
        try await server.stop()
        #expect(await pool.failure(of: "select 1")?.code == .unreachable)
        try await server.restart()
        #expect(try await pool.ask("select 1") == "1")
        // This breaks the connection that the pool now holds, without a query in between.
        try await server.restart()
        #expect(try await pool.ask("select 1") == "1")
        try await server.stop()
    }

    @Test("A server that crashes during a query leaves its result unknown")
    func crash() async throws {
        let server = try await PostgresServer.start()
        let pool = try PostgresPool(url: server.url(), connections: 1)
        defer { pool.shutdown() }
        _ = try await pool.query("select 1", within: .seconds(30))
        async let failed = pool.failure(of: "select pg_sleep(600)", within: .seconds(900))
        try await waiting(for: "the query to run") {
            let sql = "select 1 from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'"
            return try await server.ask(sql).map { _ in () }
        }
        try await server.kill9()
        let error = await failed
        #expect(error?.code == .lost)
        #expect(error?.isOutcomeUnknown == true)
        try await server.restart()
        #expect(try await pool.ask("select 1") == "1")
        try await server.stop()
    }

    @Test("A backend that an operator terminates reports this, and leaves the result unknown")
    func terminated() async throws {
        try await withPool(connections: 2) { pool in
            let error = await pool.failure(of: "select pg_terminate_backend(pg_backend_pid())")
            #expect(error?.code == .server)
            #expect(error?.sqlState == "57P01")
            #expect(error?.isOutcomeUnknown == true)
            let next = try await pool.ask("select 1")
            #expect(next == "1")
        }
    }
}

extension PostgresServer {
    /// The first value of a query's result, by a separate connection.
    fileprivate func ask(_ sql: String) async throws -> String? {
        let pool = try PostgresPool(url: url(), connections: 1)
        defer { pool.shutdown() }
        return try await pool.ask(sql)
    }
}

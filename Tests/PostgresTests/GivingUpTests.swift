import Postgres
import SwitchboardTesting
import Testing

@Suite("Queries that are given up")
struct GivingUpTests {
    @Test("A query that takes too long is given up, and the server stops it")
    func timeout() async throws {
        try await withPool { pool in
            var error: PostgresError?
            // On a busy machine, the first budget may end before anything was sent.
            for budget in [Duration.milliseconds(300), .seconds(3), .seconds(20)] where error?.isOutcomeUnknown != true {
                error = await pool.failure(of: "select pg_sleep(600)", within: budget)
                #expect(error?.code == .timedOut)
            }
            #expect(error?.isOutcomeUnknown == true)
            try await pool.waitUntilIdle()
        }
    }

    @Test("Cancelling a task gives up its query and no other")
    func cancellation() async throws {
        try await withPool { pool in
            async let other = pool.query("select 'other' from pg_sleep(0.2)", within: .seconds(30))
            let error = await withTaskGroup(of: PostgresError?.self) { group in
                group.addTask { await pool.failure(of: "select 'cancelled', pg_sleep(600)", within: .seconds(900)) }
                try? await pool.waitUntilRunning("select 'cancelled'")
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(error?.code == .cancelled)
            #expect(error?.isOutcomeUnknown == true)
            #expect(try await other.scalar == "other")
            try await pool.waitUntilIdle()
        }
    }

    @Test("A task that was already cancelled sends no query")
    func cancelledBefore() async throws {
        try await withPool { pool in
            try await pool.execute(script: "create table asked ()", within: .seconds(30))
            let error = await withTaskGroup(of: PostgresError?.self) { group in
                group.cancelAll()
                group.addTask { await pool.failure(ofScript: "drop table asked") }
                return await group.next() ?? nil
            }
            #expect(error == PostgresError(.cancelled, message: "the query was cancelled", isOutcomeUnknown: false))
            #expect(try await pool.ask("select to_regclass('asked')") == "asked")
        }
    }

    @Test("Waiting for a free connection counts, and an unsent query is known to have had no effect")
    func crowded() async throws {
        try await withPool(connections: 1) { pool in
            let observer = try PostgresPool(url: try await PostgresServer.shared().url(), connections: 1)
            defer { observer.shutdown() }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await pool.failure(of: "select 'crowded', pg_sleep(600)", within: .seconds(900)) }
                try? await observer.waitUntilRunning("select 'crowded'")
                let error = await pool.failure(of: "select 1", within: .milliseconds(50))
                #expect(error?.code == .timedOut)
                #expect(error?.isOutcomeUnknown == false)
                group.cancelAll()
            }
            #expect(try await pool.ask("select 1") == "1")
        }
    }

    @Test("A server that accepts the connection but does not answer is given up")
    func silent() async throws {
        let server = try LoopbackSocket()
        let url = "postgres://nobody:s3cret@127.0.0.1:\(server.port)/none"
        let impatient = try PostgresPool(url: url, connections: 1, limits: PostgresLimits(connectTimeout: .milliseconds(50)))
        let connecting = await impatient.failure(of: "select 1", within: .seconds(60))
        #expect(connecting?.code == .timedOut)
        #expect(connecting?.isOutcomeUnknown == false)
        let patient = try PostgresPool(url: url, connections: 1)
        let waiting = await patient.failure(of: "select 1", within: .milliseconds(50))
        #expect(waiting?.code == .timedOut)
        #expect(waiting?.isOutcomeUnknown == false)
    }

    @Test("Shutdown fails running, waiting and later queries")
    func shutdown() async throws {
        try await withPool(connections: 1) { pool in
            let observer = try PostgresPool(url: try await PostgresServer.shared().url(), connections: 1)
            defer { observer.shutdown() }
            async let running = pool.failure(of: "select 'shut down', pg_sleep(600)", within: .seconds(900))
            try await observer.waitUntilRunning("select 'shut down'")
            async let waiting = pool.failure(of: "select 1", within: .seconds(900))
            pool.shutdown()
            pool.shutdown()
            #expect(await running?.code == .cancelled)
            #expect(await waiting?.code == .cancelled)
            #expect(await pool.failure(of: "select 1")?.code == .cancelled)
        }
    }
}

extension PostgresPool {
    /// Waits until the server is running a query with this beginning.
    fileprivate func waitUntilRunning(_ beginning: String) async throws {
        let sql = "select 1 from pg_stat_activity where state = 'active' and strpos(query, $1) > 0 and pid <> pg_backend_pid()"
        try await waiting(for: "a query to run") { try await query(sql, [beginning], within: .seconds(30)).scalar.map { _ in () } }
    }

    /// Waits until the server runs no other query in this database.
    fileprivate func waitUntilIdle() async throws {
        let sql =
            "select count(*) from pg_stat_activity where state = 'active' and datname = current_database() and pid <> pg_backend_pid()"
        try await waiting(for: "the server to stop") { try await query(sql, within: .seconds(30)).scalar == "0" ? () : nil }
    }
}

import Postgres
import SwitchboardTesting

/// Calls `body` with a pool on a new database.
func withPool(connections: Int = 4, _ body: (PostgresPool) async throws -> Void) async throws {
    let pool = try PostgresPool(url: try await PostgresServer.makeDatabase(), connections: connections)
    defer { pool.shutdown() }
    try await body(pool)
}

extension PostgresPool {
    /// The first value of a query's result.
    func ask(_ sql: String, _ parameters: [String?] = []) async throws -> String? {
        try await query(sql, parameters, within: .seconds(30)).scalar
    }

    /// The error of a query; nil if it succeeds.
    func failure(of sql: String, _ parameters: [String?] = [], within budget: Duration = .seconds(30)) async -> PostgresError? {
        do throws(PostgresError) {
            _ = try await query(sql, parameters, within: budget)
            return nil
        } catch {
            return error
        }
    }

    /// The error of a script; nil if it succeeds.
    func failure(ofScript script: String) async -> PostgresError? {
        do throws(PostgresError) {
            try await execute(script: script, within: .seconds(30))
            return nil
        } catch {
            return error
        }
    }
}

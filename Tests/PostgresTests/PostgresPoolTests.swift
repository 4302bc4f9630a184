import Postgres
import SwitchboardTesting
import Testing

@Suite("Asking a real PostgreSQL")
struct PostgresPoolTests {
    @Test("An answer comes as columns and text, null as nil")
    func rows() async throws {
        try await withPool { pool in
            let rows = try await pool.query(
                "select 1 as number, null as nothing, $1::jsonb as json, $2::text as text union all select 2, 'x', null, ''",
                [#"{"a": "ä"}"#, nil], within: .seconds(10))
            #expect(rows.columns == ["number", "nothing", "json", "text"])
            #expect(rows.rows == [["1", nil, #"{"a": "ä"}"#, nil], ["2", "x", nil, ""]])
            #expect(rows.affected == 2)
            #expect(rows.scalar == "1")
        }
    }
}

/// Calls `body` with a pool on a fresh database.
func withPool(connections: Int = 4, _ body: (PostgresPool) async throws -> Void) async throws {
    let pool = try PostgresPool(url: try await PostgresServer.makeDatabase(), connections: connections)
    defer { pool.shutdown() }
    try await body(pool)
}

import Foundation
import HTTPTransport
import JSON
import Postgres
import SwitchboardTesting

/// A PostgreSQL database with Switchboard's schema, which several gateways share.
struct SharedDatabase: Sendable {
    /// How gateways connect to the database.
    enum Way: String, CaseIterable, Sendable {
        case postgres = "Postgres"
        case rest = "REST"

    }

    /// The URL with which the database's owner connects.
    let url: String

    /// A new database with the migrations of `Config`, on the shared server of the tests or on the given one.
    static func make(on server: PostgresServer? = nil) async throws -> SharedDatabase {
        let database: SharedDatabase
        if let server {
            database = SharedDatabase(url: try await server.makeDatabase())
        } else {
            database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        }
        let pool = try PostgresPool(url: database.url, connections: 1)
        defer { pool.shutdown() }
        for script in try migrations() { try await pool.execute(script: script, within: .seconds(60)) }
        // A test may kill its own server, which would lose what is not in a file yet.
        if server != nil { try await pool.execute(script: "checkpoint", within: .seconds(60)) }
        return database
    }

    /// A machine that runs all tests at once may be slower than an operator would accept.
    private var patience: String { "lookup_timeout: 30s" }

    /// Calls `body` with the settings' section for one way of connecting to one schema. The API exposes this schema and `public`, unless
    /// `exposed` is given.
    func settings<Value>(
        by way: Way, in schema: String = "public", exposing exposed: [String]? = nil, _ body: (String) async throws -> Value
    ) async throws -> Value {
        let rest = "schema: \(schema), \(patience) }"
        switch way {
        case .postgres: return try await body("supabase: { db_url: \"\(url)\", \(rest)")
        case .rest:
            return try await PostgRESTServer.run(database: url, exposing: exposed ?? ["public", schema]) { server in
                try await body("supabase: { url: \"\(server.url)\", service_role_key: \"\(PostgRESTServer.Keys.legacy)\", \(rest)")
            }
        }
    }

    /// The rows of a query, with columns as text.
    func rows(_ sql: String) async throws -> [[String]] {
        let pool = try PostgresPool(url: url, connections: 1)
        defer { pool.shutdown() }
        return try await pool.query(sql, within: .seconds(60)).rows.map { row in row.map { $0 ?? "-" } }
    }

    /// Runs a script of any number of statements.
    func execute(_ script: String) async throws {
        let pool = try PostgresPool(url: url, connections: 1)
        defer { pool.shutdown() }
        try await pool.execute(script: script, within: .seconds(60))
    }

    private static func migrations() throws -> [String] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../../Config/supabase/migrations"
        ).path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }.sorted()
        return try names.map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
    }
}

extension GatewayClient {
    /// The state of the sync in `/readyz`.
    func sync() async throws -> (depth: Int, isRefused: Bool, lastError: String?) {
        let sync = try await getAsOperator("/readyz").json?["sync"]
        return (Int(sync?["outbox_depth"].int ?? -1), sync?["refused"].bool ?? false, sync?["last_error"].string)
    }

    /// Waits until the database has everything.
    func drained(seconds: Int = 600) async throws {
        try await waiting(for: "the outbox to be empty", seconds: seconds) { try await sync().depth == 0 ? true : nil }
    }
}

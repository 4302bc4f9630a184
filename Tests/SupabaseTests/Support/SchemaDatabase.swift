import Foundation
import JSON
import Messaging
import Postgres
import Supabase
import SwitchboardTesting

/// A new database with the migrations of `Config`, and calls of their functions in the form in which a gateway makes them.
final class SchemaDatabase: Sendable {
    /// The URL with which the owner connects.
    let url: String
    /// The schema of its tables, which is also the default schema of the tests' queries.
    let schema: SchemaName
    private let pool: PostgresPool

    /// Creates a database with the migrations, which are applied after the script `before`.
    static func make(before script: String = "", in schema: SchemaName = .public) async throws -> SchemaDatabase {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute(script)
        try await database.migrate()
        return database
    }

    /// A copy of a migrated database, which takes a tenth of the time of the migrations.
    static func makeCopy(in schema: SchemaName = .public) async throws -> SchemaDatabase {
        let name = try await (schema == .public ? template : ownTemplate).value()
        return try SchemaDatabase(url: await PostgresServer.shared().makeDatabase(from: name), in: schema)
    }

    private static let template = Once { try await makeTemplate(in: .public) }
    private static let ownTemplate = Once { try await makeTemplate(in: .acme) }

    /// Creates a migrated database, closes all connections to it, and returns its name.
    private static func makeTemplate(in schema: SchemaName) async throws -> String {
        let url = try await PostgresServer.makeDatabase()
        let migrator = try Migrator(url: Secret(url), schema: schema)
        try await migrator.apply(migrator.migrations)
        migrator.shutdown()
        return url.split(separator: "/").last.map(String.init) ?? ""
    }

    /// `options` are further options of libpq, such as `-c role=anon`.
    init(url: String, in schema: SchemaName = .public, options: String = "") throws {
        self.url = url
        self.schema = schema
        let all = "-c search_path=\(schema) \(options)".addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        pool = try PostgresPool(url: "\(url)?options=\(all)", connections: 1)
    }

    deinit { pool.shutdown() }

    func migrate() async throws { try await migrate(Migration.all(in: schema)) }

    func migrate(_ migrations: [Migration]) async throws {
        let migrator = try Migrator(url: Secret(url), schema: schema)
        defer { migrator.shutdown() }
        try await migrator.apply(migrations)
    }

    /// The plan of a migration: its changes and its obstacles.
    func plan() async throws -> MigrationPlan {
        let migrator = try Migrator(url: Secret(url), schema: schema)
        defer { migrator.shutdown() }
        return try await migrator.plan()
    }

    func execute(_ script: String) async throws { try await pool.execute(script: script, within: .seconds(60)) }

    /// The rows of a query, with columns separated by bars.
    func rows(_ sql: String) async throws -> [String] {
        try await pool.query(sql, within: .seconds(60)).rows.map { row in row.map { $0 ?? "-" }.joined(separator: "|") }
    }

    /// The SQLSTATE of a script's error; nil if it succeeds.
    func state(of script: String) async -> String? {
        do throws(PostgresError) {
            try await pool.execute(script: script, within: .seconds(60))
            return nil
        } catch {
            return error.sqlState
        }
    }

    /// A transport with the role service_role.
    func transport(connections: Int = 1) throws -> DirectTransport {
        try DirectTransport(url: Secret("\(url)?options=-c%20role%3Dservice_role"), schema: schema, connections: connections)
    }

    /// Calls a function with the role service_role.
    func call(_ function: ContractFunction, _ argument: String) async throws -> JSON {
        let transport = try transport()
        defer { transport.shutdown() }
        return try JSON(parsing: await transport.call(function, Array(argument.utf8), within: .seconds(60)))
    }
}

extension SchemaName {
    /// A schema other than `public`.
    static let acme = SchemaName("acme") ?? .public

    /// The schemas with which tests run whose behavior must be the same in both.
    static let tested = [SchemaName.public, acme]
}

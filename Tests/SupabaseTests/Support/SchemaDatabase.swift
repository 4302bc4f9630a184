import Foundation
import JSON
import Messaging
import Postgres
import Supabase
import SwitchboardTesting

/// A fresh database with the migrations of `Config`, and calls of their functions as the gateway makes them.
final class SchemaDatabase: Sendable {
    /// As its owner.
    let url: String
    /// Where its tables are, and the only schema that tests look into where they name none.
    let schema: SchemaName
    private let pool: PostgresPool

    /// With the migrations applied once; `before` is a script of what is there before them.
    static func make(before script: String = "", in schema: SchemaName = .public) async throws -> SchemaDatabase {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute(script)
        try await database.migrate()
        return database
    }

    /// A copy of one with the migrations, which costs a tenth of them.
    static func makeCopy(in schema: SchemaName = .public) async throws -> SchemaDatabase {
        let name = try await (schema == .public ? template : ownTemplate).value()
        return try SchemaDatabase(url: await PostgresServer.shared().makeDatabase(from: name), in: schema)
    }

    private static let template = Once { try await makeTemplate(in: .public) }
    private static let ownTemplate = Once { try await makeTemplate(in: .acme) }

    /// The name of a database that nobody is connected to any more.
    private static func makeTemplate(in schema: SchemaName) async throws -> String {
        let url = try await PostgresServer.makeDatabase()
        let migrator = try Migrator(url: Secret(url), schema: schema)
        try await migrator.apply(migrator.migrations)
        migrator.shutdown()
        return url.split(separator: "/").last.map(String.init) ?? ""
    }

    /// `options` are more of libpq's, `-c role=anon`.
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

    /// What a migration would change, and what stands in its way.
    func plan() async throws -> MigrationPlan {
        let migrator = try Migrator(url: Secret(url), schema: schema)
        defer { migrator.shutdown() }
        return try await migrator.plan()
    }

    func execute(_ script: String) async throws { try await pool.execute(script: script, within: .seconds(60)) }

    /// What a query gives, a row as its values with bars between them.
    func rows(_ sql: String) async throws -> [String] {
        try await pool.query(sql, within: .seconds(60)).rows.map { row in row.map { $0 ?? "-" }.joined(separator: "|") }
    }

    /// The SQLSTATE of a script that fails; nil where it does not.
    func state(of script: String) async -> String? {
        do throws(PostgresError) {
            try await pool.execute(script: script, within: .seconds(60))
            return nil
        } catch {
            return error.sqlState
        }
    }

    /// The ways that service_role calls by, a connection each.
    func transport(connections: Int = 1) throws -> DirectTransport {
        try DirectTransport(url: Secret("\(url)?options=-c%20role%3Dservice_role"), schema: schema, connections: connections)
    }

    /// Calls a function as service_role.
    func call(_ function: ContractFunction, _ argument: String) async throws -> JSON {
        let transport = try transport()
        defer { transport.shutdown() }
        return try JSON(parsing: await transport.call(function, Array(argument.utf8), within: .seconds(60)))
    }
}

extension SchemaName {
    /// A schema of one's own.
    static let acme = SchemaName("acme") ?? .public

    /// What behaves alike in both is tested in both.
    static let tested = [SchemaName.public, acme]
}

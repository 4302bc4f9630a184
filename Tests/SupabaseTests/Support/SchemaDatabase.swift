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
    private let pool: PostgresPool

    /// With the migrations applied once; `before` is a script of what is there before them.
    static func make(before script: String = "") async throws -> SchemaDatabase {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(script)
        try await database.migrate()
        return database
    }

    /// A copy of one with the migrations, which costs a tenth of them.
    static func makeCopy() async throws -> SchemaDatabase {
        try SchemaDatabase(url: await PostgresServer.shared().makeDatabase(from: template.value()))
    }

    /// The name of a database that nobody is connected to any more.
    private static let template = Once {
        let url = try await PostgresServer.makeDatabase()
        let migrator = try Migrator(url: Secret(url))
        for migration in Migration.all { try await migrator.apply(migration) }
        migrator.shutdown()
        return url.split(separator: "/").last.map(String.init) ?? ""
    }

    init(url: String) throws {
        self.url = url
        pool = try PostgresPool(url: url, connections: 1)
    }

    deinit { pool.shutdown() }

    func migrate() async throws { try await migrate(Migration.all) }

    func migrate(_ migrations: [Migration]) async throws {
        let migrator = try Migrator(url: Secret(url))
        defer { migrator.shutdown() }
        for migration in migrations { try await migrator.apply(migration) }
    }

    /// What a migration would change, and what stands in its way.
    func plan() async throws -> MigrationPlan {
        let migrator = try Migrator(url: Secret(url))
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
        try DirectTransport(url: Secret("\(url)?options=-c%20role%3Dservice_role"), connections: connections)
    }

    /// Calls a function as service_role.
    func call(_ function: ContractFunction, _ argument: String) async throws -> JSON {
        let transport = try transport()
        defer { transport.shutdown() }
        return try JSON(parsing: await transport.call(function, Array(argument.utf8), within: .seconds(60)))
    }
}

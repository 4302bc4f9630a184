import Messaging
import Postgres

/// Migrates a database's schema to this program's version.
public final class Migrator: Sendable {
    private let pool: PostgresPool
    /// The schema in which tables and functions are created.
    public let schema: SchemaName
    private let patience: Duration

    /// `url` is a `SUPABASE_DB_URL`. Throws if it cannot be one, or names another schema. Opens no connection yet. `patience` is how long a
    /// script may wait before its lock is looked up.
    public init(url: Secret, schema: SchemaName = .public, patience: Duration = .seconds(2)) throws(MigrationFailure) {
        self.schema = schema
        self.patience = patience
        // The second connection looks up locks while the first applies a script.
        do throws(PostgresError) {
            pool = try PostgresPool(url: url.revealed, connections: 2, schema: schema.name, settings: .plain)
        } catch {
            throw MigrationFailure(nil, error, in: schema)
        }
    }

    /// The scripts, in the order in which they are applied.
    public var migrations: [Migration] { Migration.all(in: schema) }

    /// Examines the database and returns what the scripts will change and which obstacles there are. It changes nothing.
    public func plan() async throws(MigrationFailure) -> MigrationPlan {
        do throws(PostgresError) {
            var survey = try await DatabaseSurvey.read(from: pool, in: schema, within: .seconds(60))
            await readRows(into: &survey)
            survey.unrecorded = await unrecorded(survey)
            return MigrationPlan(survey)
        } catch {
            throw MigrationFailure(nil, error, in: schema)
        }
    }

    /// If this role may not read a table, that is already an obstacle.
    private func readRows(into survey: inout DatabaseSurvey) async {
        let sessions = SessionsPlan(survey)
        if let query = SessionRows.query(sessions) {
            let answer = try? await pool.query(query, within: .seconds(600))
            survey.rows = answer?.rows.first.flatMap { SessionRows($0) }
        }
        if let script = SessionValues.script(sessions) {
            let answer = try? await pool.execute(script: script, within: .seconds(600))
            survey.values = answer?.scalar.flatMap { SessionValues(Array($0.utf8)) }
        }
        for column in survey.retyped {
            let answer = try? await pool.execute(script: column.question, within: .seconds(600))
            survey.refusedValues[column.place] = answer?.scalar.flatMap { Int($0) }
        }
        let questions = SchemaContract.columns.keys.compactMap { KeyPlan(survey, $0)?.questions }.flatMap(\.self)
        for (key, query) in questions {
            let answer = try? await pool.query(query, within: .seconds(600))
            survey.keyRows[key] = answer?.rows.first.flatMap { KeyRows($0) }
        }
        let references = SchemaContract.columns.keys.compactMap { ForeignKeyPlan(survey, $0)?.questions }.flatMap(\.self)
        for (place, query) in references {
            let answer = try? await pool.query(query, within: .seconds(600))
            survey.orphans[place] = answer?.scalar.flatMap { Int($0) }
        }
    }

    /// The scripts that the Supabase CLI's list does not have yet.
    private func unrecorded(_ survey: DatabaseSurvey) async -> [String] {
        guard survey.objects.keepsList,
            let answer = try? await pool.query("select version from supabase_migrations.schema_migrations", within: .seconds(30))
        else { return [] }
        return Set(migrations.map(\.version)).subtracting(answer.rows.compactMap { $0.first ?? nil }).sorted()
    }

    /// Applies scripts in one transaction, all or none. A table with many rows takes its time, at most an hour. `waiting` is called with
    /// each lock that the scripts wait for longer than `patience`.
    public func apply(
        _ migrations: [Migration], waiting: @escaping @Sendable (LockWait) -> Void = { _ in }
    ) async throws(MigrationFailure) {
        let pool = pool
        let patience = patience
        let transaction = Migration.transaction(of: migrations)
        let outcome = await withTaskGroup(of: Void.self, returning: Result<Void, PostgresError>.self) { group in
            group.addTask { await LockWait.watch(pool, every: patience, waiting) }
            defer { group.cancelAll() }
            do throws(PostgresError) {
                try await Self.run(transaction, on: pool)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        guard case .failure(let error) = outcome else { return }
        throw MigrationFailure(migrations.first { $0.file == error.lastSelected }, error, in: schema)
    }

    /// Runs again after a conflict with objects that another migration created, unseen by this one while it waited for the lock.
    private static func run(_ transaction: String, on pool: PostgresPool) async throws(PostgresError) {
        do throws(PostgresError) { try await pool.execute(script: transaction, within: .seconds(3600)) } catch {
            guard error.sqlState == "23505", error.message.contains("\"pg_") else { throw error }
            try await pool.execute(script: "rollback; " + transaction, within: .seconds(3600))
        }
    }

    /// The address of the connection, `HOST:PORT/DATABASE`; nil before the first query.
    public var address: String? { pool.address.map(schema.target) }

    /// Whether the Supabase CLI's list has the script; false if there is no such list, or it may not be read.
    public func isRecorded(_ migration: Migration) async -> Bool {
        let list = "supabase_migrations.schema_migrations"
        let sql = "select 1 from \(list) where version = $1"
        return (try? await pool.query(sql, [migration.version], within: .seconds(30)).scalar) != nil
    }

    /// Closes the connections.
    public func shutdown() { pool.shutdown() }
}

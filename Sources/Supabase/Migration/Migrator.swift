import Messaging
import Postgres

/// Brings a database's schema up to date.
public final class Migrator: Sendable {
    private let pool: PostgresPool

    /// `url` is a `SUPABASE_DB_URL`; throws where it cannot be one. Connects to nothing yet.
    public init(url: Secret) throws(MigrationFailure) {
        do throws(PostgresError) { pool = try PostgresPool(url: url.revealed, connections: 1) } catch {
            throw MigrationFailure(nil, error)
        }
    }

    /// Applies a script in one transaction; a table with many rows takes its time, up to an hour.
    public func apply(_ migration: Migration) async throws(MigrationFailure) {
        do throws(PostgresError) { try await pool.execute(script: migration.transaction, within: .seconds(3600)) } catch {
            throw MigrationFailure(migration, error)
        }
    }

    /// Whether the list of the Supabase CLI has it; false where there is no such list, or it may not be read.
    public func isRecorded(_ migration: Migration) async -> Bool {
        let list = "supabase_migrations.schema_migrations"
        let sql = "select 1 from \(list) where version = $1"
        return (try? await pool.query(sql, [migration.version], within: .seconds(30)).scalar) != nil
    }

    /// Ends its connection.
    public func shutdown() { pool.shutdown() }
}

import Messaging
import Postgres

/// Brings a database's schema up to date.
public final class Migrator: Sendable {
    private let pool: PostgresPool
    /// Where the tables and functions are made.
    public let schema: SchemaName

    /// `url` is a `SUPABASE_DB_URL`; throws where it cannot be one, or names another schema. Connects to nothing yet.
    public init(url: Secret, schema: SchemaName = .public) throws(MigrationFailure) {
        self.schema = schema
        do throws(PostgresError) { pool = try PostgresPool(url: url.revealed, connections: 1, schema: schema.name) } catch {
            throw MigrationFailure(nil, error)
        }
    }

    /// The scripts, in the order in which they are applied.
    public var migrations: [Migration] { Migration.all(in: schema) }

    /// Looks at the database: what the scripts are going to change there, and what stands in their way. It changes nothing.
    public func plan() async throws(MigrationFailure) -> MigrationPlan {
        do throws(PostgresError) {
            let answer = try await pool.query(SurveyQuery.sql(in: schema), [SurveyQuery.contract], within: .seconds(60)).scalar ?? ""
            guard var survey = DatabaseSurvey(Array(answer.utf8), of: schema) else {
                throw PostgresError(.server, message: "the catalogs cannot be read")
            }
            for query in ObjectSurvey.queries {
                let answer = try await pool.query(query, [SurveyQuery.contract], within: .seconds(60)).scalar ?? ""
                guard survey.objects.read(Array(answer.utf8)) else {
                    throw PostgresError(.server, message: "the catalogs cannot be read")
                }
            }
            await readRows(into: &survey)
            survey.unrecorded = await unrecorded(survey)
            return MigrationPlan(survey)
        } catch {
            throw MigrationFailure(nil, error)
        }
    }

    /// A table that this role may not read is an obstacle already.
    private func readRows(into survey: inout DatabaseSurvey) async {
        let sessions = SessionsPlan(survey)
        if let query = SessionRows.query(sessions) {
            let answer = try? await pool.query(query, within: .seconds(600))
            survey.rows = answer?.rows.first.flatMap { SessionRows($0, of: sessions) }
        }
        if let query = SessionValues.query(sessions) {
            let answer = try? await pool.query(query, within: .seconds(600))
            survey.values = answer?.scalar.flatMap { SessionValues(Array($0.utf8)) }
        }
    }

    /// The scripts that the list of the Supabase CLI does not have yet.
    private func unrecorded(_ survey: DatabaseSurvey) async -> [String] {
        guard survey.objects.keepsList,
            let answer = try? await pool.query("select version from supabase_migrations.schema_migrations", within: .seconds(30))
        else { return [] }
        return Set(Migration.all.map(\.version)).subtracting(answer.rows.compactMap { $0.first ?? nil }).sorted()
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

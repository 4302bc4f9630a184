import JSON
import Messaging
import Postgres
import Relay
import Spans

/// Calls the contract's functions by libpq, over several connections to the database, or to its pooler in any mode.
public final class DirectTransport: SchemaSource {
    private let pool: PostgresPool
    public let schema: SchemaName
    private let spans: Spans

    /// `url` is `SUPABASE_DB_URL`. Throws if it cannot be one, or names another schema. Opens no connection yet. Each call is one
    /// of `spans`.
    public init(
        url: Secret, schema: SchemaName = .public, connections: Int = 4, limits: PostgresLimits = PostgresLimits(),
        spans: Spans = .off
    ) throws(CallFailure) {
        self.schema = schema
        self.spans = spans
        do throws(PostgresError) {
            pool = try PostgresPool(url: url.revealed, connections: connections, limits: limits, schema: schema.name, settings: .plain)
        } catch {
            throw CallFailure(.pause, code: error.code.description, message: error.message, hint: error.hint)
        }
    }

    public func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        guard spans.isOn else { return try await answer(function, argument, within: budget) }
        return try await CallSpan(spans, function).during { () async throws(CallFailure) in
            try await answer(function, argument, within: budget)
        }
    }

    private func answer(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        let json = String(decoding: ContractText.sanitized(argument), as: UTF8.self)
        let sql = "select \(schema).\(function.rawValue)(\(function.parameter) => $1::jsonb)"
        do throws(PostgresError) {
            let answer = try await pool.query(sql, [json], within: budget).scalar
            return Array((answer ?? "null").utf8)
        } catch {
            throw CallFailure(error).called(in: schema)
        }
    }

    /// The whole description, by a query that is the body of `switchboard_inspect`, which may be missing.
    public func describedSchema(within budget: Duration) async throws(CallFailure) -> SchemaInspection {
        do throws(PostgresError) {
            let answer = try await pool.query(InspectQuery.sql(in: schema), within: budget).scalar ?? ""
            guard var seen = SchemaInspection(Array(answer.utf8)) else {
                throw PostgresError(.malformed, message: "what the catalogs answer cannot be read")
            }
            seen.version = nil
            return seen
        } catch {
            throw CallFailure(error).called(in: schema)
        }
    }

    public func exposedViews(within budget: Duration) async throws(CallFailure) -> [ExposedView]? {
        do throws(PostgresError) {
            let answer = try await pool.query(InspectQuery.views(in: schema), within: budget).scalar ?? ""
            return (try? JSON(parsing: Array(answer.utf8))).flatMap { ExposedView.all(in: $0) }
        } catch {
            throw CallFailure(error)
        }
    }

    public func unusableSessions(within budget: Duration) async throws(CallFailure) -> UnusableSessions? {
        do throws(PostgresError) {
            let row = try await pool.query(UnusableSessions.query(in: schema), within: budget).rows.first ?? []
            let counts = row.compactMap { $0.flatMap { Int($0) } }
            return counts.count == 2 ? UnusableSessions(badTimes: counts[0], badTokens: counts[1]) : nil
        } catch {
            // There is no table yet, or one made by hand with columns of other types, which cannot be compared (class 22).
            if let state = error.sqlState, ["42", "22"].contains(String(state.prefix(2))), state != "42501" { return nil }
            throw CallFailure(error).called(in: schema)
        }
    }

    public func refusals(within budget: Duration) async throws(CallFailure) -> [MigrationStep]? {
        do throws(PostgresError) { return try await DatabaseSurvey.read(from: pool, in: schema, within: budget).refusals } catch {
            throw CallFailure(error)
        }
    }

    public var address: String? { pool.address.map(schema.target) }

    public func shutdown() { pool.shutdown() }
}

import JSON
import Postgres

/// The database connections of a `PostgRESTServer`, a few for each role.
struct PostgRESTDatabase: Sendable {
    private let cache: PostgresPool
    private let pools: [String: PostgresPool]

    /// The longest time for which a call may wait for a connection and run: PostgREST's acquisition timeout.
    private static let patience = Duration.seconds(10)

    init(url: String) throws {
        cache = try PostgresPool(url: url, connections: 1)
        var pools: [String: PostgresPool] = [:]
        for role in ["service_role", "anon"] {
            let login = url.replacing("//postgres:", with: "//authenticator:")
            // The statement timeout of service_role, as the authenticator gets it in Supabase: 8 s.
            let options = "?options=-c%20role%3D\(role)%20-c%20statement_timeout%3D8000"
            pools[role] = try PostgresPool(url: login + options, connections: 10)
        }
        self.pools = pools
    }

    func shutdown() {
        cache.shutdown()
        for pool in pools.values { pool.shutdown() }
    }

    /// Calls a function of a schema with the members of a JSON object as its arguments; the contract's functions have one.
    func call(_ function: String, _ body: [UInt8], as role: String, in schema: String) async throws -> String {
        guard let json = try? JSON(parsing: body), let parameter = json.members.map(\.key).first, json.count == 1 else {
            throw PostgRESTRefusal(400, code: "PGRST102", message: "Empty or invalid json")
        }
        try await find(function, parameter, in: schema)
        // The text is passed on unchanged, since PostgreSQL must decide whether it is acceptable.
        let sql = "select \(schema).\(function)(\(parameter) => $1::jsonb -> '\(parameter)')"
        return try await ask(sql, [String(decoding: body, as: UTF8.self)], as: role)
    }

    func openAPI(as role: String, of schema: String) async throws -> String {
        let sql = """
            select jsonb_build_object('swagger', '2.0', 'definitions', coalesce(jsonb_object_agg(name, properties), '{}'))
            from (
                select c.relname as name, jsonb_build_object('properties',
                    jsonb_object_agg(a.attname, jsonb_build_object('format', format_type(a.atttypid, a.atttypmod)))) as properties
                from pg_class c join pg_attribute a on a.attrelid = c.oid
                where c.relnamespace = to_regnamespace($1) and c.relkind in ('r', 'v', 'p') and a.attnum > 0 and not a.attisdropped
                    and has_table_privilege(c.oid, 'select')
                group by c.relname
            ) as tables
            """
        return try await ask(sql, [schema], as: role)
    }

    /// What PostgREST looks up in its schema cache. This queries the database instead, so that nothing is ever stale.
    private func find(_ function: String, _ parameter: String, in schema: String) async throws {
        let sql = "select 1 from pg_proc where pronamespace = to_regnamespace($3) and proname = $1 and $2 = any(proargnames)"
        let isFound: Bool
        do {
            isFound = try await cache.query(sql, [function, parameter, schema], within: PostgRESTDatabase.patience).scalar != nil
        } catch {
            throw PostgRESTRefusal(
                503, code: "PGRST002", message: "Could not query the database for the schema cache. Retrying.", retryAfter: 0)
        }
        guard isFound else {
            throw PostgRESTRefusal(
                404, code: "PGRST202", message: "Could not find the function \(schema).\(function)(\(parameter)) in the schema cache",
                details: "Searched for the function \(schema).\(function) with parameter \(parameter) or with a single unnamed json/jsonb "
                    + "parameter, but no matches were found in the schema cache.")
        }
    }

    private func ask(_ sql: String, _ parameters: [String?], as role: String) async throws -> String {
        guard let pool = pools[role] else { throw PostgRESTRefusal(401, code: "PGRST302", message: "Anonymous access is disabled") }
        do throws(PostgresError) {
            return try await pool.query(sql, parameters, within: PostgRESTDatabase.patience).scalar ?? "null"
        } catch {
            throw PostgRESTRefusal(error, as: role)
        }
    }
}

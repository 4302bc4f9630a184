import Messaging
import Postgres
import Supabase
import SwitchboardTesting

/// A new database with small functions that have the names of the contract's. It tests the transports rather than the functions.
struct ContractDatabase {
    /// The URL with which the superuser connects.
    let url: String

    /// `ingest` stores its batch once per id and returns it. `inspect` raises an error or sleeps as requested, and returns its request.
    /// Nobody may call `sweep`. The other functions do not exist.
    static func make() async throws -> ContractDatabase {
        let database = ContractDatabase(url: try await PostgresServer.makeDatabase())
        let pool = try PostgresPool(url: database.url, connections: 1)
        defer { pool.shutdown() }
        try await pool.execute(script: schema, within: .seconds(30))
        return database
    }

    static let schema = """
        create table public.stored (id text primary key, batch jsonb not null, stored_at timestamptz not null default now());
        grant select, insert on public.stored to service_role;
        create function public.switchboard_ingest(batch jsonb) returns jsonb language plpgsql set search_path = '' as $$
        begin
            insert into public.stored (id, batch) values (batch->>'id', batch) on conflict do nothing;
            return jsonb_build_object('echo', batch);
        end $$;
        create function public.switchboard_inspect(request jsonb) returns jsonb language plpgsql set search_path = '' as $$
        begin
            if request ? 'raise' then
                raise exception 'raised' using errcode = request->>'raise', detail = 'the detail', hint = 'the hint';
            end if;
            perform pg_catalog.pg_sleep((request->>'sleep')::float8);
            return request;
        end $$;
        create function public.switchboard_sweep(request jsonb) returns jsonb language sql set search_path = '' as $$ select request $$;
        revoke execute on all functions in schema public from public;
        grant execute on function public.switchboard_ingest, public.switchboard_inspect to service_role;
        """

    /// The stored ids.
    func stored() async throws -> [String?] {
        let pool = try PostgresPool(url: url, connections: 1)
        defer { pool.shutdown() }
        return try await pool.query("select id from public.stored order by id", within: .seconds(30)).firstColumn
    }

    /// Calls `body` with the direct transport and the role service_role.
    func direct<Value>(port: Int? = nil, _ body: (DirectTransport) async throws -> Value) async throws -> Value {
        let own = try await PostgresServer.shared().port
        let url = url.replacing(":\(own)/", with: ":\(port ?? own)/") + "?options=-c%20role%3Dservice_role"
        let transport = try DirectTransport(url: Secret(url), connections: 2)
        defer { transport.shutdown() }
        return try await body(transport)
    }

    /// Calls `body` with the REST transport, through PostgREST.
    func rest<Value>(
        key: String = PostgRESTServer.Keys.legacy, _ body: (RESTTransport, PostgRESTServer) async throws -> Value
    ) async throws -> Value {
        try await PostgRESTServer.run(database: url) { server in
            let transport = try RESTTransport(url: server.url, key: Secret(key))
            defer { transport.shutdown() }
            return try await body(transport, server)
        }
    }

    /// Calls `body` with the REST transport, through a proxy in front of PostgREST.
    func proxied<Value>(_ body: (RESTTransport, FaultyProxy) async throws -> Value) async throws -> Value {
        try await PostgRESTServer.run(database: url) { server in
            try await FaultyProxy.run(before: server.url) { proxy in
                let transport = try RESTTransport(url: proxy.url, key: Secret(PostgRESTServer.Keys.legacy))
                defer { transport.shutdown() }
                return try await body(transport, proxy)
            }
        }
    }
}

/// The ways of connecting to the database.
enum Way: CaseIterable {
    case rest
    case direct

    /// Calls `body` with a transport to a new `ContractDatabase`.
    func run(_ body: (any ContractTransport, ContractDatabase) async throws -> Void) async throws {
        let database = try await ContractDatabase.make()
        switch self {
        case .rest: try await database.rest { transport, _ in try await body(transport, database) }
        case .direct: try await database.direct { try await body($0, database) }
        }
    }
}

extension ContractTransport {
    /// Calls a function with JSON text.
    func call(_ function: ContractFunction, _ json: String, within budget: Duration = .seconds(30)) async throws(CallFailure) -> String {
        String(decoding: try await call(function, Array(json.utf8), within: budget), as: UTF8.self)
    }

    /// The failure of a call; nil if it succeeds.
    func failure(of function: ContractFunction, _ json: String, within budget: Duration = .seconds(30)) async -> CallFailure? {
        do throws(CallFailure) {
            _ = try await call(function, json, within: budget)
            return nil
        } catch {
            return error
        }
    }
}

extension ContractDatabase {
    /// Waits until a call is sleeping in this database.
    func untilAsleep() async throws {
        let pool = try PostgresPool(url: url, connections: 1)
        defer { pool.shutdown() }
        let sql = "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
        try await waiting(for: "a call to sleep") { try await pool.query(sql, within: .seconds(30)).scalar.map { _ in () } }
    }
}

import Postgres
import SwitchboardTesting
import Testing

@Suite("Connecting, and the password")
struct ConnectingTests {
    @Test("A port that nobody listens on is unreachable")
    func refused() async throws {
        // Port 1 (tcpmux) is served by nobody, and no test may bind it.
        let error = try await refusal("postgres://nobody:s3cret@127.0.0.1:1/none")
        #expect(error?.code == .unreachable)
        #expect(error?.isOutcomeUnknown == false)
        #expect(error?.description.contains("port 1 failed: Connection refused") == true)
    }

    @Test(
        "What the server refuses a connection for has its SQLSTATE",
        arguments: [
            ("postgres:wr0ng", "postgres", "28P01"), ("postgres:\(PostgresServer.password)", "nowhere", "3D000"),
            ("nobody:s3cret", "postgres", "28P01"), ("postgres", "postgres", "28P01"),
            ("service_role:\(PostgresServer.password)", "postgres", "28P01"),
        ])
    func refusedByServer(user: String, database: String, sqlState: String) async throws {
        let port = try await PostgresServer.shared().port
        let error = try await refusal("postgres://\(user)@127.0.0.1:\(port)/\(database)")
        #expect(error?.code == .server)
        #expect(error?.sqlState == sqlState)
        #expect(error?.message.contains(sqlState) == false)
        #expect(error?.message.contains("LOCATION") == false)
    }

    @Test("A server that speaks no TLS is unreachable where the URL demands TLS")
    func tls() async throws {
        let port = try await PostgresServer.shared().port
        let error = try await refusal("postgres://postgres:s3cret@127.0.0.1:\(port)/postgres?sslmode=require")
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("SSL") == true)
    }

    @Test("Options that other clients put into URLs are left out")
    func foreignOptions() async throws {
        let url = try await PostgresServer.shared().url() + "?pgbouncer=true&application_name=shop&connection_limit=1"
        let pool = try PostgresPool(url: url, connections: 1)
        defer { pool.shutdown() }
        #expect(try await pool.ask("show application_name") == "shop")
    }

    @Test(
        "A URL that cannot be right is refused at once, and no word of the password is said",
        arguments: [
            "", "not a URL", "https://abc.supabase.co", "host=127.0.0.1 password=hunter2", "postgres://user:hunter2@@host/db",
            "postgres://user:hun@ter2@host/db", "postgres://user:hunter2/x@host/db", "postgres://user:12/hunter2@host/db",
            "postgres://user:hunter2%@host/db", "postgres://user:hunter2%zz@host/db", "postgres://user:hunter2@host:port/db",
            "postgres://user:hunter2@[::1/db", "postgres://user:hunter2@host/db?unknown=hunter2", "postgres://user:hunter2@host:99999/db",
        ])
    func malformed(url: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresPool(url: url, connections: 1) }
        #expect(error?.code == .malformed)
        for piece in ["hunter2", "hun", "ter2"] { #expect(!String(reflecting: error).contains(piece)) }
    }

    @Test("Neither a pool nor its errors show the password")
    func discreet() async throws {
        let server = try await PostgresServer.shared()
        let pool = try PostgresPool(url: server.url(of: "nowhere"), connections: 1)
        defer { pool.shutdown() }
        let error = await pool.failure(of: "select 1")
        var seen = ""
        dump(pool, to: &seen)
        dump(error, to: &seen)
        #expect(seen.contains("3D000"))
        #expect(!seen.contains(PostgresServer.password))
    }

    private func refusal(_ url: String) async throws -> PostgresError? {
        let pool = try PostgresPool(url: url, connections: 1)
        defer { pool.shutdown() }
        let error = await pool.failure(of: "select 1")
        #expect(["wr0ng", "s3cret", PostgresServer.password].allSatisfy { !String(reflecting: error).contains($0) })
        return error
    }
}

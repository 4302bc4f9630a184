import SwitchboardTesting
import Testing

@testable import Postgres

@Suite("Connecting, and the password")
struct ConnectingTests {
    @Test("A port on which nothing listens is unreachable")
    func refused() async throws {
        // Nothing listens on port 1 (tcpmux), and tests may not bind it.
        let error = try await refusal("postgres://nobody:s3cret@127.0.0.1:1/none")
        #expect(error?.code == .unreachable)
        #expect(error?.isOutcomeUnknown == false)
        #expect(error?.description.contains("port 1 failed: Connection refused; Is the server running") == true)
    }

    @Test(
        "If the server refuses a connection, the error has its SQLSTATE",
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

    @Test("A server without TLS is unreachable if the URL demands TLS")
    func tls() async throws {
        let port = try await PostgresServer.shared().port
        let error = try await refusal("postgres://postgres:s3cret@127.0.0.1:\(port)/postgres?sslmode=require")
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("SSL") == true)
    }

    @Test(
        "URL options of other programs are ignored or read as libpq's own, and reported",
        arguments: [
            ("?pgbouncer=true&application_name=shop&schema=public", 2), ("?statement_cache_mode=describe&application_name=shop", 1),
            ("?prepareThreshold=0&application_name=shop&connection_limit=1", 2), ("?application_name=shop&ssl=false", 1),
        ])
    func foreignOptions(options: String, notices: Int) async throws {
        let given = try await PostgresServer.shared().url() + options
        for url in [
            given, " \(given)", "\(given)\n", "\"\(given)\"", "'\(given)' ", "jdbc:\(given)",
            given.replacing("postgres://", with: "postgresql+psycopg2://"),
        ] {
            let pool = try PostgresPool(url: url, connections: 1)
            defer { pool.shutdown() }
            #expect(try await pool.ask("show application_name") == "shop")
            let read = try DatabaseURL(url).notices
            #expect(read.count == notices + (url == given ? 0 : 1), "\(read)")
            #expect(!read.joined().contains(PostgresServer.password))
        }
    }

    @Test("A schema in a URL is ignored, or refused unless it is the tables'", arguments: ["schema", "currentSchema", "search_path"])
    func schema(option: String) throws {
        let url = "postgres://me:s3cret@db.example.com/shop?\(option)=acme"
        #expect(
            try DatabaseURL(url, schema: "acme").notices == ["the option \(option) of another client was left out: it changes nothing here"]
        )
        let error = #expect(throws: PostgresError.self) { try DatabaseURL(url) }
        #expect(error?.message == "the option \(option) asks for another schema than public, where Switchboard's tables are")
        #expect(error?.hint?.contains("supabase.schema") == true)
    }

    @Test("The option sslmode=no-verify is read as libpq's sslmode=require")
    func withoutVerification() throws {
        let url = try DatabaseURL("postgres://me:s3cret@db.example.com/shop?sslmode=no-verify")
        #expect(url.text == "postgresql://me:s3cret@db.example.com/shop?sslmode=require")
        #expect(url.notices == ["the option sslmode of another client was read as sslmode=require"])
        #expect(url.address == "db.example.com:5432/shop" && "\(url)" == url.address)
    }

    @Test(
        "The unreadable part of a URL is named",
        arguments: [
            ("postgres://me:a@b@host/db", "user or password has an unencoded @"),
            ("postgres://me:a/b@host/db", "user or password has an unencoded /"),
            ("postgres://me:a?b@host/db", "user or password has an unencoded ?"), ("postgres://me:a%b@host/db", "user or password has a %"),
            ("postgres://me:a@host:port/db", "port"), ("postgres://me:a@host:0/db", "port"),
            ("postgres://me:a@host/db?sslmood=x", "option sslmood"),
            ("postgres://me:a@host/db?schema=shop", "option schema"), ("mysql://me:a@host/db", "does not begin with"),
            ("", "does not begin with"),
        ])
    func namedFault(url: String, words: String) {
        let error = #expect(throws: PostgresError.self) { try DatabaseURL(url) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test(
        "A URL with the dashboard's placeholder is refused with what to replace it by",
        arguments: [
            ("postgresql://postgres:[YOUR-PASSWORD]@db.abc.supabase.co:5432/postgres", "[YOUR-PASSWORD]"),
            ("postgresql://postgres:%5BYOUR-PASSWORD%5D@db.abc.supabase.co:5432/postgres", "[YOUR-PASSWORD]"),
            ("postgresql://postgres.[your-project-ref]:hunter2@aws-0-x.pooler.supabase.com:5432/postgres", "[YOUR-PROJECT-REF]"),
        ])
    func placeholder(url: String, blank: String) {
        let error = #expect(throws: PostgresError.self) { try DatabaseURL(url) }
        #expect(error?.message == "the URL still has \(blank)" && error?.hint?.contains("in its place") == true)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test(
        "An impossible URL is refused at once, without any part of the password",
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

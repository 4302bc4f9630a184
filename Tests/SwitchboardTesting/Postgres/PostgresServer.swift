import Foundation
import Postgres
import Synchronization

/// A real PostgreSQL, Debian's newest, on a free port of 127.0.0.1. It is removed completely when the tests' process ends, in whatever way.
/// It has the roles of a Supabase project: `anon`, `authenticated`, `service_role`, and `authenticator`, which may become any of them.
public final class PostgresServer: Sendable {
    /// The port on which it listens, also after a restart.
    public let port: Int
    private let cluster: PostgresCluster
    private let arguments: [String]
    private let process: Mutex<ChildProcess>
    private let databases = Atomic<Int>(0)

    /// The password of its superuser `postgres`, and of `authenticator`.
    public static let password = "s3cret-of-the-tests"

    private static let sharedServer = Once { try await PostgresServer.start() }

    /// The server that all tests of a process share, each with a database of its own; it must not be stopped.
    public static func shared() async throws -> PostgresServer { try await sharedServer.value() }

    /// The URL of a new database on the shared server.
    public static func makeDatabase() async throws -> String { try await shared().makeDatabase() }

    /// Starts a server for a test that stops or kills it. It does not wait for the disk unless `isDurable`; `settings` are lines of
    /// postgresql.conf.
    public static func start(isDurable: Bool = false, settings: [String] = []) async throws -> PostgresServer {
        let cluster = try await PostgresCluster.make()
        var attempts = 0
        while true {
            attempts += 1
            let port = try LoopbackSocket.freePort()
            let lines = ["port=\(port)"] + PostgresServer.settings(isDurable) + settings
            let arguments = ["-D", cluster.dataFolder] + lines.flatMap { ["-c", $0] }
            let process = try cluster.spawn("postgres", arguments)
            do {
                try await cluster.ready(process)
                let server = PostgresServer(port: port, cluster: cluster, arguments: arguments, process: process)
                try await server.execute(PostgresServer.roles)
                return server
            } catch  where attempts < 5 && process.errors.contains("Address already in use") {
                // Another process took the port first.
                try await process.ended()
            }
        }
    }

    private init(port: Int, cluster: PostgresCluster, arguments: [String], process: ChildProcess) {
        self.port = port
        self.cluster = cluster
        self.arguments = arguments
        self.process = Mutex(process)
    }

    deinit { process.withLock { $0.send(signal: SIGQUIT) } }

    private static func settings(_ isDurable: Bool) -> [String] {
        [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "shared_buffers=64MB", "timezone=UTC",
            // In the folder, which is removed, rather than in /dev/shm.
            "dynamic_shared_memory_type=mmap",
        ] + (isDurable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"])
    }

    private static let roles = """
        create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls;
        create role authenticator login noinherit password '\(password)';
        grant anon, authenticated, service_role to authenticator;
        """

    /// `postgres://postgres:PASSWORD@127.0.0.1:PORT/DATABASE`.
    public func url(of database: String = "postgres", user: String = "postgres") -> String {
        "postgres://\(user):\(PostgresServer.password)@127.0.0.1:\(port)/\(database)"
    }

    /// The URL of a new database, a copy of one to which nobody is connected.
    public func makeDatabase(from template: String = "template1") async throws -> String {
        let name = "test_\(databases.add(1, ordering: .relaxed).newValue)"
        try await execute("create database \(name) template \(template)")
        return url(of: name)
    }

    /// Removes a database that `makeDatabase` created, even if clients are connected to it.
    public func dropDatabase(_ url: String) async throws {
        guard let name = url.split(separator: "/").last else { return }
        try await execute("drop database if exists \(name) with (force)")
    }

    /// Runs a script as superuser in the database `postgres`.
    public func execute(_ script: String) async throws {
        let pool = try PostgresPool(url: url(), connections: 1)
        defer { pool.shutdown() }
        try await pool.execute(script: script, within: .seconds(120))
    }

    /// Stops it as an operator would, closing its connections.
    public func stop() async throws {
        let process = process.withLock { $0 }
        process.send(signal: SIGINT)
        try await process.ended()
    }

    /// Kills all its processes at once, as a power cut would end them.
    public func kill9() async throws {
        process.withLock { $0.send(signal: SIGKILL) }
        try await process.withLock { $0 }.ended()
        try await cluster.killAll()
    }

    /// Stops it if it is running, and starts it again with the same port and folder.
    public func restart() async throws {
        try await stop()
        let started = try cluster.spawn("postgres", arguments)
        process.withLock { $0 = started }
        try await cluster.ready(started)
    }

    /// Its log since the last start.
    public var log: String { process.withLock { $0.errors } }
}

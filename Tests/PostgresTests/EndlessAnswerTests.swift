import Postgres
import SwitchboardTesting
import Testing

@Suite("Answers that never end")
struct EndlessAnswerTests {
    @Test("A server whose answer does not end is cut off at the limit, whatever it sends", arguments: EndlessServer.Habit.allCases)
    func endless(habit: EndlessServer.Habit) async throws {
        let server = EndlessServer(habit)
        let pool = try PostgresPool(url: server.url, connections: 1, limits: PostgresLimits(answerBytes: 1 << 20))
        defer { pool.shutdown() }
        let error = await pool.failure(of: "select 1", within: .seconds(60))
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "the server sent more than 1024 KiB")
        let isWhileConnecting = [.settingsWhileConnecting, .noticesWhileConnecting].contains(habit)
        #expect(error?.isOutcomeUnknown == !isWhileConnecting)
        let sent = try await waiting(for: "the connection to be closed") { server.sent }
        // The sockets of both sides hold some megabytes, and libpq may read one row completely, 32 MiB.
        #expect(sent < 128 << 20, "\(sent)")
    }

    @Test("The limit applies to each answer, and the connection stays open", arguments: [false, true])
    func manyAnswers(isLocal: Bool) async throws {
        let server = try await PostgresServer.start(settings: ["unix_socket_directories=/tmp"])
        let local = "postgres://postgres:\(PostgresServer.password)@/postgres?host=/tmp&port=\(server.port)"
        let url = isLocal ? local : server.url()
        let pool = try PostgresPool(url: url, connections: 1, limits: PostgresLimits(answerBytes: 1 << 20))
        defer { pool.shutdown() }
        let backend = try await pool.ask("select pg_backend_pid()")
        for _ in 0..<4 {
            #expect(try await pool.ask("select repeat('a', 900000)")?.utf8.count == 900_000)
        }
        #expect(try await pool.ask("select pg_backend_pid()") == backend)
        #expect(await pool.failure(of: "select repeat('a', 1000000) from generate_series(1, \(isLocal ? 400 : 40))")?.code == .tooLarge)
        #expect(try await pool.ask("select 1") == "1")
        try await server.stop()
    }
}

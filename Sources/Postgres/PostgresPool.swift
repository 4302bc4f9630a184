import Foundation

/// Queries a PostgreSQL server by libpq over several connections, each on a thread of its own.
///
/// A connection is opened when it is first needed, kept, and replaced when it breaks. Every query is an unnamed statement in a transaction
/// of its own and leaves nothing in the session, so a pooler in transaction mode may be in between.
public final class PostgresPool: Sendable {
    private let queue: QueryQueue

    /// Takes a URL, `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require`, without connecting yet; throws `malformed` for any other
    /// text. `connections` is the largest number of open connections. `schema` is the one that the URL may name, see `DatabaseURL`.
    /// `settings` apply to queries; a script has its own.
    public init(
        url: String, connections: Int, limits: PostgresLimits = PostgresLimits(), schema: String = "public",
        settings: PostgresSettings = .inherited
    ) throws(PostgresError) {
        let target = ConnectionTarget(url: try DatabaseURL(url, schema: schema), limits: limits, settings: settings)
        queue = QueryQueue(width: max(1, connections)) { queue, wakeup in
            let thread = Thread {
                var loop = ConnectionLoop(target: target, queue: queue, wakeup: wakeup)
                loop.run()
            }
            thread.name = "postgres"
            thread.start()
        }
    }

    deinit { queue.close() }

    /// Executes one statement, whose parameters `$1`, `$2`, … are text or null.
    ///
    /// Throws `timedOut` if there is no answer within `budget`, which includes waiting for a free connection. The server is then asked to
    /// cancel the statement, as also if the calling task is cancelled.
    public func query(_ sql: String, _ parameters: [String?] = [], within budget: Duration) async throws(PostgresError) -> PostgresRows {
        try await answer(to: PendingQuery(.statement(sql, parameters)), within: budget)
    }

    /// Executes a script of any number of statements: as one transaction, unless it has its own. Returns the result of its last statement;
    /// throws the first error.
    @discardableResult
    public func execute(script: String, within budget: Duration) async throws(PostgresError) -> PostgresRows {
        try await answer(to: PendingQuery(.script(script)), within: budget)
    }

    /// The address of its last connection, `HOST:PORT/DATABASE`, as libpq took it from the URL, the environment and its defaults; nil
    /// before the first connection.
    public var address: String? { queue.address }

    /// Closes the connections; waiting, running and later queries fail as `cancelled`.
    public func shutdown() { queue.close() }

    private func answer(to query: PendingQuery, within budget: Duration) async throws(PostgresError) -> PostgresRows {
        try query.checkForm()
        let outcome = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    // If the answer comes first, this sleep is cancelled; it throws for no other reason.
                    guard (try? await Task.sleep(for: budget)) != nil else { return }
                    self.queue.abandon(query, as: .timedOut, because: "no answer within \(budget)")
                }
                queue.put(query)
                let outcome = await query.outcome()
                group.cancelAll()
                return outcome
            }
        } onCancel: {
            queue.abandon(query, as: .cancelled, because: "the query was cancelled")
        }
        return try outcome.get()
    }
}

import Foundation

/// Asks a PostgreSQL by libpq over a few connections, each on a thread of its own.
///
/// A connection is opened when it is first needed, kept, and replaced once it is broken. Every query is an unnamed statement in a transaction
/// of its own and leaves nothing behind in the session, so that a pooler in transaction mode may stand in between.
public final class PostgresPool: Sendable {
    private let queue: QueryQueue

    /// Takes a URL, `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require`, and connects to nothing yet; throws `malformed` where it is no
    /// such URL. `connections` is the most that are open at a time. `schema` is the one that the URL may name, see `DatabaseURL`.
    /// `settings` hold for queries; a script has its own.
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

    /// Asks one statement, whose parameters `$1`, `$2`, … are text or null.
    ///
    /// Throws `timedOut` where there is no answer after `budget`, waiting for a free connection included; the server is then asked to stop, as
    /// it is when the calling task is cancelled.
    public func query(_ sql: String, _ parameters: [String?] = [], within budget: Duration) async throws(PostgresError) -> PostgresRows {
        try await answer(to: PendingQuery(.statement(sql, parameters)), within: budget)
    }

    /// Runs a script of any number of statements: one transaction, unless it has its own. Answers what its last statement does; throws the first
    /// error.
    @discardableResult
    public func execute(script: String, within budget: Duration) async throws(PostgresError) -> PostgresRows {
        try await answer(to: PendingQuery(.script(script)), within: budget)
    }

    /// Where its last connection went, `HOST:PORT/DATABASE`, as libpq took them from the URL, the environment and its own defaults; nil before
    /// the first.
    public var address: String? { queue.address }

    /// Ends the connections; what waits or runs, and whatever is asked later, fails as `cancelled`.
    public func shutdown() { queue.close() }

    private func answer(to query: PendingQuery, within budget: Duration) async throws(PostgresError) -> PostgresRows {
        try query.checkForm()
        let outcome = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    // It is cancelled, and does not throw for another reason, when the answer came first.
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

/// The life of one connection; only its own thread touches it.
struct ConnectionLoop {
    private let target: ConnectionTarget
    private let queue: QueryQueue
    private let bell: Bell
    private let sleeper: Sleeper
    private var connection: Connection?

    init(target: ConnectionTarget, queue: QueryQueue, bell: Bell) {
        self.target = target
        self.queue = queue
        self.bell = bell
        sleeper = Sleeper(bell: bell)
    }

    /// Returns when the queue is closed, with the connection closed.
    mutating func run() {
        while true {
            if let query = queue.next(for: bell) {
                let outcome = outcome(of: query)
                // First free, then answered: what the caller asks next finds this connection rather than a new one.
                queue.finish(query, on: bell)
                query.end(outcome)
            } else if queue.isClosed {
                break
            } else if sleeper.rest(beside: connection?.socket) {
                // A server that goes away says so to idle connections, too.
                drop()
            }
        }
        drop()
    }

    private mutating func outcome(of query: PendingQuery) -> PendingQuery.Outcome {
        defer { if connection?.isAtRest == false { drop() } }
        do throws(PostgresError) {
            guard query.begin(on: bell) else { throw .givenUp }
            return .success(try readyConnection(for: query).answer(to: query))
        } catch {
            return .failure(error)
        }
    }

    private mutating func readyConnection(for query: PendingQuery) throws(PostgresError) -> Connection {
        if connection?.isStale == true { drop() }
        if let connection { return connection }
        let opened = try Connection.open(target, for: query, sleeper)
        connection = opened
        return opened
    }

    /// Ends the connection, and what the server still does for it.
    private mutating func drop() {
        guard let connection else { return }
        self.connection = nil
        if connection.isAtWork { connection.cancelAndClose() } else { connection.close() }
    }
}

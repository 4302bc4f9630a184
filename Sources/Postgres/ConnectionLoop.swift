/// The life of one connection; only its own thread touches it.
struct ConnectionLoop {
    private let target: ConnectionTarget
    private let queue: QueryQueue
    private let wakeup: Wakeup
    private let poller: SocketPoller
    private var connection: Connection?

    init(target: ConnectionTarget, queue: QueryQueue, wakeup: Wakeup) {
        self.target = target
        self.queue = queue
        self.wakeup = wakeup
        poller = SocketPoller(wakeup: wakeup)
    }

    /// Returns when the queue is closed, with the connection closed.
    mutating func run() {
        while true {
            if let query = queue.next(for: wakeup) {
                let outcome = outcome(of: query)
                // First free, then answered: what the caller asks next finds this connection rather than a new one.
                queue.finish(query, on: wakeup)
                query.end(outcome)
            } else if queue.isClosed {
                break
            } else if poller.rest(beside: connection?.socket) {
                // A server that goes away says so to idle connections, too.
                drop()
            }
        }
        drop()
    }

    private mutating func outcome(of query: PendingQuery) -> PendingQuery.Outcome {
        defer { if connection?.isAtRest == false { drop() } }
        do throws(PostgresError) {
            guard query.begin(on: wakeup) else { throw .givenUp }
            return .success(try readyConnection(for: query).answer(to: query))
        } catch {
            // Whoever sends without end would not hear a request to stop either: closing stops it.
            if error.code == .tooLarge { close() }
            if error.mayEndWithSession { drop() }
            return .failure(error)
        }
    }

    private mutating func readyConnection(for query: PendingQuery) throws(PostgresError) -> Connection {
        if connection?.isStale == true { drop() }
        if let connection { return connection }
        let opened = try Connection.open(target, for: query, poller)
        connection = opened
        queue.note(address: opened.address)
        return opened
    }

    /// Ends the connection, and what the server still does for it.
    private mutating func drop() {
        guard let connection else { return }
        self.connection = nil
        if connection.isAtWork { connection.cancelAndClose() } else { connection.close() }
    }

    /// Ends the connection, and asks for nothing more.
    private mutating func close() {
        connection?.close()
        connection = nil
    }
}

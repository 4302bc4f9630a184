/// The loop of one connection; only its own thread uses it.
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

    /// Returns when the queue is closed, after closing the connection.
    mutating func run() {
        while true {
            if let query = queue.next(for: wakeup) {
                let outcome = outcome(of: query)
                // Releases the connection before answering, so that the caller's next query uses it instead of a new one.
                queue.finish(query, on: wakeup)
                query.end(outcome)
            } else if queue.isClosed {
                break
            } else if poller.rest(beside: connection?.socket) {
                // Something arrived on an idle connection: the server announces that it closes it.
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
            // A server that sends without end would not read a cancel request either; closing the connection stops it.
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

    /// Closes the connection, and cancels a query that the server is still executing.
    private mutating func drop() {
        guard let connection else { return }
        self.connection = nil
        if connection.isAtWork { connection.cancelAndClose() } else { connection.close() }
    }

    /// Closes the connection without a cancel request.
    private mutating func close() {
        connection?.close()
        connection = nil
    }
}

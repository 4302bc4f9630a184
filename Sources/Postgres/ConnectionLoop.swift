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
                perform(query)
                queue.finish(query)
            } else if queue.isClosed {
                break
            } else if sleeper.rest(beside: connection?.socket) {
                // A server that goes away says so to idle connections, too.
                drop()
            }
        }
        drop()
    }

    private mutating func perform(_ query: PendingQuery) {
        guard query.begin(on: bell) else { return }
        do throws(PostgresError) {
            let connection = try readyConnection(for: query)
            query.end(.success(try connection.answer(to: query)))
        } catch {
            query.end(.failure(error))
        }
        if connection?.isAtRest == false { drop() }
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

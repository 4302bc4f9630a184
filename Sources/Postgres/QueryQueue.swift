import Synchronization

/// Assigns queries to connections, the oldest query first; of several idle connections, the one that was used last.
final class QueryQueue: Sendable {
    /// Starts the thread of a connection.
    typealias Starter = @Sendable (QueryQueue, Wakeup) -> Void

    private let state = Mutex(State())
    private let width: Int
    private let start: Starter

    fileprivate struct State {
        var waiting: [PendingQuery] = []
        var running: [ObjectIdentifier: PendingQuery] = [:]
        /// The wakeups of idle connections.
        var idle: [Wakeup] = []
        var connections: [Wakeup] = []
        var isClosed = false
        /// The address of the connection that was opened last.
        var address: String?
    }

    fileprivate enum Step {
        case wake(Wakeup)
        case start(Wakeup)
        case wait
        case refuse(PostgresError)
    }

    init(width: Int, start: @escaping Starter) {
        self.width = width
        self.start = start
    }

    var address: String? { state.withLock(\.address) }

    func note(address: String) { state.withLock { $0.address = address } }

    /// Wakes an idle connection for the query, or starts another one.
    func put(_ query: PendingQuery) {
        switch state.withLock({ $0.take(query, width: width) }) {
        case .wake(let wakeup): wakeup.signal()
        case .start(let wakeup): start(self, wakeup)
        case .wait: break
        case .refuse(let error): query.end(.failure(error))
        }
    }

    /// The next query for a connection; nil if there is none, in which case the connection is woken for the next one.
    func next(for wakeup: Wakeup) -> PendingQuery? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.rest(wakeup)
                return nil
            }
            state.idle.removeAll { $0 === wakeup }
            let query = state.waiting.removeFirst()
            state.running[ObjectIdentifier(query)] = query
            return query
        }
    }

    /// Marks a connection as idle after a query.
    func finish(_ query: PendingQuery, on wakeup: Wakeup) {
        state.withLock { state in
            state.running[ObjectIdentifier(query)] = nil
            state.rest(wakeup)
        }
    }

    /// Ends a query for its caller, whether it waits or runs.
    func abandon(_ query: PendingQuery, as code: PostgresError.Code, because message: String) {
        state.withLock { $0.waiting.removeAll { $0 === query } }
        query.abandon(as: code, because: message)
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Fails all queries and closes all connections.
    func close() {
        let (queries, wakeups) = state.withLock { state in
            state.isClosed = true
            defer {
                state.waiting = []
                state.idle = []
                state.connections = []
            }
            return (state.waiting + Array(state.running.values), state.connections)
        }
        let error = PostgresError.shutDown
        for query in queries { query.abandon(as: error.code, because: error.message) }
        for wakeup in wakeups { wakeup.signal() }
    }
}

extension QueryQueue.State {
    fileprivate mutating func rest(_ wakeup: Wakeup) {
        if !isClosed, !idle.contains(where: { $0 === wakeup }) { idle.append(wakeup) }
    }

    fileprivate mutating func take(_ query: PendingQuery, width: Int) -> QueryQueue.Step {
        guard !isClosed else { return .refuse(.shutDown) }
        do throws(PostgresError) {
            if idle.isEmpty, connections.count < width {
                let wakeup = try Wakeup()
                connections.append(wakeup)
                waiting.append(query)
                return .start(wakeup)
            }
        } catch {
            guard !connections.isEmpty else { return .refuse(error) }
        }
        waiting.append(query)
        return idle.popLast().map { .wake($0) } ?? .wait
    }
}

import Synchronization

/// Hands queries to connections, oldest first; of several idle connections to the one that was busy last.
final class QueryQueue: Sendable {
    /// Starts the thread of a connection.
    typealias Starter = @Sendable (QueryQueue, Bell) -> Void

    private let state = Mutex(State())
    private let width: Int
    private let start: Starter

    fileprivate struct State {
        var waiting: [PendingQuery] = []
        var running: [ObjectIdentifier: PendingQuery] = [:]
        /// The bells of connections that sleep.
        var idle: [Bell] = []
        var connections: [Bell] = []
        var isClosed = false
    }

    fileprivate enum Step {
        case wake(Bell)
        case start(Bell)
        case wait
        case refuse(PostgresError)
    }

    init(width: Int, start: @escaping Starter) {
        self.width = width
        self.start = start
    }

    /// Wakes a connection for it, or starts one more.
    func put(_ query: PendingQuery) {
        switch state.withLock({ $0.take(query, width: width) }) {
        case .wake(let bell): bell.ring()
        case .start(let bell): start(self, bell)
        case .wait: break
        case .refuse(let error): query.end(.failure(error))
        }
    }

    /// The next query for a connection: nil where there is none, and the bell will ring when there is.
    func next(for bell: Bell) -> PendingQuery? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.rest(bell)
                return nil
            }
            state.idle.removeAll { $0 === bell }
            let query = state.waiting.removeFirst()
            state.running[ObjectIdentifier(query)] = query
            return query
        }
    }

    /// A connection is done with it, and free for the next.
    func finish(_ query: PendingQuery, on bell: Bell) {
        state.withLock { state in
            state.running[ObjectIdentifier(query)] = nil
            state.rest(bell)
        }
    }

    /// Ends a query for its caller, wherever it is.
    func abandon(_ query: PendingQuery, as code: PostgresError.Code, because message: String) {
        state.withLock { $0.waiting.removeAll { $0 === query } }
        query.abandon(as: code, because: message)
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Fails all queries and ends all connections.
    func close() {
        let (queries, bells) = state.withLock { state in
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
        for bell in bells { bell.ring() }
    }
}

extension QueryQueue.State {
    fileprivate mutating func rest(_ bell: Bell) {
        if !isClosed, !idle.contains(where: { $0 === bell }) { idle.append(bell) }
    }

    fileprivate mutating func take(_ query: PendingQuery, width: Int) -> QueryQueue.Step {
        guard !isClosed else { return .refuse(.shutDown) }
        do throws(PostgresError) {
            if idle.isEmpty, connections.count < width {
                let bell = try Bell()
                connections.append(bell)
                waiting.append(query)
                return .start(bell)
            }
        } catch {
            guard !connections.isEmpty else { return .refuse(error) }
        }
        waiting.append(query)
        return idle.popLast().map { .wake($0) } ?? .wait
    }
}

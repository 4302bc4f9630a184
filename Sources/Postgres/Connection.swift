import CPostgres

/// One non-blocking connection of libpq; only its own thread uses it.
struct Connection {
    let handle: OpaquePointer
    private let poller: SocketPoller
    private let answerBytes: Int
    private let settings: PostgresSettings

    /// Connects for a query. Throws if the query's caller gives up meanwhile.
    static func open(_ target: ConnectionTarget, for query: PendingQuery, _ poller: SocketPoller) throws(PostgresError) -> Connection {
        guard let handle = target.startConnecting() else { throw .outOfMemory }
        do throws(PostgresError) {
            // Without this, libpq prints the server's notices.
            PQsetNoticeProcessor(handle, { _, _ in }, nil)
            // Only verbose messages of refused connections contain the SQLSTATE.
            PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
            try poller.connect(handle, to: target, for: query)
            guard PQsetnonblocking(handle, 1) == 0 else { throw PostgresError(.lost, message: target.message(of: handle)) }
            return Connection(handle: handle, poller: poller, answerBytes: target.answerBytes, settings: target.querySettings)
        } catch {
            PQfinish(handle)
            throw error
        }
    }

    var socket: Int32 { PQsocket(handle) }

    /// Whether the server has closed the connection, or sent something unsolicited.
    var isStale: Bool { PQstatus(handle) != CONNECTION_OK || poller.isReadable(socket) }

    /// Whether no query is running and no transaction is open.
    var isAtRest: Bool { PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// Whether the server is executing a query of this connection.
    var isAtWork: Bool { PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_ACTIVE }

    /// `HOST:PORT/DATABASE` as libpq uses them: from the URL, from PGHOST and similar variables, or its defaults. The host of a local
    /// socket is its folder.
    var address: String {
        let parts = [PQhost(handle), PQport(handle), PQdb(handle)].map { $0.map { String(cString: $0) } ?? "" }
        return "\(parts[0]):\(parts[1])/\(parts[2])"
    }

    func close() { PQfinish(handle) }

    /// Sends a query and waits for the complete answer. Throws if the query's caller gives up meanwhile.
    func answer(to query: PendingQuery) throws(PostgresError) -> PostgresRows {
        query.markSent()
        var intake = Intake(limit: answerBytes, on: socket)
        guard send(query.text) == 1 else { throw lost }
        try flush(for: query, &intake)
        return try collect(for: query, &intake)
    }

    private func send(_ text: PendingQuery.Text) -> Int32 {
        switch text {
        case .script(let script): return PQsendQuery(handle, script)
        case .statement(let sql, let parameters):
            guard let settings = settings.statement else { return send(sql, parameters) }
            // Without a sync between them, the settings and the query are one transaction.
            let isSent = PQenterPipelineMode(handle) == 1 && send(settings, []) == 1 && send(sql, parameters) == 1
            return isSent ? PQpipelineSync(handle) : 0
        }
    }

    private func send(_ sql: String, _ parameters: [String?]) -> Int32 {
        withCStrings(parameters) { PQsendQueryParams(handle, sql, Int32(parameters.count), nil, $0, nil, nil, 0) }
    }

    /// Sends what is buffered. If the connection breaks meanwhile, `collect` reports it.
    private func flush(for query: PendingQuery, _ intake: inout Intake) throws(PostgresError) {
        while PQflush(handle) == 1 {
            // The server may have to send something before it reads on.
            let ready = try poller.wait(for: query, on: socket, [.read, .write])
            if ready.contains(.read), try !consume(&intake) { return }
        }
    }

    private func collect(for query: PendingQuery, _ intake: inout Intake) throws(PostgresError) -> PostgresRows {
        var answer = PostgresRows()
        var failure: PostgresError?
        var selected: String?
        while let result = try next(for: query, &intake) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK:
                answer = PostgresRows(result)
                if failure == nil { selected = answer.scalar }
            case PGRES_COMMAND_OK: answer = PostgresRows(result)
            // After an error the rest of a pipeline is skipped.
            case PGRES_EMPTY_QUERY, PGRES_PIPELINE_ABORTED: break
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: throw PostgresError(.malformed, message: "COPY is not possible here")
            default: failure = failure ?? PostgresError(result)
            }
        }
        guard var failure else { return answer }
        failure.lastSelected = selected
        throw failure
    }

    /// The next result, which the caller frees; nil after the last. If the connection breaks, libpq returns an error result.
    private func next(for query: PendingQuery, _ intake: inout Intake) throws(PostgresError) -> OpaquePointer? {
        while PQstatus(handle) == CONNECTION_OK, PQpipelineStatus(handle) != PQ_PIPELINE_OFF {
            // In a pipeline nil ends each statement's results, and a sync ends the pipeline.
            guard let result = try nextOfStatement(for: query, &intake) else { continue }
            guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { return result }
            PQclear(result)
            guard PQexitPipelineMode(handle) == 1 else { throw lost }
            return nil
        }
        return try nextOfStatement(for: query, &intake)
    }

    private func nextOfStatement(for query: PendingQuery, _ intake: inout Intake) throws(PostgresError) -> OpaquePointer? {
        while PQisBusy(handle) == 1 {
            _ = try poller.wait(for: query, on: socket, .read)
            if try !consume(&intake) { break }
        }
        return PQgetResult(handle)
    }

    /// Reads what the server has sent; false if the connection is broken.
    private func consume(_ intake: inout Intake) throws(PostgresError) -> Bool {
        try intake.count(on: socket)
        let isConnected = PQconsumeInput(handle) == 1
        try intake.check(on: socket)
        return isConnected
    }

    private var lost: PostgresError {
        PostgresError(.lost, message: String(cString: PQerrorMessage(handle)).oneLine, isOutcomeUnknown: true)
    }
}

import Hummingbird
import JSON
import Journal
import Messaging
import Telemetry
import Watchdog

/// `/healthz`, `/readyz` and `/metrics`.
struct ProbeRoutes: Sendable {
    let journal: Journal
    let door: OperatorDoor
    let streams: EventStreams
    /// Nil if there is no shared database.
    let persistence: PersistenceProbe?
    let log: LogProbe?
    let edge: Edge
    /// Nil if there is no TLS.
    let identity: TLSIdentity?
    let traffic: AccountTraffic
    let sessions: ActiveSessions
    let now: TimeSource

    func add(to router: Router<BasicRequestContext>) {
        router.get("healthz") { _, _ in Response(status: .ok, contentType: "application/json", body: #"{"status":"ok"}"#) }
        router.get("readyz") { request, _ in await self.readiness(inWords: self.door.isOperator(request)) }
        router.get(
            "metrics",
            use: answeringProblems { request, _ in
                // The router also takes `/metrics/` and `//metrics`. A proxy may refuse only the documented path.
                guard request.uri.path == "/metrics" else { throw Problem(.notFound, detail: "metrics are at /metrics") }
                return Response(status: .ok, contentType: MetricsPage.contentType, body: await self.metrics())
            })
    }

    /// The gateway is ready even if the database is unavailable, since accepted deliveries wait in the journal. `inWords` adds the reasons
    /// of failures, which may name files, hosts and users.
    private func readiness(inWords: Bool) async -> Response {
        let readiness = await journal.readiness()
        let sync = await persistence?()
        var writer = JSONWriter()
        writer.object { reply in
            reply.member("status", readiness.isReady ? "ready" : "not ready")
            reply.member("read_only", readiness.isReadOnly)
            reply.key("journal")
            reply.object { journal in
                journal.member("writable", readiness.failure == nil)
                journal.member("failure", ifPresent: inWords ? readiness.failure : nil)
                if let space = readiness.freeSpace { journal.member("free_bytes", space) }
                journal.member("space_low", readiness.isSpaceLow)
                journal.member("log_bytes", readiness.logSize)
                journal.member("log_copied", readiness.logFailure == nil)
                journal.member("log_failure", ifPresent: inWords ? readiness.logFailure : nil)
            }
            reply.key("sync")
            if let sync { sync.write(to: &reply, at: now(), inWords: inWords) } else { reply.null() }
        }
        return Response(status: readiness.isReady ? .ok : .serviceUnavailable, json: writer)
    }

    private func metrics() async -> String {
        let readiness = await journal.readiness()
        var page = MetricsPage()
        page.add(
            "switchboard_journal_ready", .gauge, "1 if the journal can be written to and has enough free space, else 0.",
            readiness.isReady ? 1 : 0)
        page.add(
            "switchboard_read_only", .gauge, "1 if the gateway was started with --read-only, so that it stores nothing, else 0.",
            readiness.isReadOnly ? 1 : 0)
        if let space = readiness.freeSpace {
            page.add("switchboard_journal_free_bytes", .gauge, "Bytes free on the journal's disk.", space)
        }
        page.add("switchboard_journal_log_bytes", .gauge, "Bytes of the journal's write-ahead log.", readiness.logSize)
        page.add(
            "switchboard_journal_checkpoint_failures_total", .counter, "Failed attempts to copy the write-ahead log back into the journal.",
            readiness.logFailures)
        add(edge, to: &page)
        if let identity {
            page.add(
                "switchboard_tls_certificate_expiry_timestamp_seconds", .gauge,
                "When the server's certificate expires, in seconds since 1970.",
                identity.expiresAt.milliseconds / 1000)
        }
        add(journal.board, to: &page)
        if let sessions = await sessions.count() {
            page.add("switchboard_sessions_active", .gauge, "Active sessions in this gateway's journal.", sessions)
        }
        traffic.write(to: &page, at: now())
        if let letters = try? await journal.deadLetterCounts() { add(letters, to: &page) }
        if let sync = await persistence?() { add(sync, to: &page) }
        if let lost = log?() {
            page.add(
                "switchboard_log_dropped_lines_total", .counter, "Log lines dropped because the log was not read fast enough.", lost.dropped
            )
            page.add("switchboard_log_omitted_lines_total", .counter, "Repeated log lines that were left out.", lost.omitted)
        }
        edge.metrics.write(to: &page)
        page.addProcess()
        return page.text
    }

    private func add(_ edge: Edge, to page: inout MetricsPage) {
        page.add("switchboard_connections", .gauge, "Open connections.", edge.connections.open)
        page.add("switchboard_body_bytes", .gauge, "Bytes of request bodies in memory.", edge.bodies.bytes)
        page.add("switchboard_event_streams", .gauge, "Open streams of /events.", streams.count)
    }

    private func add(_ letters: DeadLetterCounts, to page: inout MetricsPage) {
        page.add("switchboard_dead_letters", .gauge, "Kept dead letters, resolved ones included.", letters.letters)
        page.add("switchboard_dead_letter_bytes", .gauge, "Bytes that the kept dead letters occupy.", letters.bytes)
        page.add(
            "switchboard_dead_letters_dropped_total", .counter, "Dead letters deleted because they exceeded journal.max_dead_letters.",
            letters.dropped)
    }

    private func add(_ board: WorkBoard, to page: inout MetricsPage) {
        for (watched, who) in [(Watched.loop, "an event loop"), (.writer, "the journal's writer")] {
            let tally = board.tally(of: watched)
            page.add("switchboard_\(watched)_blocked_total", .counter, "Times that \(who) was blocked for more than a second.", tally.count)
            page.add(
                "switchboard_\(watched)_blocked_seconds_total", .counter, "Seconds that \(who) was blocked, in blocks that have ended.",
                Double(tally.milliseconds) / 1000)
            page.add("switchboard_\(watched)_blocked", .gauge, "1 if \(who) is blocked now, else 0.", tally.isBlocked ? 1 : 0)
        }
    }

    private func add(_ sync: PersistenceStatus, to page: inout MetricsPage) {
        let age = sync.oldestUnsynced.map { max(0, now().since($0).components.seconds) } ?? 0
        page.add("switchboard_outbox_depth", .gauge, "Rows that the database has not received yet.", sync.outboxDepth)
        page.add("switchboard_outbox_oldest_seconds", .gauge, "Age of the oldest row that the database has not received yet.", age)
        // Both are left out while they are unknown.
        if let isReachable = sync.isReachable, let refuses = sync.refuses {
            page.add("switchboard_sync_reachable", .gauge, "1 if the database answered the last call, else 0.", isReachable ? 1 : 0)
            page.add("switchboard_sync_refused", .gauge, "1 if the database refused the last call, else 0.", refuses ? 1 : 0)
        }
        page.add("switchboard_sync_rows_total", .counter, "Rows written to the database.", sync.carriedRows)
        page.add("switchboard_sync_refused_rows_total", .counter, "Rows that the database refused permanently.", sync.refusedRows)
        page.add("switchboard_sync_failed_calls_total", .counter, "Calls to the database that failed.", sync.failedCalls)
        guard let error = sync.lastError else { return }
        page.add(
            "switchboard_sync_last_error_timestamp_seconds", .gauge, "When a call to the database last failed; /readyz says why.",
            error.at.milliseconds / 1000)
    }
}

/// Returns the number of log lines lost since the start: dropped because they were not read in time, and omitted because too many were
/// alike.
public typealias LogProbe = @Sendable () -> (dropped: Int, omitted: Int)

/// Returns the state of the sync to the shared database; nil if the journal cannot report it.
public typealias PersistenceProbe = @Sendable () async -> PersistenceStatus?

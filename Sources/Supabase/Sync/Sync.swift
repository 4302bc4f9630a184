import Journal
import Logging
import Messaging
import Metrics
import Relay
import ServiceLifecycle
import Signing
import Spans
import Synchronization
import Telemetry
import Tracing

/// Sends the journal's outbox to the database: in batches, several at a time, in order per contact, until everything is stored.
///
/// Rows that the database does not accept now wait in the journal; a row that it refuses permanently becomes a dead letter. Calls are
/// idempotent: if an answer was lost, the call is repeated.
public final class Sync: Sendable {
    public let configuration: Configuration
    /// The state of the connection to the database.
    public let health: SyncHealth
    private let journal: Journal
    private let transport: any ContractTransport
    private let log: SyncLog
    private let batchRows: Recorder
    /// Lists the faults of the database's tables; nil if there is no way to ask for them.
    private let examination: DatabaseExamination?
    private let batchSize: Mutex<BatchSize>
    private let refusals = Mutex(RefusalWatch<OutboxItem.Shape>())
    private let refusedWork = Mutex(RefusedWork())
    private let spans: Spans
    private let now: TimeSource

    /// The sync writes `health` for probes, records batch sizes in `metrics`, and calls `examination` after a fault of the schema.
    /// Each attempt to send a batch is one of `spans`.
    public init(
        _ configuration: Configuration, journal: Journal, transport: any ContractTransport,
        examination: DatabaseExamination? = nil, health: SyncHealth, metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        spans: Spans = .off, now: @escaping TimeSource = { .now }
    ) {
        self.configuration = configuration
        self.journal = journal
        self.transport = transport
        self.examination = examination
        batchSize = Mutex(BatchSize(configuration.batchSize))
        self.health = health
        log = SyncLog(logger: logger)
        self.spans = spans
        batchRows = metrics.histogram(
            "switchboard_sync_batch_rows", "Rows per batch that the database stored.", buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000])
        self.now = now
    }

    private enum SyncEvent: Sendable {
        case committed
        case finished(lane: Int)
    }
}

extension Sync: Service {
    /// Sends until the gateway shuts down.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.carryOn() }
        transport.shutdown()
    }

    /// Batches in flight at the shutdown are sent again after the next start, since the position only covers finished rows.
    private func carryOn() async {
        // Before the first row is read, so that no commit is missed.
        let commits = journal.commits
        guard
            let start = await untilItWorks({ () throws(JournalError) in
                try await self.journal.reader.position(of: self.configuration.target)
            })
        else { return }
        let (events, news) = AsyncStream.makeStream(of: SyncEvent.self)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tell(news, of: commits) }
            group.addTask { await self.sweep(news) }
            await self.carry(from: start, events) { lane, items in
                group.addTask {
                    await self.carry(items)
                    news.yield(.finished(lane: lane))
                }
            }
            group.cancelAll()
        }
    }

    private func tell(_ news: AsyncStream<SyncEvent>.Continuation, of commits: AsyncStream<Void>) async {
        for await _ in commits {
            news.yield(.committed)
            try? await Task.sleep(for: configuration.linger)
        }
    }

    /// The one place that knows the state of all rows: reads rows into lanes, dispatches a batch of each lane, and saves the position.
    private func carry(
        from start: Int64, _ events: AsyncStream<SyncEvent>, dispatch: (Int, [OutboxItem]) -> Void
    ) async {
        var lanes = Lanes<OutboxItem>(position: start, count: configuration.inFlight, limits: limits)
        var saved = start
        var mayHaveMore = true
        var events = events.makeAsyncIterator()
        repeat {
            while mayHaveMore, lanes.hasRoom, !Task.isCancelled {
                guard let page = await read(after: lanes.readPosition) else { break }
                lanes.add(page)
                mayHaveMore = !page.items.isEmpty
            }
            for lane in 0..<configuration.inFlight {
                let most = batchSize.withLock(\.current)
                if let items = lanes.take(lane: lane, atMost: most) { dispatch(lane, items) }
            }
            if lanes.position - saved >= Int64(configuration.batchSize * configuration.inFlight) || lanes.position == lanes.readPosition {
                saved = await save(lanes.position, after: saved)
            }
            switch await events.next() {
            case .committed?: mayHaveMore = true
            case .finished(let lane)?: lanes.finish(lane: lane)
            case nil: break
            }
        } while !Task.isCancelled
        _ = await save(lanes.position, after: saved)
    }

    private var limits: Lanes<OutboxItem>.Limits {
        Lanes<OutboxItem>.Limits(
            items: configuration.batchSize, bytes: 800_000, waitingItems: configuration.batchSize * configuration.inFlight * 4,
            waitingBytes: 16 << 20)
    }

    private func read(after position: Int64) async -> OutboxPage? {
        await untilItWorks { () throws(JournalError) in
            try await self.journal.outbox(after: position, limit: self.configuration.batchSize * self.configuration.inFlight)
        }
    }

    private func save(_ position: Int64, after saved: Int64) async -> Int64 {
        guard position > saved else { return saved }
        do { try await journal.advance(configuration.target, to: position) } catch {
            log.logger.error("the position of the sync could not be saved in the journal", metadata: ["error": "\(error)"])
            return saved
        }
        return position
    }

    /// Repeats the journal query until it succeeds; nil if the gateway shuts down first.
    private func untilItWorks<Value>(_ ask: () async throws(JournalError) -> Value) async -> Value? {
        while !Task.isCancelled {
            do throws(JournalError) { return try await ask() } catch {
                // A query that the shutdown cancelled is not an error.
                guard !Task.isCancelled else { return nil }
                log.logger.error("the rows that wait for Supabase could not be read from the journal", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
        return nil
    }
}

// One lane's batch.
extension Sync {
    /// Sends rows until each of them is stored in the database or kept as a dead letter.
    private func carry(_ items: [OutboxItem]) async {
        var batch = BatchRetry<OutboxItem, CallFailure>(items, backoff: configuration.backoff) { Self.makeBatchID() }
        while !Task.isCancelled {
            switch batch.step {
            case .done: return
            case .wait(let delay):
                try? await Task.sleep(for: delay)
                batch.waited()
            case .send(let items, let key):
                let call = IngestBatch(id: key, items: items, adapters: journal.configuration.adapters)
                do throws(CallFailure) {
                    let attempt = batch.attempt
                    try await spans.during("sync", in: .topLevel, describe: { call.describe($0, attempt: attempt) }, reason: \.spanReason) {
                        () async throws(CallFailure) in try await send(call, attempt: attempt)
                    }
                    batch.succeeded()
                } catch {
                    await report(error, call, attempt: batch.attempt)
                    if error.isTimeOut, batch.attempt > 1, batchSize.withLock({ $0.timedOut(items: items.count) }) { log.isSmaller(error) }
                    batch.failed(
                        error, error.disposition, isTimeOut: error.isTimeOut, mayBeOfItem: error.mayBeOfRow, asked: error.retryAfter,
                        random: .random(in: 0..<1), accepted: health.current.carried)
                }
            case .giveUp(let item, let reason):
                let failure = reason.ofRow
                if await mustWait(item, failure) {
                    batch.hold(random: .random(in: 0..<1))
                    continue
                }
                // The conflict of each attempt alone was no failure.
                if reason.disposition == .alreadyThere { health.refused(SyncHealth.Failure(failure, at: now())) }
                log.refused(failure, item)
                guard await untilItWorks({ () throws(JournalError) in try await self.keep(item, failure) }) != nil else { return }
                let isAll = refusedWork.withLock { work in
                    work.ended(rows: [item.sequence])
                    return work.isEmpty
                }
                if let failure = health.keptRow(isAll: isAll) { log.recovered(from: failure, at: now()) }
                batch.succeeded()
            }
        }
    }

    private func send(_ batch: IngestBatch, attempt: Int) async throws(CallFailure) {
        log.attempt(batch, attempt)
        let reply = try await transport.call(.ingest, batch.argument, within: configuration.callTimeout)
        guard let answer = IngestAnswer(reply), answer.confirms(batch.id, counts: batch.counts) else { throw CallFailure.incomplete(reply) }
        do { try await journal.adopt(answer.rows(of: batch.items)) } catch { throw CallFailure.notAdopted(error) }
        log.saved(batch, stored: answer.stored)
        batchRows.record(batch.items.count)
        if batchSize.withLock({ $0.succeeded(items: batch.items.count) }) { log.isWhole() }
        refusals.withLock { $0.accepted(batch.items.lazy.map { (kind: $0.shape, owner: $0.owner) }) }
        let isAll = refusedWork.withLock { work in
            work.ended(call: batch.id, rows: batch.items.map(\.sequence))
            return work.isEmpty
        }
        if let failure = health.succeeded(rows: batch.items.count, isAll: isAll) { log.recovered(from: failure, at: now()) }
    }

    private func report(_ failure: CallFailure, _ batch: IngestBatch, attempt: Int) async {
        guard !Task.isCancelled else { return }
        let told = SyncHealth.Failure(failure, at: now())
        refusedWork.withLock { $0.failed(call: batch.id, isPause: failure.disposition == .pause) }
        guard failure.disposition != .permanent, failure.disposition != .alreadyThere else {
            // The record at fault is logged once it is found. A conflict is usually over at the next attempt: another call has just stored
            // the row.
            if failure.disposition == .permanent { health.refused(told) }
            return log.failed(failure, batch, attempt: attempt, isNews: false)
        }
        let isNews = health.failed(told)
        log.failed(failure, batch, attempt: attempt, isNews: isNews)
        if isNews, failure.isOfTheSchema { await explain() }
    }

    /// Whether the database refuses every record of this kind, so that the item itself is not at fault and waits.
    private func mustWait(_ item: OutboxItem, _ failure: CallFailure) async -> Bool {
        guard case .hold = refusals.withLock({ $0.refused(item.shape, of: item.owner, because: failure.description) }) else { return false }
        let isNews = refusedWork.withLock { $0.holds(item.sequence, of: item.shape) }
        _ = health.failed(SyncHealth.Failure(failure, at: now(), isPause: true))
        guard isNews else { return true }
        log.refusesAll(failure, item)
        await explain()
        return true
    }

    /// Logs the faults of the database's tables, each with the statement to run.
    private func explain() async {
        guard let findings = await examination?.findings() else { return }
        for finding in findings where finding.level == .fail { log.found(finding) }
    }

    private func keep(_ item: OutboxItem, _ failure: CallFailure) async throws(JournalError) {
        try await journal.keep(
            DeadLetter(
                stage: .sync, reason: failure.description, detail: failure.shape, deliveryID: item.deliveryID,
                record: String(decoding: item.letterRecord, as: UTF8.self), createdAt: now()))
    }

    static func makeBatchID() -> String {
        let random = SecureRandom.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Identifier<IngestBatch>(milliseconds: Instant.now.milliseconds, sequence: UInt16(truncatingIfNeeded: random), random: random)
            .description
    }

    /// Makes the database expire overdue sessions, whichever gateway opened them; the next sweep does what this one could not. Also checks
    /// the outbox, since another process may have written to the journal.
    private func sweep(_ news: AsyncStream<SyncEvent>.Continuation) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: configuration.sweepInterval)
            news.yield(.committed)
            _ = try? await transport.call(.sweep, Array(#"{"limit":1000}"#.utf8), within: configuration.callTimeout)
        }
    }
}

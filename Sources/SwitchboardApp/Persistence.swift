import Journal
import Logging
import Messaging
import Receiver
import Spans
import Supabase
import Telemetry

extension PersistencePlan {
    /// The plan that the settings ask for. Settings with only the URL or only the key are refused when they are read.
    public init(_ settings: Settings.Supabase) {
        guard settings.write else {
            self = .disabled(
                setting: "supabase.write", reason: "supabase.write is false, in the settings file or through FEATURE_SUPABASE_WRITE")
            return
        }
        if let url = settings.dbURL {
            self = .postgres(url: url, schema: settings.schema)
        } else if let url = settings.url, let key = settings.serviceRoleKey {
            self = .rest(url: url, key: key, schema: settings.schema)
        } else {
            self = .disabled(setting: "supabase", reason: "neither SUPABASE_URL nor SUPABASE_DB_URL is set")
        }
    }
}

/// The parts of a gateway that exchange data with Supabase.
struct Persistence: Sendable {
    let sync: Sync
    let inquiry: DatabaseInquiry
    let sessions: SharedSessions

    /// Nil if the settings disable persistence. Logs one line that says so, or names the target.
    init?(_ settings: Settings, journal: Journal, metrics: PrometheusMetrics, spans: Spans, logger: Logger) throws {
        let plan = PersistencePlan(settings.supabase)
        plan.announce(logger)
        let supabase = settings.supabase
        // Lookups have connections of their own, so that they do not wait behind batches.
        guard let target = plan.target, let forSync = try plan.makeTransport(connections: supabase.callsInFlight, spans: spans),
            let forLookups = try plan.makeTransport(connections: 4, spans: spans)
        else { return nil }
        let health = SyncHealth()
        let gate = PausingTransport.Gate()
        let guarded = { (transport: any ContractTransport) in PausingTransport(MeasuredTransport(transport, metrics: metrics), gate: gate) }
        let transport = guarded(forSync)
        inquiry = DatabaseInquiry(forSync, by: transport, target: target, health: health, logger: logger)
        sync = Sync(
            Sync.Configuration(target: target, batchSize: supabase.batchSize, inFlight: supabase.callsInFlight),
            journal: journal, transport: transport, examination: DatabaseExamination(forSync), health: health, metrics: metrics,
            logger: logger, spans: spans)
        sessions = SharedSessions(
            journal: journal, transport: guarded(forLookups), budget: supabase.lookupTimeout, health: health, logger: logger)
    }

    /// Reports the outbox and the state of the connection to the database.
    func probe(of journal: Journal) -> PersistenceProbe {
        { [sync] in
            guard let backlog = try? await journal.reader.backlog(of: sync.configuration.target) else { return nil }
            let health = sync.health.current
            return PersistenceStatus(
                outboxDepth: backlog.depth, oldestUnsynced: backlog.oldest, isKnown: health.isKnown, failure: health.standing?.reason,
                isRefused: health.standing?.isRefusal == true, lastError: health.lastFailure.map { ($0.reason, $0.at) },
                carriedRows: health.carried, refusedRows: health.refused,
                failedCalls: health.failedCalls)
        }
    }
}

extension PersistencePlan {
    fileprivate func announce(_ logger: Logger) {
        for notice in notices {
            logger.notice("a part of SUPABASE_DB_URL is ignored or read differently", metadata: ["reason": "\(notice)"])
        }
        switch self {
        case .postgres: logger.notice("persistence to Supabase is enabled", metadata: ["by": "Postgres", "target": "\(target ?? "")"])
        case .rest: logger.notice("persistence to Supabase is enabled", metadata: ["by": "REST", "target": "\(target ?? "")"])
        case .disabled(let setting, let reason):
            logger.notice(
                "persistence to Supabase is disabled: the journal is the store", metadata: ["setting": "\(setting)", "reason": "\(reason)"])
        }
    }
}

import Administration
import Journal
import Messaging
import Operations
import Receiver
import Replay
import Supabase
import Telemetry

extension Administration {
    /// The administration of a gateway with these settings.
    init(
        _ settings: Settings, journal: Journal, adapters: ConfiguredAdapters, persistence: PersistenceProbe?, traffic: AccountTraffic,
        metrics: PrometheusMetrics, history: TrafficSeries, log: StandardErrorLog?, startedAt: Instant,
        now: @escaping TimeSource = { .now }
    ) {
        let facts = Facts(
            version: Build.version, startedAt: startedAt, region: settings.session.defaultRegion, publicURL: settings.server.publicURL,
            schema: settings.supabase.schema, settings: settings.maskedYAML)
        let means = Means(
            adapter: { adapters[$0, $1] }, kinds: AdapterRegistry.shipped.kinds, redaction: { try Redaction(settings) },
            retry: { try DeadLetterRetry(settings, journal: journal) },
            doctor: {
                await Doctor(
                    settings: SettingsRules(settings).findings, journal: settings.journal.path,
                    minimumFreeSpace: settings.journal.minimumFreeSpace, plan: PersistencePlan(settings.supabase)
                ).findings()
            },
            persistence: persistence, traffic: traffic, metrics: metrics, lastErrors: { log?.recentErrors ?? [] })
        self.init(journal: journal, facts: facts, means: means, history: history, now: now)
    }
}

extension Redaction {
    /// The redaction of captures of the settings' accounts; runs with the same `seed` make the same fakes.
    public init(_ settings: Settings, seed: String? = nil) throws(RedactionError) {
        try self.init(
            seed: seed, region: settings.session.defaultRegion, accounts: Set(settings.accounts.map(\.name)),
            kinds: AdapterRegistry.shipped.kinds
        ) { kind in try? AdapterRegistry.shipped.makeAdapter(for: Redaction.account(of: kind)) }
    }
}

import JSON
import Journal
import Messaging
import Operations
import Receiver
import Replay
import Supabase
import Telemetry

/// `/admin`: what operators see and do, over HTTP. The routes present the functions of Operations, as the command line does.
public struct Administration: Sendable {
    let journal: Journal
    let facts: Facts
    let means: Means
    let history: TrafficSeries
    let now: TimeSource

    /// What does not change while the gateway runs.
    public struct Facts: Sendable {
        /// The program's version.
        public var version: String
        /// When the gateway started.
        public var startedAt: Instant
        /// The region of phones without a country code: ISO 3166-1 alpha-2.
        public var region: String
        /// The URL of the gateway, for curl commands.
        public var publicURL: String
        /// The schema of the database's tables.
        public var schema: SchemaName
        /// The settings as YAML, without secrets.
        public var settings: String

        /// The facts about a gateway.
        public init(
            version: String, startedAt: Instant, region: String, publicURL: String, schema: SchemaName, settings: String
        ) {
            self.version = version
            self.startedAt = startedAt
            self.region = region
            self.publicURL = publicURL
            self.schema = schema
            self.settings = settings
        }
    }

    /// What the routes use besides the journal. Closures are called anew for each request.
    public struct Means: Sendable {
        /// Finds the adapter of a configured account.
        public var adapter: CaptureSigner.AdapterLookup
        /// All kinds of adapters.
        public var kinds: [AdapterKind]
        /// Makes the redaction of an export.
        public var redaction: @Sendable () throws -> Redaction
        /// Makes a retry of dead letters; its owner shuts it down.
        public var retry: @Sendable () throws -> DeadLetterRetry
        /// Examines settings, journal and database, as `switchboard doctor` does.
        public var doctor: @Sendable () async -> [Finding]
        /// The state of the sync; nil if there is no shared database.
        public var persistence: PersistenceProbe?
        /// The times of the accounts' webhooks.
        public var traffic: AccountTraffic
        /// Where webhooks are counted.
        public var metrics: PrometheusMetrics
        /// The latest warnings and errors of the log, the latest first.
        public var lastErrors: @Sendable () -> [(at: Instant, message: String)]

        /// The means of a gateway.
        public init(
            adapter: @escaping CaptureSigner.AdapterLookup, kinds: [AdapterKind], redaction: @escaping @Sendable () throws -> Redaction,
            retry: @escaping @Sendable () throws -> DeadLetterRetry, doctor: @escaping @Sendable () async -> [Finding],
            persistence: PersistenceProbe?, traffic: AccountTraffic, metrics: PrometheusMetrics,
            lastErrors: @escaping @Sendable () -> [(at: Instant, message: String)]
        ) {
            self.adapter = adapter
            self.kinds = kinds
            self.redaction = redaction
            self.retry = retry
            self.doctor = doctor
            self.persistence = persistence
            self.traffic = traffic
            self.metrics = metrics
            self.lastErrors = lastErrors
        }
    }

    /// The routes over a journal; `history` is what its owner has sampled.
    public init(journal: Journal, facts: Facts, means: Means, history: TrafficSeries, now: @escaping TimeSource = { .now }) {
        self.journal = journal
        self.facts = facts
        self.means = means
        self.history = history
        self.now = now
    }

    /// Adds all routes.
    public func add(to router: OperatorRouter) {
        addGatewayRoutes(to: router)
        addConversationRoutes(to: router)
        addSessionRoutes(to: router)
        addCaptureRoutes(to: router)
        addDeadLetterRoutes(to: router)
        addAuditRoutes(to: router)
    }
}

extension OperatorAnswer {
    /// The value's JSON.
    init(_ value: some Presentable) {
        var writer = JSONWriter()
        value.write(to: &writer)
        self.init(json: writer.bytes)
    }

    /// An object with these members.
    static func object(_ members: (inout JSONWriter) -> Void) -> OperatorAnswer {
        var writer = JSONWriter()
        writer.object(members)
        return OperatorAnswer(json: writer.bytes)
    }
}

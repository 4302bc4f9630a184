import Hummingbird
import Journal
import Logging
import Messaging

/// The gateway's HTTP interface for providers and clients: routes for webhooks, sessions and probes over a journal.
public struct Receiver: Sendable {
    private let journal: Journal
    private let sessions: any SessionStore
    private let persistence: PersistenceProbe?
    private let log: LogProbe?
    private var webhooks: [AccountWebhook]
    private let direct: CurrentWebhooks
    private var configuration: Configuration
    private let edge: Edge
    private let identity: TLSIdentity?
    private let traffic: AccountTraffic
    private let door: OperatorDoor
    private let pages: EventPages
    private let streams: EventStreams
    private var operatorRoutes: @Sendable (OperatorRouter) -> Void
    private let activeSessions: ActiveSessions
    private let now: TimeSource

    /// The limits, and the keys of clients and operators.
    public struct Configuration: Sendable {
        /// The most bytes of a body.
        public var bodyLimit: Int
        /// The most items in a client's batch.
        public var batchLimit: Int
        public var clients: ClientKeys
        public var operators: OperatorTokens
        /// The region of local numbers in `/session/start`: ISO 3166-1 alpha-2.
        public var defaultRegion: String
        /// The channels that `/session/start` may name.
        public var channels: Set<Channel>
        /// The most open streams of `/events`.
        public var eventStreams: Int
        /// Adds `POST /noop`, which reads a body and answers 200, as the baseline of benchmarks.
        public var answersNoop: Bool

        public init(
            bodyLimit: Int = 4 << 20, batchLimit: Int = 1000, clients: ClientKeys, operators: OperatorTokens = OperatorTokens(),
            defaultRegion: String = Account.defaultRegion, channels: Set<Channel> = Set(Channel.documented), eventStreams: Int = 32,
            answersNoop: Bool = false
        ) {
            self.bodyLimit = bodyLimit
            self.batchLimit = batchLimit
            self.clients = clients
            self.operators = operators
            self.defaultRegion = defaultRegion
            self.channels = channels
            self.eventStreams = eventStreams
            self.answersNoop = answersNoop
        }
    }

    /// Without `sessions`, only the journal is asked for sessions; without `persistence`, no shared database is reported; without `log`, no
    /// lost lines. `edge` and `identity` are the server's: routes and server share the limits, and metrics show the certificate's expiry.
    /// `traffic` receives the times of the accounts' webhooks; its owner evaluates it. `operatorRoutes` adds routes for operators.
    public init(
        journal: Journal, endpoints: Endpoints, configuration: Configuration, sessions: (any SessionStore)? = nil,
        persistence: PersistenceProbe? = nil, log: LogProbe? = nil, edge: Edge = Edge(), identity: TLSIdentity? = nil,
        traffic: AccountTraffic = AccountTraffic(), operatorRoutes: @escaping @Sendable (OperatorRouter) -> Void = { _ in },
        now: @escaping TimeSource = { .now }
    ) {
        self.journal = journal
        self.sessions = sessions ?? LocalSessions(journal)
        self.persistence = persistence
        self.log = log
        webhooks = endpoints.all.map {
            AccountWebhook($0, journal: journal, edge: edge, traffic: traffic, batchLimit: configuration.batchLimit, now: now)
        }
        direct = CurrentWebhooks(webhooks)
        self.configuration = configuration
        self.edge = edge
        self.identity = identity
        self.traffic = traffic
        door = OperatorDoor(configuration.operators, metrics: edge.metrics, now: now)
        pages = EventPages(journal)
        streams = EventStreams(limit: configuration.eventStreams, metrics: edge.metrics)
        self.operatorRoutes = operatorRoutes
        activeSessions = ActiveSessions(journal)
        self.now = now
    }

    /// The webhooks that a server may accept in front of the routes.
    public var directWebhooks: DirectWebhooks {
        DirectWebhooks(direct, edge: edge, requests: requests, bodyLimit: configuration.bodyLimit)
    }

    private var requests: RequestSpans { RequestSpans(spans: edge.spans, scheme: identity == nil ? "http" : "https") }

    /// Takes other accounts, clients, operators, limits and routes of operators; `bodyLimit` and `answersNoop` stay as they were.
    /// `directWebhooks` of a server that runs follow at once, and its routes when it uses those of `makeRouter`. What requests count and use
    /// up goes on.
    mutating func replace(
        _ endpoints: Endpoints, _ configuration: Configuration, operatorRoutes: @escaping @Sendable (OperatorRouter) -> Void
    ) {
        let (bodyLimit, answersNoop) = (self.configuration.bodyLimit, self.configuration.answersNoop)
        self.configuration = configuration
        self.configuration.bodyLimit = bodyLimit
        self.configuration.answersNoop = answersNoop
        self.operatorRoutes = operatorRoutes
        webhooks = endpoints.keepingRates(of: webhooks.map(\.endpoint)).all.map {
            AccountWebhook($0, journal: journal, edge: edge, traffic: traffic, batchLimit: configuration.batchLimit, now: now)
        }
        traffic.keepOnly(webhooks.map(\.endpoint.account))
        door.replaceTokens(by: configuration.operators)
        streams.replaceLimit(by: configuration.eventStreams)
        direct.replace(by: webhooks)
    }

    /// All routes, for a server or an in-memory test.
    public func makeRouter() -> Router<BasicRequestContext> {
        let routes = Router()
        addRoutes(to: routes)
        let router = Router()
        if requests.isOn { router.add(middleware: RouteSpans(requests: requests)) }
        router.add(middleware: UnknownRoutes(routes, UnroutedRequests(webhooks, edge: edge, now: now), lacksOperators: !door.hasOperators))
        addRoutes(to: router)
        return router
    }

    private func addRoutes(to router: Router<BasicRequestContext>) {
        let bodies = BodyReader(limit: configuration.bodyLimit, edge: edge)
        WebhookRoutes(webhooks, sessions: sessions, bodies: bodies).add(to: router)
        SessionRoutes(
            sessions: sessions, clients: configuration.clients,
            rules: StartForm.Rules(defaultRegion: configuration.defaultRegion, channels: configuration.channels), bodies: bodies, now: now
        ).add(to: router)
        ProbeRoutes(
            journal: journal, door: door, streams: streams, persistence: persistence, log: log, edge: edge, identity: identity,
            traffic: traffic, sessions: activeSessions, now: now
        ).add(to: router)
        EventRoutes(
            journal: journal, pages: pages, streams: streams, door: door,
            known: StreamRequest.Known(channels: configuration.channels, accounts: webhooks.map(\.endpoint.account))
        ).add(to: router)
        ConsoleRoutes(door: door, bodies: bodies, hasTLS: identity != nil).add(to: router)
        operatorRoutes(OperatorRouter(router: router, door: door, bodies: bodies))
        if configuration.answersNoop {
            router.post("noop") { request, _ in
                bodies.release(try await bodies.read(request))
                return Response(status: .ok, contentType: "application/json", body: #"{"accepted":1,"duplicates":0}"#)
            }
        }
    }
}

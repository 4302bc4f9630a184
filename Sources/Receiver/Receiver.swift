import Hummingbird
import Journal
import Logging
import Messaging

/// The gateway's edge towards providers and clients: webhooks, sessions and probes as routes over a journal.
public struct Receiver: Sendable {
    private let journal: Journal
    private let sessions: any SessionStore
    private let persistence: PersistenceProbe?
    private let log: LogProbe?
    private let endpoints: Endpoints
    private let configuration: Configuration
    private let now: TimeSource

    /// Limits and who is let in.
    public struct Configuration: Sendable {
        /// The longest body, in bytes.
        public var bodyLimit: Int
        public var clients: ClientKeys
        /// Where the local numbers of `/session/start` belong: ISO 3166-1 alpha-2.
        public var defaultRegion: String
        /// Adds `POST /noop`, which reads a body and answers 200: what the benchmark measures against.
        public var answersNoop: Bool

        public init(bodyLimit: Int = 4 << 20, clients: ClientKeys, defaultRegion: String = "IN", answersNoop: Bool = false) {
            self.bodyLimit = bodyLimit
            self.clients = clients
            self.defaultRegion = defaultRegion
            self.answersNoop = answersNoop
        }
    }

    /// Without `sessions` the journal answers for them alone; without `persistence` there is no shared database to tell of, without `log` no
    /// lines that were lost.
    public init(
        journal: Journal, endpoints: Endpoints, configuration: Configuration, sessions: (any SessionStore)? = nil,
        persistence: PersistenceProbe? = nil, log: LogProbe? = nil, now: @escaping TimeSource = { .now }
    ) {
        self.journal = journal
        self.sessions = sessions ?? LocalSessions(journal)
        self.persistence = persistence
        self.log = log
        self.endpoints = endpoints
        self.configuration = configuration
        self.now = now
    }

    /// All routes, for a server or an in-memory test.
    public func makeRouter() -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: UnknownRoutes())
        let limit = configuration.bodyLimit
        WebhookRoutes(journal: journal, sessions: sessions, endpoints: endpoints, bodyLimit: limit, now: now).add(to: router)
        SessionRoutes(
            sessions: sessions, clients: configuration.clients, defaultRegion: configuration.defaultRegion, bodyLimit: limit, now: now
        ).add(to: router)
        ProbeRoutes(journal: journal, persistence: persistence, log: log, now: now).add(to: router)
        if configuration.answersNoop {
            router.post("noop") { request, _ in
                _ = try await request.bytes(upTo: limit)
                return Response(status: .ok, contentType: "application/json", body: #"{"accepted":1,"duplicates":0}"#)
            }
        }
        return router
    }
}

/// Answers a path or method that no route takes as a problem, too.
private struct UnknownRoutes: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: BasicRequestContext, next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            return Problem(error).response
        }
    }
}

import HTTPTypes
import Hummingbird
import JSON
import Journal
import Messaging
import PhoneNumbers

/// `/session/start`, `/session/end` and `/session`.
struct SessionRoutes: Sendable {
    let sessions: any SessionStore
    let clients: ClientKeys
    let rules: StartForm.Rules
    let bodies: BodyReader
    let now: TimeSource

    func add(to router: Router<BasicRequestContext>) {
        let metrics = bodies.edge.metrics
        router.post("session/start", use: answeringProblems(SessionCounts("start", metrics).counting(start)))
        router.post("session/end", use: answeringProblems(SessionCounts("end", metrics).counting(end)))
        router.get("session", use: answeringProblems(SessionCounts("show", metrics).counting(show)))
    }

    @Sendable private func start(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try clients.check(request)
        guard request.headers[.contentType].map(isJSON) ?? false else {
            throw Problem(.unsupportedMediaType, detail: "Content-Type must be application/json")
        }
        let body = try await bodies.read(request, upTo: StartForm.bodyLimit)
        defer { bodies.release(body) }
        let form = try StartForm(body, rules)
        let answer = try await sessions.start(form.request)
        switch answer.value {
        case .created(let session):
            SessionLogLine(.startedByClient, session).write(to: context.logger)
            return reply(.created, to: session, restored: false, persisted: answer.isPersisted)
        case .restored(let session):
            SessionLogLine(.restored, session).write(to: context.logger)
            return reply(.ok, to: session, restored: true, persisted: answer.isPersisted)
        case .conflict:
            throw Problem(
                .conflict, detail: "the phone's active session belongs to another customer",
                errors: [PayloadError(.field, field: "customer_id", reason: "is not the customer of the active session")])
        case .metadataFull:
            let reason =
                "would have more than \(StartRequest.metadataLimit) bytes together with what the session has: set members to null to remove them"
            throw PayloadError(.field, field: "metadata", reason: reason)
        case nil: throw Problem([StartForm.badPhone])
        }
    }

    @Sendable private func end(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let answer = try await sessions.end(token(of: request))
        if let ended = answer.value { SessionLogLine(.ended, ended).write(to: context.logger) }
        return try reply(answer)
    }

    @Sendable private func show(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try reply(await sessions.session(token: token(of: request)))
    }

    private static let noSession = Problem(.unauthorized, detail: "the header X-Session-Token names no active session")

    private func token(of request: Request) throws -> Secret {
        let tokens = request.sessionTokens
        guard let token = tokens.first, !token.isEmpty else {
            throw Problem(.unauthorized, detail: "the header X-Session-Token is missing")
        }
        guard tokens.count == 1 else { throw Problem(.unauthorized, detail: "the header X-Session-Token occurs more than once") }
        guard SessionToken.isPossible(token) else { throw SessionRoutes.noSession }
        return Secret(token)
    }

    private func isJSON(_ contentType: String) -> Bool {
        let mediaType = contentType.prefix { $0 != ";" }.lowercased()
        return mediaType.hasPrefix("application/json") || mediaType.hasPrefix("application/") && mediaType.hasSuffix("+json")
    }

    private func reply(_ status: HTTPResponse.Status, to session: Session, restored: Bool, persisted: Bool?) -> Response {
        var writer = JSONWriter(capacity: 512)
        writer.object { reply in
            reply.member("session_token", session.token.revealed)
            reply.member("restored", restored)
            if let persisted { reply.member("persisted", persisted) }
            reply.key("session")
            session.write(to: &reply, at: now())
        }
        return Response(status: status, json: writer)
    }

    private func reply(_ answer: SessionAnswer<Session?>) throws -> Response {
        guard let session = answer.value else { throw SessionRoutes.noSession }
        var writer = JSONWriter(capacity: 512)
        writer.object { reply in
            reply.member("status", session.status(at: now()).rawValue)
            if let persisted = answer.isPersisted { reply.member("persisted", persisted) }
            reply.key("session")
            session.write(to: &reply, at: now())
        }
        return Response(status: .ok, json: writer)
    }
}

extension Request {
    fileprivate var sessionTokens: [String] { headers.filter { $0.name.canonicalName == SessionToken.header }.map(\.value) }
}

import HTTPTypes
import Hummingbird
import Messaging
import Metrics
import Signing
import Synchronization
import Telemetry

/// Admits operators to their routes, by their token or by the cookie of the console, and slows down clients that try tokens.
/// After ten wrong tokens, an address is answered 429, whatever token it sends, until another attempt is allowed: one every six seconds.
/// This concerns only that address, so that nobody can lock out an operator from elsewhere. Loopback is exempt.
final class OperatorDoor: Sendable {
    private let current: Mutex<OperatorTokens>
    private let sessions: ConsoleSessions
    private let failures = AddressRates(perSecond: 1.0 / 6, burst: 10)
    private let wrong: Counter
    private let tooMany: Counter

    init(_ tokens: OperatorTokens, metrics: PrometheusMetrics, now: @escaping TimeSource) {
        current = Mutex(tokens)
        sessions = ConsoleSessions(now: now)
        let refusals = { reason in
            metrics.counter(
                "switchboard_operator_refusals_total", "Requests to operators' routes that were refused, by the reason.",
                labels: [("reason", reason)])
        }
        wrong = refusals("token")
        tooMany = refusals("rate")
    }

    private var tokens: OperatorTokens { current.withLock { $0 } }

    /// Replaces the operators; addresses that tried wrong tokens stay slowed down.
    func replaceTokens(by tokens: OperatorTokens) { current.withLock { $0 = tokens } }

    /// An action of a route that only operators may use.
    typealias Action = @Sendable (Request, BasicRequestContext, Operator) async throws -> Response

    /// The action for a router: for all others it throws a problem, 401, 403 or 429. Its answers are neither kept by caches nor read as
    /// another type than they say, since they contain what customers wrote.
    func admitting(_ action: @escaping Action) -> RouteAction {
        { request, context in
            var response = try await action(request, context, try self.operator(of: request))
            if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
            if let name = HTTPField.Name("X-Content-Type-Options") { response.headers[name] = "nosniff" }
            return response
        }
    }

    /// Whether a request is an operator's, for a route that shows operators more than others. Never throws: a wrong token is only counted.
    func isOperator(_ request: Request) -> Bool {
        if case .missing = BearerHeader(request), ConsoleCookie.id(of: request) == nil { return false }
        return (try? self.operator(of: request)) != nil
    }

    /// Whether an operator who was admitted still is: false once the console's session has ended, or once a reload of the settings has
    /// removed the operator or the token.
    func stillAdmits(_ reader: Operator) -> Bool {
        guard let key = reader.sessionKey else { return isHeld(reader.tokenDigest, by: reader.name) }
        return openSession(key, isUse: false) != nil
    }

    /// Whether the token with this digest still belongs to the operator of this name, under which actions are recorded.
    private func isHeld(_ digest: [UInt8], by name: String) -> Bool { tokens.holder(ofDigest: digest)?.name == name }

    var hasOperators: Bool { !tokens.isEmpty }

    /// Opens a session of the console. Throws 401 or 429.
    func signIn(with token: String, _ request: Request) throws(Problem) -> (id: String, session: ConsoleSession) {
        let holder = try paced(request, isAttempt: true) { () throws(Problem) in try self.holder(of: token) }
        return sessions.open(holder)
    }

    /// The session of the request's cookie. Throws 401 or 403.
    func session(of request: Request) throws(Problem) -> ConsoleSession {
        guard let id = ConsoleCookie.id(of: request) else { throw Self.signedOut }
        return try session(id, request)
    }

    /// Closes the session of the request's cookie and returns it. Throws 401 or 403.
    func signOut(_ request: Request) throws(Problem) -> ConsoleSession {
        guard let id = ConsoleCookie.id(of: request) else { throw Self.signedOut }
        let session = try session(id, request)
        sessions.close(ConsoleSessions.key(of: id))
        return session
    }

    private func `operator`(of request: Request) throws(Problem) -> Operator {
        if case .missing = BearerHeader(request), let id = ConsoleCookie.id(of: request) {
            let session = try session(id, request)
            return Operator(name: session.operatorName, tokenDigest: session.tokenDigest, sessionKey: ConsoleSessions.key(of: id))
        }
        // A request without a token is not an attempt.
        let isAttempt = if case .shown = BearerHeader(request) { true } else { false }
        return try paced(request, isAttempt: isAttempt) { () throws(Problem) in try admitted(request) }
    }

    /// Throws 429 instead of calling `body` if the request's address has to wait, and counts what `body` throws, against the address if the
    /// request is an attempt.
    private func paced<Value>(_ request: Request, isAttempt: Bool, _ body: () throws(Problem) -> Value) throws(Problem) -> Value {
        let address = Caller.current?.address(request.headers)
        let now = Edge.monotonicNow
        if let address, !address.isLoopback, let seconds = failures.secondsUntilAdmitted(address, at: now) {
            tooMany.increment()
            throw Problem(
                .tooManyRequests, detail: "too many wrong operator tokens came from this address: try again later", retryAfter: seconds)
        }
        do throws(Problem) { return try body() } catch {
            wrong.increment()
            if isAttempt, let address, !address.isLoopback { _ = failures.secondsToWait(address, at: now) }
            throw error
        }
    }

    /// The open session with this id, if the request may use it. An id cannot be guessed, so a wrong one does not count as an attempt.
    private func session(_ id: String, _ request: Request) throws(Problem) -> ConsoleSession {
        try ConsoleCookie.checkSite(of: request)
        // Streams reconnect by themselves.
        let isMarked = HTTPField.Name(ConsoleCookie.backgroundHeader).map { request.headers.contains($0) } ?? false
        let isBackground = isMarked || request.uri.path == "/events"
        guard let session = openSession(ConsoleSessions.key(of: id), isUse: !isBackground) else {
            wrong.increment()
            throw Self.signedOut
        }
        guard request.method != .get, request.method != .head else { return session }
        let shown = HTTPField.Name(ConsoleCookie.csrfHeader).map { request.headers[values: $0] } ?? []
        guard shown.count == 1, let token = shown.first, ConstantTime.equal(token, session.csrfToken) else {
            throw Problem(.forbidden, detail: "the header \(ConsoleCookie.csrfHeader) must have the token of the console's session")
        }
        return session
    }

    /// Nil if the session has ended, or if the token that opened it is no longer this operator's.
    private func openSession(_ key: [UInt8], isUse: Bool) -> ConsoleSession? {
        guard let session = sessions.session(key, isUse: isUse) else { return nil }
        guard isHeld(session.tokenDigest, by: session.operatorName) else {
            sessions.close(key)
            return nil
        }
        return session
    }

    private static let signedOut = Problem(.unauthorized, detail: "the console's session has ended: sign in again")

    private func admitted(_ request: Request) throws(Problem) -> Operator {
        switch BearerHeader(request) {
        case .missing: throw Self.refused("the header Authorization: Bearer OPERATOR_TOKEN is missing")
        case .several: throw Self.refused("the header Authorization occurs more than once")
        case .other: throw Self.refused("the header Authorization must be: Bearer OPERATOR_TOKEN")
        case .shown(let token):
            return try holder(of: token)
        }
    }

    private func holder(of token: String) throws(Problem) -> Operator {
        let tokens = tokens
        guard !tokens.isEmpty else { throw Self.refused("no operators are configured: the settings name them under operators") }
        guard let holder = tokens.holder(of: token) else { throw Self.refused("the operator token is not one of the configured ones") }
        return holder
    }

    private static func refused(_ detail: String) -> Problem {
        Problem(.unauthorized, detail: detail, headers: [.wwwAuthenticate: "Bearer"])
    }
}

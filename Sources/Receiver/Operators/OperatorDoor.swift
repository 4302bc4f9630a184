import Hummingbird
import Messaging
import Metrics
import Synchronization
import Telemetry

/// Admits operators to their routes, and slows down clients that try tokens.
/// After ten wrong tokens, an address is answered 429, whatever token it sends, until another attempt is allowed: one every six seconds.
/// This concerns only that address, so that nobody can lock out an operator from elsewhere. Loopback is exempt.
final class OperatorDoor: Sendable {
    private let current: Mutex<OperatorTokens>
    private let failures = AddressRates(perSecond: 1.0 / 6, burst: 10)
    private let wrong: Counter
    private let tooMany: Counter

    init(_ tokens: OperatorTokens, metrics: PrometheusMetrics) {
        current = Mutex(tokens)
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

    /// The action for a router: for all others it throws a problem, 401 or 429.
    func admitting(_ action: @escaping Action) -> RouteAction {
        { request, context in try await action(request, context, try self.operator(of: request)) }
    }

    /// Whether a request contains an operator's token, for a route that shows operators more than others. Never throws: a wrong token is
    /// only counted.
    func isOperator(_ request: Request) -> Bool {
        guard case .shown = BearerHeader(request) else { return false }
        return (try? self.operator(of: request)) != nil
    }

    private func `operator`(of request: Request) throws(Problem) -> Operator {
        let address = Caller.current?.address(request.headers)
        let now = Edge.monotonicNow
        if let address, !address.isLoopback, let seconds = failures.secondsUntilAdmitted(address, at: now) {
            tooMany.increment()
            throw Problem(
                .tooManyRequests, detail: "too many wrong operator tokens came from this address: try again later", retryAfter: seconds)
        }
        do throws(Problem) { return try admitted(request) } catch {
            wrong.increment()
            // A request without a token is not an attempt.
            if case .shown = BearerHeader(request), let address, !address.isLoopback { _ = failures.secondsToWait(address, at: now) }
            throw error
        }
    }

    private func admitted(_ request: Request) throws(Problem) -> Operator {
        switch BearerHeader(request) {
        case .missing: throw Self.refused("the header Authorization: Bearer OPERATOR_TOKEN is missing")
        case .several: throw Self.refused("the header Authorization occurs more than once")
        case .other: throw Self.refused("the header Authorization must be: Bearer OPERATOR_TOKEN")
        case .shown(let token):
            let tokens = tokens
            guard !tokens.isEmpty else { throw Self.refused("no operators are configured: the settings name them under operators") }
            guard let holder = tokens.holder(of: token) else {
                throw Self.refused("the operator token is not one of the configured ones")
            }
            return holder
        }
    }

    private static func refused(_ detail: String) -> Problem {
        Problem(.unauthorized, detail: detail, headers: [.wwwAuthenticate: "Bearer"])
    }
}

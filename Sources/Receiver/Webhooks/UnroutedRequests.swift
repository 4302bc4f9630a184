import HTTPTypes
import Hummingbird
import Logging
import Messaging
import Synchronization

/// Counts the requests that no route accepts, and warns of those that were probably webhooks: if a provider's URL is mistyped, no other log
/// line says why nothing arrives. Scanners request thousands of paths, so there is at most one warning per kind and minute.
final class UnroutedRequests: Sendable {
    private let counts: EdgeCounts
    private let logger: Logger
    /// The paths that accept webhooks: `/webhooks/kiosk/lobby, …`.
    private let paths: String
    private let adapters: Set<String>
    private let tally = Mutex(MinuteTally<Kind>())
    private let now: TimeSource

    /// The probable mistake; a fixed set, whatever is requested.
    private enum Kind: Hashable {
        case account
        case path
        case method

        var sentence: Logger.Message {
            switch self {
            case .account: "a request came to the path of a webhook whose account is not configured"
            case .path: "a request that looks like a webhook came to a path that is not a webhook's"
            case .method: "a request came to a webhook's path with a method that it does not take"
            }
        }
    }

    init(_ webhooks: [AccountWebhook], edge: Edge, now: @escaping TimeSource) {
        counts = edge.counts
        logger = edge.logger
        let shown = webhooks.prefix(Self.mostPaths).map(\.path).joined(separator: ", ")
        paths = webhooks.isEmpty ? "none" : shown + (webhooks.count > Self.mostPaths ? ", …" : "")
        adapters = Set(webhooks.map(\.endpoint.account.adapter.rawValue))
        self.now = now
    }

    private static let mostPaths = 8
    private static let mostParts = 6

    /// Counts and logs a request. `problem` is its answer; `details` is its connection's logger.
    func note(_ request: Request, answered problem: Problem, from caller: IPAddress?, to details: Logger) {
        let isMethod = problem.status == .methodNotAllowed
        counts.add(isMethod ? .unknownMethod : .unknownPath)
        let parts = request.uri.path.split(separator: "/")
        var metadata: Logger.Metadata = [
            "http.method": "\(request.method.rawValue.loggedWord)", "http.path": "\(Self.logged(parts))",
            "http.status": .stringConvertible(problem.status.code),
        ]
        metadata["client.address"] = caller.map { "\($0)" }
        metadata["hb.request.id"] = problem.requestID.map { "\($0)" }
        details.debug("request refused", metadata: metadata)
        guard let kind = kind(of: parts, isMethod: isMethod), let count = tally.withLock({ $0.add(1, of: kind, at: now()) }) else { return }
        metadata["request.count"] = .stringConvertible(count)
        metadata["advice"] = "correct the URL where it was entered, or add the account to the settings; webhooks of this gateway: \(paths)"
        logger.warning(kind.sentence, metadata: metadata)
    }

    /// Nil if the request does not look like a webhook.
    private func kind(of parts: [Substring], isMethod: Bool) -> Kind? {
        if parts.first == "webhooks" { return isMethod ? .method : .account }
        let isLike = parts.prefix(Self.mostParts).contains { part in
            adapters.contains(part.lowercased()) || NearestName.of(String(part), among: ["webhooks"]) != nil
        }
        return isLike && !isMethod ? .path : nil
    }

    /// The path in a form that may be logged: parts that are clearly words, and the length of all others.
    private static func logged(_ parts: [Substring]) -> String {
        parts.prefix(mostParts).map { "/" + String($0).loggedWord }.joined() + (parts.count > mostParts ? "/…" : "")
    }
}

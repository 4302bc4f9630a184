import Messaging
import NIOHTTP1
import Signing

/// Decides which webhooks can be accepted without a route.
///
/// A request that does not meet all conditions goes to the route of its path, which can handle everything.
public struct DirectWebhooks: Sendable {
    private let current: CurrentWebhooks
    let bodies: BodyMemory
    let proxies: TrustedProxies
    /// The most bytes of a body; longer ones are read on another thread, or refused.
    let bodyLimit: Int
    let requests: RequestSpans
    /// Whether deliveries are traced: the only thing that a delivery asks about spans if they are not.
    let isTraced: Bool

    init(_ current: CurrentWebhooks, edge: Edge, requests: RequestSpans, bodyLimit: Int) {
        self.current = current
        bodies = edge.bodies
        proxies = edge.limits.trustedProxies
        self.requests = requests
        isTraced = requests.isOn
        self.bodyLimit = min(bodyLimit, LargeBodyExecutor.threshold)
    }

    /// The request's webhook, if it can be accepted without a route: the path is spelled like the account's, the body is short or of
    /// unknown length, the account is within its rate, and it is not a trial delivery.
    func webhook(for head: HTTPRequestHead) -> AccountWebhook? {
        guard head.method == .POST, let webhook = current.byPath[Self.path(of: head.uri)] else { return nil }
        if let length = head.headers.first(name: "Content-Length") {
            guard let length = Int(length), length <= bodyLimit else { return nil }
        }
        return webhook.isWithinRate && !head.headers.contains(name: TrialMark.header) ? webhook : nil
    }

    private static func path(of target: String) -> String {
        target.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(target[..<$0]) } ?? target
    }
}

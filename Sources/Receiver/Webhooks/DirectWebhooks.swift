import Messaging
import NIOHTTP1

/// Decides which webhooks can be accepted without a route.
///
/// A request that does not meet all conditions goes to the route of its path, which can handle everything.
public struct DirectWebhooks: Sendable {
    private let current: CurrentWebhooks
    let bodies: BodyMemory
    let proxies: TrustedProxies
    /// The most bytes of a body; longer ones are read on another thread, or refused.
    let bodyLimit: Int

    init(_ current: CurrentWebhooks, edge: Edge, bodyLimit: Int) {
        self.current = current
        bodies = edge.bodies
        proxies = edge.limits.trustedProxies
        self.bodyLimit = min(bodyLimit, LargeBodyExecutor.threshold)
    }

    /// The request's webhook, if it can be accepted without a route: the path is spelled like the account's, the body is short or of
    /// unknown length, and the account is within its rate.
    func webhook(for head: HTTPRequestHead) -> AccountWebhook? {
        guard head.method == .POST, let webhook = current.byPath[Self.path(of: head.uri)] else { return nil }
        if let length = head.headers.first(name: "Content-Length") {
            guard let length = Int(length), length <= bodyLimit else { return nil }
        }
        return webhook.isWithinRate ? webhook : nil
    }

    private static func path(of target: String) -> String {
        target.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(target[..<$0]) } ?? target
    }
}

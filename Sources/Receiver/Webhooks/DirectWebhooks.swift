import Messaging
import NIOHTTP1

/// The webhooks that need no route: which requests they are.
///
/// A request that any of it does not hold for goes to the route of its path, which does the same and more.
public struct DirectWebhooks: Sendable {
    /// By their paths. An account that asks for a client's certificate has to wait for it, so it is not among them.
    private let webhooks: [String: AccountWebhook]
    let bodies: BodyMemory
    let proxies: TrustedProxies
    /// The longest body, in bytes: longer ones are read beside the loop, or refused.
    let bodyLimit: Int

    init(_ webhooks: [AccountWebhook], edge: Edge, bodyLimit: Int) {
        self.webhooks = Dictionary(
            webhooks.filter { $0.endpoint.account.clientName == nil }.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        bodies = edge.bodies
        proxies = edge.limits.trustedProxies
        self.bodyLimit = min(bodyLimit, LargeBodyExecutor.threshold)
    }

    /// The webhook that a request is for, where it may be taken without a route: its path is written as the account's is, its body is short
    /// or of unknown length, and the account's rate has something left.
    func webhook(for head: HTTPRequestHead) -> AccountWebhook? {
        guard head.method == .POST, let webhook = webhooks[Self.path(of: head.uri)] else { return nil }
        if let length = head.headers.first(name: "Content-Length") {
            guard let length = Int(length), length <= bodyLimit else { return nil }
        }
        return webhook.isWithinRate ? webhook : nil
    }

    private static func path(of target: String) -> String {
        target.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(target[..<$0]) } ?? target
    }
}

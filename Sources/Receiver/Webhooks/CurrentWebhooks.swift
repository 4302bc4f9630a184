import Messaging
import Synchronization

/// The webhooks that are accepted in front of the routes. A reload of the settings replaces them all at once; a delivery that has begun
/// keeps the account's webhook with which it began.
final class CurrentWebhooks: Sendable {
    private let state: Mutex<[String: AccountWebhook]>

    init(_ webhooks: [AccountWebhook]) { state = Mutex(Self.direct(webhooks)) }

    /// The webhooks by path. Each request reads this once, which takes as long as an uncontended lock.
    var byPath: [String: AccountWebhook] { state.withLock { $0 } }

    func replace(by webhooks: [AccountWebhook]) {
        let direct = Self.direct(webhooks)
        state.withLock { $0 = direct }
    }

    /// Accounts that require a client certificate are not among them, since reading it involves waiting.
    private static func direct(_ webhooks: [AccountWebhook]) -> [String: AccountWebhook] {
        Dictionary(
            webhooks.filter { $0.endpoint.account.clientName == nil }.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

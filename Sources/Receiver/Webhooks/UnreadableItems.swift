import Logging
import Messaging
import Metrics
import Synchronization
import Telemetry

/// Counts an account's unreadable items, and logs those of providers: one line per minute and kind. A client learns of them from the
/// answer.
final class UnreadableItems: Sendable {
    private let account: Account
    /// Nil for a client, who gets the errors in the answer.
    private let logger: Logger?
    private let count: Counter
    private let tally = Mutex(MinuteTally<String>())

    init(_ endpoint: Endpoints.Entry, _ edge: Edge) {
        account = endpoint.account
        logger = endpoint.sender == .provider ? edge.logger : nil
        count = edge.metrics.counter(
            "switchboard_items_unreadable_total", "Items of webhooks that could not be read.",
            labels: [("adapter", account.adapter.rawValue), ("account", account.name.rawValue)])
    }

    /// Records the unreadable items of a durable delivery.
    func tell(_ items: [UnreadableItem], at now: Instant) {
        count.increment(by: items.reduce(0) { $0 + $1.count })
        guard let logger else { return }
        let kinds = Dictionary(items.map { (Self.kind(of: $0), $0.count) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
        for (kind, number) in kinds {
            guard let count = tally.withLock({ $0.add(number, of: kind, at: now) }) else { continue }
            logger.warning(
                "an item of a provider's webhook cannot be read: it is kept as a dead letter",
                metadata: [
                    "delivery.adapter": "\(account.adapter)", "delivery.account": "\(account.name)", "error": "\(kind)",
                    "item.count": .stringConvertible(count),
                ])
        }
    }

    /// The error without the item's place in its list: `entry[].changes[].value.messages[].id is missing`.
    private static func kind(of item: UnreadableItem) -> String {
        item.count > 1 ? "further items of a delivery" : item.error.logged.replacing(/\[[0-9]+\]/, with: "[]")
    }
}

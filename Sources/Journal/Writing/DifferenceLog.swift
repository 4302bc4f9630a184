import Logging
import Messaging

/// An item that differs from the stored one of its id, and whose delivery is kept for that.
struct KeptDifference {
    let table: ItemTable
    let adapter: AdapterKind
    let account: AccountName
    let deliveryID: DeliveryID

    init(_ item: DeliveredItem) {
        table = item.table
        adapter = item.delivery.adapter
        account = item.delivery.account
        deliveryID = item.deliveryID
    }
}

/// Tells of items that differ from what is stored: one line a minute for each account's table, with how many there were since the last one.
/// Nothing that an item says is in it; the delivery's id leads there.
struct DifferenceLog {
    private let logger: Logger
    /// Accounts are configured, so there are few.
    private var kinds: [Kind: State] = [:]

    private struct Kind: Hashable {
        let table: ItemTable
        let adapter: AdapterKind
        let account: AccountName
    }

    private struct State {
        var untold = 0
        var toldAt: Instant?
    }

    init(_ logger: Logger) { self.logger = logger }

    /// What a transaction found, once it is durable.
    mutating func tell(_ differences: [KeptDifference], at now: Instant) {
        for difference in differences {
            guard let count = note(difference, at: now) else { continue }
            logger.notice(
                "an item says something else than the stored one of its id; its delivery is kept",
                metadata: [
                    "item.table": "\(difference.table.rawValue)", "delivery.adapter": "\(difference.adapter)",
                    "delivery.account": "\(difference.account)", "delivery.id": "\(difference.deliveryID)", "item.count": "\(count)",
                ])
        }
    }

    /// How many there are to tell of; nil while a line of the last minute stands for them.
    mutating func note(_ difference: KeptDifference, at now: Instant) -> Int? {
        let kind = Kind(table: difference.table, adapter: difference.adapter, account: difference.account)
        var state = kinds[kind] ?? State()
        state.untold += 1
        defer { kinds[kind] = state }
        if let toldAt = state.toldAt, now < toldAt.adding(.seconds(60)), now >= toldAt { return nil }
        defer { state.untold = 0 }
        state.toldAt = now
        return state.untold
    }
}

import Logging
import Messaging

/// Items that differ from the stored ones of their ids, here or in the shared database, and whose deliveries are kept.
struct KeptDifference {
    let table: ItemTable
    let adapter: AdapterKind
    let account: AccountName
    let deliveryID: DeliveryID?
    let count: Int
    /// Whether it is stored here, and differs from what the shared database has.
    let isOfDatabase: Bool

    init(_ item: DeliveredItem) {
        table = item.table
        adapter = item.delivery.adapter
        account = item.delivery.account
        deliveryID = item.deliveryID
        count = 1
        isOfDatabase = false
    }

    init(_ rows: DifferingRows) {
        table = rows.table
        adapter = rows.adapter
        account = rows.account
        deliveryID = rows.deliveryID
        count = rows.count
        isOfDatabase = true
    }
}

/// Tells of items that differ from what is stored: one line a minute for each account's table, with how many there were since the last one.
/// Nothing that an item says is in it; the delivery's id leads there.
struct DifferenceLog {
    private let logger: Logger
    /// Accounts are configured, so there are few.
    private var tally = MinuteTally<Kind>()

    private struct Kind: Hashable {
        let table: ItemTable
        let adapter: AdapterKind
        let account: AccountName
        let isOfDatabase: Bool
    }

    init(_ logger: Logger) { self.logger = logger }

    /// What a transaction found, once it is durable.
    mutating func tell(_ differences: [KeptDifference], at now: Instant) {
        for difference in differences {
            guard let count = note(difference, at: now) else { continue }
            var metadata: Logger.Metadata = [
                "item.table": "\(difference.table.rawValue)", "delivery.adapter": "\(difference.adapter)",
                "delivery.account": "\(difference.account)", "item.count": .stringConvertible(count),
            ]
            if let id = difference.deliveryID { metadata["delivery.id"] = "\(id)" }
            logger.notice(Self.sentence(of: difference), metadata: metadata)
        }
    }

    private static func sentence(of difference: KeptDifference) -> Logger.Message {
        difference.isOfDatabase
            ? "an item differs from the item with the same id that Supabase stored first: both are kept"
            : "an item differs from the stored item with the same id: its delivery is kept"
    }

    /// How many there are to tell of; nil while a line of the last minute stands for them.
    mutating func note(_ difference: KeptDifference, at now: Instant) -> Int? {
        let kind = Kind(
            table: difference.table, adapter: difference.adapter, account: difference.account, isOfDatabase: difference.isOfDatabase)
        return tally.add(difference.count, of: kind, at: now)
    }
}

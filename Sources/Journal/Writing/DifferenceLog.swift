import Logging
import Messaging

/// Items of one delivery that differ from the stored items with the same ids, here or in the shared database. Their delivery is kept.
struct KeptDifference {
    let table: ItemTable
    let adapter: AdapterKind
    let account: AccountName
    let deliveryID: DeliveryID?
    let count: Int
    /// Whether the item is stored here and differs from the item in the shared database.
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

/// Logs items that differ from the stored ones: for each account and table at most one line per minute, with the number of such items since
/// the last line. It logs no content; the delivery can be found by its id.
struct DifferenceLog {
    private let logger: Logger
    /// The number of accounts is bounded by the settings, so there are few kinds.
    private var tally = MinuteTally<Kind>()

    private struct Kind: Hashable {
        let table: ItemTable
        let adapter: AdapterKind
        let account: AccountName
        let isOfDatabase: Bool
    }

    init(_ logger: Logger) { self.logger = logger }

    /// Logs the differences that a transaction found, once it is durable.
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

    /// The number of differences to log now; nil if this kind was logged within the last minute.
    mutating func note(_ difference: KeptDifference, at now: Instant) -> Int? {
        let kind = Kind(
            table: difference.table, adapter: difference.adapter, account: difference.account, isOfDatabase: difference.isOfDatabase)
        return tally.add(difference.count, of: kind, at: now)
    }
}

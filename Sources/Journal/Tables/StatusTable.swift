import Messaging
import SQLiteStore

/// The table `message_statuses`, as the writer uses it.
struct StatusTable {
    private let insertStatement: PreparedRowStatement<StatusRow>
    private let findFormerStatement: PreparedStatement
    private let sequence: LogSequence
    private let keys: StoredKeys
    private let adapters: [AdapterKind: AdapterTraits]

    init(_ db: Database, _ sequence: LogSequence, _ keys: StoredKeys, _ adapters: [AdapterKind: AdapterTraits]) throws {
        self.sequence = sequence
        self.keys = keys
        self.adapters = adapters
        insertStatement = try PreparedRowStatement(db, Tables.statuses.insert())
        findFormerStatement = try PreparedStatement(db, "SELECT errors FROM message_statuses WHERE seq = ?")
    }

    /// Stores a status; false if it is stored already.
    func insert(_ status: MessageStatus, _ item: DeliveredItem) throws -> Bool {
        if try isStoredUnderFormerKey(status, item) { return false }
        guard try keys.number(of: item.rowKey, in: .statuses) == nil else { return false }
        let rank = adapters[item.delivery.adapter]?.statusRanks[status.status]
        try insertStatement.run(
            StatusRow(sequence: sequence.next, status: status, rank: rank.map { Int64($0) }, item: item))
        keys.add(item.rowKey, sequence.next)
        sequence.use()
        return true
    }

    /// Whether an earlier version stored the status under another key: one that depended on the notation of its JSON, or one without the
    /// errors of a failure. A status that now arrives in another notation is not found by the former, since no index leads to the statuses
    /// of a message. The database recognizes a failure (`is_failure_known`).
    private func isStoredUnderFormerKey(_ status: MessageStatus, _ item: DeliveredItem) throws -> Bool {
        let errors = status.errors.map(DeliveredItem.canonicalText)
        return try item.formerKeys(of: status).contains { key in
            guard let number = try keys.number(of: key, in: .statuses) else { return false }
            return try findFormerStatement.first({ $0.integer(number) }) { row in
                row.string(0).map(DeliveredItem.canonicalText) == errors
            } ?? false
        }
    }
}

/// A row of `message_statuses`.
struct StatusRow {
    var sequence: Int64 = 0
    let status: MessageStatus
    /// Its rank among the status words of its provider; nil if the word is unknown.
    var rank: Int64?
    let item: DeliveredItem
}

extension Tables {
    static let statuses = Table<StatusRow>(
        "message_statuses",
        [
            .sequence { $0.sequence }, Column("status_id", .integer, .shown, in: .database) { $1.null() },
            .text("provider") { $0.item.delivery.adapter.rawValue }, .text("account") { $0.item.delivery.account.rawValue },
            .made("line", .name) { $0.item.event.line?.rawValue }, .made("external_id", .name) { $0.item.externalID },
            .made("status", .word) { $0.status.status },
            Column("rank", .small, .shown) { $1.integer($0.rank) }, .time("occurred_at", isMade: true) { $0.item.occurredAt },
            .time("received_at") { $0.item.delivery.receivedAt }, .made("recipient", .phone) { $0.status.recipient },
            .madeJSON("errors") { $0.status.errors }, .madeJSON("detail") { $0.item.tellingID($0.status.detail) },
            .id("delivery_id") { $0.item.deliveryID },
            Column("item_key", .digest, .shown) { $1.blob($0.item.rowKey) },
        ])
}

import Messaging
import SQLiteStore

/// The table `refused_deliveries`, as the writer uses it.
struct RefusedTable {
    private let insertStatement: PreparedStatement
    private let deleteStatement: PreparedStatement
    private let adapters: [AdapterKind: AdapterTraits]

    init(_ db: Database, _ adapters: [AdapterKind: AdapterTraits]) throws {
        self.adapters = adapters
        insertStatement = try PreparedStatement(
            db,
            """
            INSERT INTO refused_deliveries (bytes_so_far, delivery_id, adapter, account, received_at, method, target, headers, body, status, reason)
            VALUES ((SELECT coalesce(max(bytes_so_far), 0) FROM refused_deliveries) + ?,?,?,?,?,?,?,?,?,?,?)
            """)
        // Only the oldest are ever removed, so that the numbers of the others follow each other.
        deleteStatement = try PreparedStatement(
            db,
            """
            DELETE FROM refused_deliveries WHERE bytes_so_far <= (SELECT max(bytes_so_far) FROM refused_deliveries) - ?
              OR refused_seq <= (SELECT max(refused_seq) FROM refused_deliveries) - ?
            """)
    }

    /// Keeps one, and lets go of the oldest that are more than the limits allow.
    func insert(_ delivery: Delivery, as id: DeliveryID, _ refusal: Capture.Refusal, _ limits: RefusedLimits) throws {
        let headers = delivery.keptHeaders(of: adapters[delivery.adapter], ownedBy: nil)
        try insertStatement.run { row in
            row.integer(Int64(delivery.body.count + headers.count + 256))
            row.id(id)
            row.text(delivery.adapter.rawValue)
            row.text(delivery.account.rawValue)
            row.instant(delivery.receivedAt)
            row.text(delivery.method)
            row.text(delivery.target)
            row.text(utf8: headers[...])
            row.blob(delivery.body)
            row.integer(Int64(refusal.status))
            row.text(refusal.reason)
        }
        try deleteStatement.run { row in
            row.integer(Int64(limits.bytes))
            row.integer(Int64(limits.count))
        }
    }
}

/// How many refused deliveries are kept: anybody may send them.
struct RefusedLimits: Sendable {
    var count = 10_000
    /// Of all together.
    var bytes = 64 << 20
    /// Of one; a longer one is not kept, rather than a part of it.
    var bodyBytes = 1 << 20
}

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
        // Only the oldest are ever removed, so that the other numbers stay consecutive.
        deleteStatement = try PreparedStatement(
            db,
            """
            DELETE FROM refused_deliveries WHERE bytes_so_far <= (SELECT max(bytes_so_far) FROM refused_deliveries) - ?
              OR refused_seq <= (SELECT max(refused_seq) FROM refused_deliveries) - ?
            """)
    }

    /// Stores a refused delivery, and removes the oldest ones that exceed the limits.
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

/// The limits for refused deliveries, which anybody can send.
struct RefusedLimits: Sendable {
    var count = 10_000
    /// The most bytes of all together.
    var bytes = 64 << 20
    /// The most bytes of one body; a larger delivery is not kept at all, rather than in part.
    var bodyBytes = 1 << 20
}

import Messaging
import SQLiteStore
import Synchronization
import Watchdog

extension Journal {
    /// Keeps a refused delivery if the settings say so. It is kept whole or not at all, only a few per second, and replaces the oldest
    /// ones. The caller does not wait for it, and a failure has no effect.
    public func keepRefused(_ delivery: Delivery, status: Int, reason: String) {
        let limits = RefusedLimits()
        let now = now()
        guard configuration.keepRefused, delivery.body.count <= limits.bodyBytes, refusals.withLock({ $0.take(at: now) }) else { return }
        submit(Work("keeping a refused delivery")) { writer in
            let id: DeliveryID = writer.nextID(at: delivery.receivedAt)
            try writer.refused.insert(delivery, as: id, Capture.Refusal(status: status, reason: reason), limits)
        }
    }
}

extension JournalReader {
    /// Refused deliveries, latest first. None of them matches a phone, customer or external id, since their items were not read.
    public func refusedCaptures(_ filter: CaptureFilter, limit: Int) async throws(JournalError) -> [Capture] {
        guard !filter.asksForItems else { return [] }
        return try await readCaptures { db in
            var captures: [Capture] = []
            let sql = "SELECT \(RefusedColumns.list) FROM refused_deliveries ORDER BY refused_seq DESC"
            try db.statement(sql).forEach { row in
                if let capture = Capture(refused: row), filter.includes(capture.delivery) { captures.append(capture) }
                return captures.count < limit
            }
            return captures
        }
    }
}

/// The columns that are read of a refused delivery's row.
private enum RefusedColumns {
    static let list = "delivery_id, status, reason, adapter, account, received_at, method, target, headers, body"
}

extension Capture {
    /// Reads a row of `RefusedColumns`.
    fileprivate init?(refused row: ColumnReader) {
        guard let id: DeliveryID = row.id(0), let delivery = Delivery(row, from: 3) else { return nil }
        let refusal = Refusal(status: Int(row.integer(1)), reason: row.string(2) ?? "")
        self.init(delivery, at: CaptureOrigin(row: id, at: 0), state: .refused, refusal: refusal)
    }

    /// The refused delivery with an id.
    static func refused(_ db: Database, _ id: DeliveryID) throws -> Capture? {
        let sql = "SELECT \(RefusedColumns.list) FROM refused_deliveries WHERE delivery_id = ?"
        return try db.statement(sql).first({ $0.id(id) }) { Capture(refused: $0) } ?? nil
    }
}

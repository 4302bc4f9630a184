import JSON
import Messaging
import SQLiteStore

/// Reads captures from the rows of `deliveries`, each combined with its form.
struct CaptureRows {
    private let filter: CaptureFilter

    init(_ filter: CaptureFilter = CaptureFilter()) { self.filter = filter }

    private static let columns = "last_seq, delivery_id, adapter, account, received_at, method, target, headers, body"
    /// Whether a row's form exists. A row without its form cannot be read, and is skipped so that later rows can be; `JournalReader.check`
    /// reports it.
    static let hasForm = "adapter IS NOT NULL"
    /// Whether a delivery `d` has an unresolved dead letter.
    static let isDeadLetter =
        "EXISTS (SELECT 1 FROM dead_letters l WHERE l.delivery_id = d.delivery_id AND l.resolved_at IS NULL)"

    /// Calls `body` with the captures at these positions in order, until it returns false.
    func forEach(_ db: Database, in positions: ClosedRange<Int64>, limit: Int, _ body: (Capture) throws -> Bool) throws {
        var conditions = ["last_seq BETWEEN ? AND ?", Self.hasForm]
        if filter.since != nil { conditions.append("received_at >= ?") }
        if filter.until != nil { conditions.append("received_at < ?") }
        if filter.adapter != nil { conditions.append("adapter = ?") }
        if filter.account != nil { conditions.append("account = ?") }
        if !filter.includes(.accepted) { conditions.append(Self.isDeadLetter) }
        if !filter.includes(.deadLetter) { conditions.append("NOT \(Self.isDeadLetter)") }
        let sql = """
            SELECT \(Self.columns), \(Self.isDeadLetter) FROM whole_deliveries d WHERE \(conditions.joined(separator: " AND "))
            ORDER BY last_seq LIMIT ?
            """
        try db.statement(sql).forEach({ values in
            values.integer(positions.lowerBound)
            values.integer(positions.upperBound)
            if let since = filter.since { values.instant(since) }
            if let until = filter.until { values.instant(until) }
            if let adapter = filter.adapter { values.text(adapter.rawValue) }
            if let account = filter.account { values.text(account.rawValue) }
            values.integer(Int64(limit))
        }) { row in
            guard let capture = Capture(row) else { return true }
            return try body(capture)
        }
    }

    /// The capture with an id; nil if no row has it.
    static func capture(_ db: Database, _ id: DeliveryID) throws -> Capture? {
        guard let number = try IDSearch(db).number(of: id.description, in: .deliveries) else { return nil }
        let sql = "SELECT \(columns), \(isDeadLetter) FROM whole_deliveries d WHERE last_seq = ?"
        return try db.statement(sql).first({ $0.integer(number) }) { Capture($0) } ?? nil
    }
}

extension CaptureOrigin {
    /// Makes the origin of a row; the reader of the journal adds the path.
    init(row id: DeliveryID, at position: Int64) { self.init("", .row(id, position: position)) }
}

extension Capture {
    /// Reads a row of `columns`, followed by whether it has an unresolved dead letter.
    fileprivate init?(_ row: ColumnReader) {
        guard let id: DeliveryID = row.id(1), let delivery = Delivery(row, from: 2) else { return nil }
        self.init(delivery, at: CaptureOrigin(row: id, at: row.integer(0)), state: row.integer(9) == 0 ? .accepted : .deadLetter)
    }
}

extension Delivery {
    /// Reads adapter, account, received_at, method, target, headers and body from consecutive columns, starting at `first`.
    init?(_ row: ColumnReader, from first: Int32) {
        guard let adapter = row.string(first), let account = row.string(first + 1), let receivedAt = row.instant(first + 2) else {
            return nil
        }
        self.init(
            adapter: AdapterKind(adapter), account: AccountName(account), receivedAt: receivedAt, method: row.string(first + 3) ?? "POST",
            target: row.string(first + 4) ?? "", headers: Delivery.headers(kept: row.blob(first + 5)), body: row.blob(first + 6))
    }

    /// Parses headers as `keptHeaders` writes them.
    private static func headers(kept text: [UInt8]) -> [Header] {
        guard let list = try? JSON(parsing: text) else { return [] }
        return list.elements.compactMap { pair in
            var parts = pair.elements
            guard let name = parts.next()?.string, let value = parts.next()?.string else { return nil }
            return Header(lowercase: name, value)
        }
    }
}

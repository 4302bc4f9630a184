import SQLiteStore

/// A table whose rows are part of a stream of events, with the columns that the stream needs.
struct StreamedTable: Sendable {
    private let columns: RecordColumns
    /// The query for rows; its parameters are the numbers after which and up to which to read.
    let query: String
    private let word: String
    private let time: String
    private let kind: StreamedKind?

    /// `kind` is nil for the table that has the kind in a column.
    private init(_ table: TableDescription, word: String, time: String, kind: StreamedKind? = nil) {
        columns = RecordColumns(table.carried.filter { $0.kind != .digest }, from: 1)
        query = "SELECT t.seq, \(columns.list(of: "t")) FROM \(table.name) t WHERE t.seq > ? AND t.seq <= ? ORDER BY t.seq"
        self.word = word
        self.time = time
        self.kind = kind
    }

    /// All tables of the stream.
    static let all = [
        StreamedTable(Tables.messages.description, word: "type", time: "sent_at", kind: .message),
        StreamedTable(Tables.statuses.description, word: "status", time: "occurred_at", kind: .status),
        StreamedTable(Tables.events.description, word: "type", time: "occurred_at"),
    ]

    /// Makes an item from a row of the query.
    func item(_ row: ColumnReader) -> StreamedItem {
        StreamedItem(
            sequence: row.integer(0), kind: kind ?? columns.value("kind", row).flatMap(StreamedKind.init) ?? .unsupported,
            word: columns.value(word, row) ?? "", provider: columns.value("provider", row) ?? "",
            account: columns.value("account", row) ?? "", channel: columns.value("channel", row),
            contactID: columns.value("contact_id", row), deliveryID: columns.value("delivery_id", row) ?? "",
            time: columns.value(time, row), record: columns.record(row))
    }
}

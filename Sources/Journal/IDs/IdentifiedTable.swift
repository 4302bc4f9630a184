/// The tables whose rows have an id made by the gateway, and are found by ranges of ids rather than an index (Docs/Decisions/0015).
enum IdentifiedTable: String, CaseIterable {
    case messages
    case events
    case deliveries

    /// The column that contains the id.
    var id: String {
        switch self {
        case .messages: "message_id"
        case .events: "event_id"
        case .deliveries: "delivery_id"
        }
    }

    /// The column that contains the number.
    var number: String { self == .deliveries ? "last_seq" : "seq" }

    /// The table's rows in the index that an earlier version left, which covers the rows up to a number. SQLite uses a partial index only
    /// if the query contains the index's condition literally.
    func indexed(to end: Int64) -> String { "\(rawValue) INDEXED BY \(index) WHERE \(number) <= \(end)" }

    var index: String { "\(rawValue)_id" }
}

/// The tables whose rows have an id of the gateway that leads to them by ranges of numbers, not by an index (Docs/Decisions/0015).
enum IdentifiedTable: String, CaseIterable {
    case messages
    case events
    case deliveries

    /// The column with the id.
    var id: String {
        switch self {
        case .messages: "message_id"
        case .events: "event_id"
        case .deliveries: "delivery_id"
        }
    }

    /// The column with the number.
    var number: String { self == .deliveries ? "last_seq" : "seq" }

    /// The index that an earlier version left, of the rows up to a number: SQLite uses it for a query that has its condition word for word.
    func indexed(to end: Int64) -> String { "\(rawValue) INDEXED BY \(index) WHERE \(number) <= \(end)" }

    var index: String { "\(rawValue)_id" }
}

import Messaging
import SQLiteStore

/// A column of a table that both the journal and the shared database have, described once. The insert, the rows that the sync sends, the
/// comparison of `--diff`, the masks of the log, and the check of the database's schema are all derived from it.
public struct ColumnDescription: Sendable, Equatable {
    /// The name in both stores.
    public let name: String
    public let kind: Kind
    /// How its values appear in the log.
    public let mask: Mask
    /// Which of the two stores has the column.
    let home: Home
    /// Whether an adapter produces its values, so that they can be produced again and compared.
    let isMade: Bool

    /// The type of its values. The journal stores uuids, times and JSON as text. A digest is 16 bytes in the journal, and their hex digits
    /// in the database.
    public enum Kind: Sendable {
        case uuid, text, time, json, boolean, small, integer, digest, bytes
    }

    /// How a value appears in the log.
    public enum Mask: Sendable {
        /// Unchanged: words of the contract, ids made by the gateway, and times.
        case shown
        /// Unchanged if it is plainly a word for a kind of thing (`loggedWord`); otherwise only its length.
        case word
        /// The provider's or client's name for an item or a line, with any number in it masked.
        case name
        /// Only the last digits.
        case phone
        /// Hidden completely.
        case secret
        /// Only the length: texts that people wrote, or their names.
        case length
    }

    /// The stores that have a column.
    enum Home: Sendable {
        /// The journal and the database; the sync sends it.
        case both
        case journal
        case database
    }
}

/// A column, with how its value is taken from a `Row`.
struct Column<Row>: Sendable {
    let description: ColumnDescription
    /// Adds the row's value as the next parameter of a statement.
    let write: @Sendable (Row, inout RowBuffer) -> Void

    init(
        _ name: String, _ kind: ColumnDescription.Kind, _ mask: ColumnDescription.Mask, in home: ColumnDescription.Home = .both,
        isMade: Bool = false, _ write: @escaping @Sendable (Row, inout RowBuffer) -> Void
    ) {
        description = ColumnDescription(name: name, kind: kind, mask: mask, home: home, isMade: isMade)
        self.write = write
    }

    /// A column of ids made by the gateway.
    static func id<Subject>(_ name: String, _ value: @escaping @Sendable (Row) -> Identifier<Subject>?) -> Column {
        Column(name, .uuid, .shown) { $1.id(value($0)) }
    }

    /// A column of times.
    static func time(_ name: String, isMade: Bool = false, _ value: @escaping @Sendable (Row) -> Instant?) -> Column {
        Column(name, .time, .shown, isMade: isMade) { $1.instant(value($0)) }
    }

    /// A column of texts that do not come from an adapter.
    static func text(
        _ name: String, _ mask: ColumnDescription.Mask = .shown, _ value: @escaping @Sendable (Row) -> String?
    ) -> Column {
        Column(name, .text, mask) { $1.text(value($0)) }
    }

    /// A column of texts that an adapter produces.
    static func made(_ name: String, _ mask: ColumnDescription.Mask, _ value: @escaping @Sendable (Row) -> String?) -> Column {
        Column(name, .text, mask, isMade: true) { $1.text(value($0)) }
    }

    /// A column of JSON that an adapter produces.
    static func madeJSON(_ name: String, _ value: @escaping @Sendable (Row) -> String?) -> Column {
        Column(name, .json, .length, isMade: true) { $1.text(value($0)) }
    }

    /// The number of the row in the order of all commits, by which the sync finds it.
    static func sequence(_ value: @escaping @Sendable (Row) -> Int64) -> Column {
        Column("seq", .integer, .shown, in: .journal) { $1.integer(value($0)) }
    }
}

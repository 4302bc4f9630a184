import Messaging
import SQLiteStore

/// A column of a table that the journal and the shared database have, described once. The insert, what the sync carries, what `--diff` compares,
/// what a log shows and what the database must have are read from it.
public struct ColumnDescription: Sendable, Equatable {
    /// As in both stores.
    public let name: String
    public let kind: Kind
    /// How a log shows its values.
    public let mask: Mask
    /// Which of the two stores has it.
    let home: Home
    /// Whether an adapter makes its values, so that they can be made again and compared.
    let isMade: Bool

    /// What its values are. The journal has uuids, times and JSON as text. A digest is 16 bytes here, and their digits in hex there.
    public enum Kind: Sendable {
        case uuid, text, time, json, boolean, small, integer, digest, bytes
    }

    /// How a log shows a value.
    public enum Mask: Sendable {
        /// As it is: words of the contract, ids of ours, and times.
        case shown
        /// What a sender calls a kind of thing, where that is plainly a word (`loggedWord`); how long it is where not.
        case word
        /// What a provider or a client calls an item or a line, without the number that may be in it.
        case name
        /// The last digits.
        case phone
        /// Nothing of it.
        case secret
        /// How long it is: what people wrote, or what names them.
        case length
    }

    /// Where a column is.
    enum Home: Sendable {
        /// In the journal and in the database; the sync carries it.
        case both
        case journal
        case database
    }
}

/// A column with what a `Row` has in it.
struct Column<Row>: Sendable {
    let description: ColumnDescription
    /// Adds the row's value as the next parameter.
    let write: @Sendable (Row, inout RowBuffer) -> Void

    init(
        _ name: String, _ kind: ColumnDescription.Kind, _ mask: ColumnDescription.Mask, in home: ColumnDescription.Home = .both,
        isMade: Bool = false, _ write: @escaping @Sendable (Row, inout RowBuffer) -> Void
    ) {
        description = ColumnDescription(name: name, kind: kind, mask: mask, home: home, isMade: isMade)
        self.write = write
    }

    /// An id of ours.
    static func id<Subject>(_ name: String, _ value: @escaping @Sendable (Row) -> Identifier<Subject>?) -> Column {
        Column(name, .uuid, .shown) { $1.id(value($0)) }
    }

    /// A moment.
    static func time(_ name: String, isMade: Bool = false, _ value: @escaping @Sendable (Row) -> Instant?) -> Column {
        Column(name, .time, .shown, isMade: isMade) { $1.instant(value($0)) }
    }

    /// A text that no adapter makes.
    static func text(
        _ name: String, _ mask: ColumnDescription.Mask = .shown, _ value: @escaping @Sendable (Row) -> String?
    ) -> Column {
        Column(name, .text, mask) { $1.text(value($0)) }
    }

    /// A text that an adapter makes.
    static func made(_ name: String, _ mask: ColumnDescription.Mask, _ value: @escaping @Sendable (Row) -> String?) -> Column {
        Column(name, .text, mask, isMade: true) { $1.text(value($0)) }
    }

    /// JSON that an adapter makes.
    static func madeJSON(_ name: String, _ value: @escaping @Sendable (Row) -> String?) -> Column {
        Column(name, .json, .length, isMade: true) { $1.text(value($0)) }
    }

    /// The position of the row in the order of all commits, by which the sync finds it.
    static func sequence(_ value: @escaping @Sendable (Row) -> Int64) -> Column {
        Column("seq", .integer, .shown, in: .journal) { $1.integer(value($0)) }
    }
}

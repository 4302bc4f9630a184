import Messaging

/// An item that the installed version's adapter reads differently from what is stored.
public struct CaptureDifference: Sendable, Equatable {
    /// The capture that was read again.
    public var capture: Capture
    public var table: ItemTable
    /// The provider's own id of the item; for a dead letter whose item is no longer read, the letter's id.
    public var externalID: String
    public var kind: Kind
    /// The differing columns; all columns of an added or a removed item.
    public var columns: [Column]

    /// One difference.
    public init(capture: Capture, table: ItemTable, externalID: String, kind: Kind, columns: [Column]) {
        self.capture = capture
        self.table = table
        self.externalID = externalID
        self.kind = kind
        self.columns = columns
    }

    /// How it differs.
    public enum Kind: String, Sendable {
        /// The adapter reads it, but the journal does not have it.
        case added
        /// The journal has it from this delivery, but the adapter does not read it.
        case removed
        /// Both have it, with different values.
        case changed
    }

    /// A column's stored value and the value read now, JSON as text; nil for null.
    public struct Column: Sendable, Equatable {
        public var name: String
        public var stored: String?
        public var made: String?

        /// A value before and after.
        public init(name: String, stored: String?, made: String?) {
            self.name = name
            self.stored = stored
            self.made = made
        }
    }
}

import Messaging

/// An item that today's adapter makes otherwise than it is stored.
public struct CaptureDifference: Sendable, Equatable {
    /// The capture that was read again.
    public var capture: Capture
    public var table: ItemTable
    /// The provider's own id of the item; of a dead letter that nothing makes any more, the letter's.
    public var externalID: String
    public var kind: Kind
    /// What differs; of one that was added all that is made, of one that was removed all that is stored.
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
        /// The adapter makes it, the journal has it not.
        case added
        /// The journal has it of this delivery, the adapter does not make it.
        case removed
        /// Both, with other values.
        case changed
    }

    /// A column's value as it is stored and as it is made, JSON as text; nil where it is null.
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

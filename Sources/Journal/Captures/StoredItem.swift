import Messaging

/// A row that was stored from a delivery.
public struct StoredItem: Sendable, Equatable {
    public var table: ItemTable
    /// The provider's id of the item; for a dead letter, which has none, the letter's own id.
    public var externalID: String
    /// The type of a message or an event, the word of a status, the stage of a dead letter.
    public var type: String
    public var sessionID: SessionID?
    public var contactID: ContactID?
    /// The whole row as a JSON object, without nulls.
    public var record: String

    /// Makes an item from the values of its row.
    public init(
        table: ItemTable, externalID: String, type: String, sessionID: SessionID? = nil, contactID: ContactID? = nil, record: String
    ) {
        self.table = table
        self.externalID = externalID
        self.type = type
        self.sessionID = sessionID
        self.contactID = contactID
        self.record = record
    }
}

/// The tables in which a delivery's items are stored.
public enum ItemTable: String, Sendable, CaseIterable {
    case messages
    case statuses = "message_statuses"
    case events
    case deadLetters = "dead_letters"
}

extension ItemTable {
    /// The table's columns.
    var description: TableDescription {
        switch self {
        case .messages: Tables.messages.description
        case .statuses: Tables.statuses.description
        case .events: Tables.events.description
        case .deadLetters: Tables.deadLetters.description
        }
    }
}

import Messaging

/// One row that a delivery left behind.
public struct StoredItem: Sendable, Equatable {
    public var table: ItemTable
    /// The provider's own id of it; of a dead letter, which has none, the letter's.
    public var externalID: String
    /// A message's or an event's type, a status's word, a dead letter's stage.
    public var type: String
    public var sessionID: SessionID?
    public var contactID: ContactID?
    /// The whole row as a JSON object, nulls left out.
    public var record: String

    /// A row as it is stored.
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

/// The tables that a delivery's items end in.
public enum ItemTable: String, Sendable, CaseIterable {
    case messages
    case statuses = "message_statuses"
    case events
    case deadLetters = "dead_letters"
}

extension ItemTable {
    /// Its columns.
    var description: TableDescription {
        switch self {
        case .messages: Tables.messages.description
        case .statuses: Tables.statuses.description
        case .events: Tables.events.description
        case .deadLetters: Tables.deadLetters.description
        }
    }
}

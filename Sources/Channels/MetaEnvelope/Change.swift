import JSON
import Messaging

/// One change of an entry: what its items have in common. A batch may hold changes of several lines, so nothing is shared between them.
///
/// It is an object and never changes: whoever reads a list of items holds it, and copying all of it would cost more than reading an item.
final class Change {
    let scopes: [String]
    let entry: Entry
    let field: String
    /// What holds the lists of items.
    let value: JSON
    let line: Line?
    /// The line's number as people see it.
    let linePhone: NumberForms
    let contacts: ContactList
    /// The member of the value that the lists stand in, nil where they are the value's own.
    let member: String?
    /// What a conversation was about so far, as Meta tells whoever gets it.
    let conversationContext: JSON
    /// What tells its errors from equal ones of other changes.
    let circumstances: Circumstances
    private let position: Position

    /// The most bytes of a line's id or number. No real one has as many.
    private static let longestLineID = 512

    /// Where it stands in the body.
    struct Position {
        let entry: Int
        let change: Int

        var path: String { "entry[\(entry)].changes[\(change)]" }
    }

    /// A change that does not name its field is read as one of `messages`.
    init(_ json: JSON, of entry: Entry, at position: Position, scopes: [String]) {
        self.scopes = scopes
        self.entry = entry
        self.position = position
        field = json["field"].string.map(Self.typeName) ?? "messages"
        value = json["value"]
        let metadata = value["metadata"]
        // Some tell the line elsewhere: who gets a conversation, and an account's settings.
        let ids = metadata.isPresent ? [metadata] : [value["recipient"], value["phone_number_settings"], value]
        line = Self.line(among: ids)
        linePhone = NumberForms(ids.lazy.compactMap { $0["display_phone_number"].identifier }.first { $0.utf8.count <= Self.longestLineID })
        contacts = ContactList(value["contacts"], of: value)
        member = nil
        conversationContext = value["conversation_context"]
        circumstances = Circumstances(value)
    }

    /// The first line that is told. Each item has it: what is long would be stored thousands of times.
    static func line(among ids: [JSON]) -> Line? {
        ids.lazy.compactMap { $0["phone_number_id"].identifier }.first { $0.utf8.count <= longestLineID }.map { Line($0) }
    }

    /// A change with the lists that stand in a member of its value.
    private init(_ outer: Change, within inner: JSON, named name: String) {
        scopes = outer.scopes
        entry = outer.entry
        field = outer.field
        value = inner
        line = outer.line
        linePhone = outer.linePhone
        contacts = ContactList(inner["contacts"].isPresent ? inner["contacts"] : outer.value["contacts"], of: inner)
        member = name
        conversationContext = inner["conversation_context"].isPresent ? inner["conversation_context"] : outer.conversationContext
        circumstances = Circumstances(inner)
        position = outer.position
    }

    /// The change with the lists that stand in a member of its value.
    func within(_ inner: JSON, named name: String) -> Change { Change(self, within: inner, named: name) }

    /// Who has the conversation where it is not us: of others only `standby` tells.
    var handler: String? { field == Self.standby || member == Self.standby ? Self.standby : nil }

    /// The field of what another responder gets, and the member that holds it.
    static let standby = "standby"

    /// A name by which events are told apart; it is part of keys, so of one that no name is so long the rest is cut off.
    static func typeName(_ name: String) -> String {
        name.utf8.count <= 128 ? name : String(decoding: name.utf8.prefix(125), as: UTF8.self) + "…"
    }

    /// How the items of an array of the value are read; nil for an array that holds none.
    func reader(of list: String) -> ((Item) -> Event)? {
        switch list {
        case "messages" where field == "history": { self.historyMessage($0, in: nil) }
        case "message_echoes" where field == "history": historyEcho
        case "messages": message
        case "message_echoes": echo
        case "statuses": status
        case "calls": call
        case "errors": errorReader
        case "user_preferences": preference
        case "user_id_update": userIDUpdate
        case "state_sync": stateSync
        case Self.handovers: listedHandover
        default: nil
        }
    }

    /// The event of an item, which is Meta's own if it has an id.
    func event(
        _ item: Item, id: String? = nil, party: Party? = nil, at time: Instant? = nil, effect: SessionEffect = .none,
        amid circumstances: String? = nil, _ content: Event.Content
    ) -> Event {
        Event(
            externalID: id ?? .digest(of: item.json, in: field, of: entry, ordinal: item.ordinal, amid: circumstances),
            channel: .whatsapp, line: line, party: party, occurredAt: time, effect: effect, content: content)
    }

    /// Hands over the id of an item that must have one.
    func identified(_ item: Item, _ read: (_ id: String) -> Event) -> Event {
        guard item.json.kind == .object else { return unreadable(item, field: nil, reason: "must be an object") }
        let json = item.json["id"]
        guard let id = json.identifier else {
            return unreadable(item, field: "id", reason: json.name == nil ? "must be a string" : "is blank or 0, which is no item's id")
        }
        return read(id)
    }

    func unreadable(_ item: Item, field member: String?, reason: String) -> Event {
        if item.isCounted { return .counted(item.ordinal) }
        let path = "\(path(of: item))[\(item.index)]"
        return unreadable(item, at: member.map { "\(path).\($0)" } ?? path, reason)
    }

    /// A list of items that is none.
    func unreadable(list item: Item) -> Event { unreadable(item, at: path(of: item), "must be an array") }

    private func path(of item: Item) -> String { "\(position.path).value.\(member.map { $0 + "." } ?? "")\(item.list)" }

    private func unreadable(_ item: Item, at path: String, _ reason: String) -> Event {
        let error = PayloadError(.field, field: path, reason: reason)
        var event = Event.unreadable(item.json, of: entry, in: field, ordinal: item.ordinal, error)
        event.line = line
        return event
    }
}

extension Event {
    /// An item that cannot be read, with an id of its own.
    static func unreadable(_ json: JSON, of entry: Entry, in field: String, ordinal: Int, _ error: PayloadError) -> Event {
        let item = UnreadableItem(index: ordinal, error: error, record: json.text ?? "null")
        return Event(
            externalID: .digest(of: json, in: field, of: entry, ordinal: ordinal), channel: .whatsapp, effect: .none,
            content: .unreadable(item))
    }
}

/// One item of a change and where it stands, which errors tell and ids are made of.
struct Item {
    let json: JSON
    /// The path of its array in the change's value: "messages", "history[0].threads[1].messages".
    let list: String
    /// Its index in that array.
    let index: Int
    /// How many items of the delivery come before it.
    let ordinal: Int
    /// Whether it is no more than counted where it cannot be read.
    var isCounted = false
}

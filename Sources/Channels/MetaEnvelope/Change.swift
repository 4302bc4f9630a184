import JSON
import Messaging

/// One change of an entry: the data that its items share. A batch may contain changes of several lines, so changes share nothing.
///
/// It is an immutable object: each reader of a list of items holds it, and a copy would cost more than reading an item.
final class Change {
    let scopes: [String]
    let entry: Entry
    let field: String
    /// The value that contains the lists of items.
    let value: JSON
    let line: Line?
    /// The line's number in the form that people see.
    let linePhone: NumberForms
    let contacts: ContactList
    /// The member of the value that contains the lists; nil if the value itself does.
    let member: String?
    /// The conversation so far, which Meta sends to its new responder.
    let conversationContext: JSON
    /// What distinguishes the change's errors from equal ones of other changes.
    let circumstances: Circumstances
    private let position: Position

    /// The most bytes of a line's id or number, more than any real one has.
    private static let longestLineID = 512

    /// The change's position in the body.
    struct Position {
        let entry: Int
        let change: Int

        var path: String { "entry[\(entry)].changes[\(change)]" }
    }

    /// Reads a change; without a field it is one of `messages`.
    init(_ json: JSON, of entry: Entry, at position: Position, scopes: [String]) {
        self.scopes = scopes
        self.entry = entry
        self.position = position
        field = json["field"].string.map(Self.typeName) ?? "messages"
        value = json["value"]
        let metadata = value["metadata"]
        // Some changes name the line elsewhere: handovers and account settings.
        let ids = metadata.isPresent ? [metadata] : [value["recipient"], value["phone_number_settings"], value]
        line = Self.line(among: ids)
        linePhone = NumberForms(ids.lazy.compactMap { $0["display_phone_number"].identifier }.first { $0.utf8.count <= Self.longestLineID })
        contacts = ContactList(value["contacts"], of: value)
        member = nil
        conversationContext = value["conversation_context"]
        circumstances = Circumstances(value)
    }

    /// The first line that is named. Longer ids are ignored, since every item stores the id, and there may be thousands.
    static func line(among ids: [JSON]) -> Line? {
        ids.lazy.compactMap { $0["phone_number_id"].identifier }.first { $0.utf8.count <= longestLineID }.map { Line($0) }
    }

    /// The change, with the lists in a member of its value.
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

    /// The change, with the lists in a member of its value.
    func within(_ inner: JSON, named name: String) -> Change { Change(self, within: inner, named: name) }

    /// The conversation's responder if it is another one; only `standby` says so.
    var handler: String? { field == Self.standby || member == Self.standby ? Self.standby : nil }

    /// The field of messages to another responder, and the member that contains them.
    static let standby = "standby"

    /// The type's name for events. It is part of keys, so a name that is too long to be one is cut.
    static func typeName(_ name: String) -> String {
        name.utf8.count <= 128 ? name : String(decoding: name.utf8.prefix(125), as: UTF8.self) + "…"
    }

    /// The reader for the items of an array in the value; nil if the array contains no items.
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

    /// The event of an item, with Meta's own id if there is one.
    func event(
        _ item: Item, id: String? = nil, party: Party? = nil, at time: Instant? = nil, effect: SessionEffect = .none,
        amid circumstances: String? = nil, _ content: Event.Content
    ) -> Event {
        Event(
            externalID: id ?? .digest(of: item.json, in: field, of: entry, ordinal: item.ordinal, amid: circumstances),
            channel: .whatsapp, line: line, party: party, occurredAt: time, effect: effect, content: content)
    }

    /// Reads an item that must have an id, which is passed to `read`.
    func identified(_ item: Item, _ read: (_ id: String) -> Event) -> Event {
        guard item.json.kind == .object else { return unreadable(item, field: nil, reason: "must be an object") }
        let json = item.json["id"]
        guard let id = json.identifier else {
            return unreadable(item, field: "id", reason: json.name == nil ? "must be a string" : "is blank or 0, which is not an id")
        }
        return read(id)
    }

    func unreadable(_ item: Item, field member: String?, reason: String) -> Event {
        if item.isCounted { return .counted(item.ordinal) }
        let path = "\(path(of: item))[\(item.index)]"
        return unreadable(item, at: member.map { "\(path).\($0)" } ?? path, reason)
    }

    /// A list of items that is not an array.
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
    /// An item that cannot be read, with an id made of its content and position.
    static func unreadable(_ json: JSON, of entry: Entry, in field: String, ordinal: Int, _ error: PayloadError) -> Event {
        let item = UnreadableItem(index: ordinal, error: error, record: json.text ?? "null")
        return Event(
            externalID: .digest(of: json, in: field, of: entry, ordinal: ordinal), channel: .whatsapp, effect: .none,
            content: .unreadable(item))
    }
}

/// One item of a change with its position, for errors and ids.
struct Item {
    let json: JSON
    /// The path of its array in the change's value: "messages", "history[0].threads[1].messages".
    let list: String
    /// Its index in that array.
    let index: Int
    /// How many items of the delivery come before it.
    let ordinal: Int
    /// Whether the item is only counted if it cannot be read.
    var isCounted = false
}

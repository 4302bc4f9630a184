import JSON
import Messaging

/// One change of an entry: what its items have in common. A batch may hold changes of several lines, so nothing is shared between them.
struct Change {
    let scope: String
    let entry: Entry
    let field: String
    let value: JSON
    let line: Line?
    /// The line's number as people see it, digits only.
    let lineDigits: [UInt8]
    let contacts: ContactList
    private let place: Place

    /// Where it stands in the body.
    struct Place {
        let entry: Int
        let change: Int

        var path: String { "entry[\(entry)].changes[\(change)]" }
    }

    /// A change that does not name its field is read as one of `messages`.
    init(_ json: JSON, of entry: Entry, at place: Place, scope: String) {
        self.scope = scope
        self.entry = entry
        self.place = place
        field = json["field"].string.map(Self.typeName) ?? "messages"
        value = json["value"]
        let metadata = value["metadata"]
        line = metadata["phone_number_id"].identifier.map { Line($0) }
        lineDigits = field == "history" ? metadata["display_phone_number"].identifier?.digits ?? [] : []
        contacts = ContactList(value["contacts"], senders: value["messages"])
    }

    /// A name by which events are told apart; it is part of keys, so of one that no name is so long the rest is cut off.
    static func typeName(_ name: String) -> String {
        name.utf8.count <= 128 ? name : String(decoding: name.utf8.prefix(125), as: UTF8.self) + "…"
    }

    /// How the items of an array of the value are read; nil for an array that holds none.
    func reader(of list: String) -> ((Item) -> Event)? {
        switch list {
        case "messages" where field == "history": { historyMessage($0, in: nil) }
        case "messages": message
        case "message_echoes": echo
        case "statuses": status
        case "calls": call
        case "errors": error
        case "user_preferences": preference
        case "user_id_update": userIDUpdate
        case "state_sync": stateSync
        default: nil
        }
    }

    /// The event of an item, which is Meta's own if it has an id.
    func event(
        _ item: Item, id: String? = nil, party: Party? = nil, at time: Instant? = nil, effect: SessionEffect = .none,
        _ content: Event.Content
    ) -> Event {
        Event(
            externalID: id ?? .digest(of: item.json, in: field, of: entry, ordinal: item.ordinal), channel: .whatsapp, line: line,
            party: party, occurredAt: time, effect: effect, content: content)
    }

    /// Hands over the id of an item that must have one.
    func identified(_ item: Item, _ read: (_ id: String) -> Event) -> Event {
        guard item.json.kind == .object else { return unreadable(item, field: nil, reason: "must be an object") }
        guard let id = item.json["id"].identifier else { return unreadable(item, field: "id", reason: "must be a string") }
        return read(id)
    }

    func unreadable(_ item: Item, field member: String?, reason: String) -> Event {
        if item.isCounted { return .counted(item.ordinal) }
        let path = "\(place.path).value.\(item.list)[\(item.index)]"
        return unreadable(item, at: member.map { "\(path).\($0)" } ?? path, reason)
    }

    /// A list of items that is none.
    func unreadable(list item: Item) -> Event { unreadable(item, at: "\(place.path).value.\(item.list)", "must be an array") }

    private func unreadable(_ item: Item, at path: String, _ reason: String) -> Event {
        let error = PayloadError(.field, field: path, reason: reason)
        var event = Event.unreadable(item.json, of: entry, in: field, ordinal: item.ordinal, error)
        event.line = line
        return event
    }

    /// The person with all that this change tells of them; nil where no id is there.
    func party(_ person: Person) -> Party? { person.party(with: contacts[person], scope: scope) }
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

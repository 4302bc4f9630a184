import JSON
import Messaging

/// Meta's envelope of WhatsApp's webhooks ("Webhooks", developers.facebook.com, read 2026-11), which other providers forward unchanged.
///
/// Reads the events of one delivery in order: it walks `entry[].changes[]` and passes every item to its change.
public struct Envelope {
    /// The scopes in which the provider's user ids are unique (`Account.identityScopes`).
    let scopes: [String]
    private var list = EventList()

    /// Returns one event per item of every change of every entry, in the order of the body; throws only if there are no entries. `scopes`
    /// are those of the provider's user ids (`Account.identityScopes`).
    public static func events(in root: JSON, scopes: [String]) throws(PayloadError) -> [Event] {
        var envelope = Envelope(scopes: scopes)
        try envelope.read(root)
        return envelope.list.events
    }

    private init(scopes: [String]) { self.scopes = scopes }

    private mutating func read(_ root: JSON) throws(PayloadError) {
        guard root.kind == .object else { throw PayloadError(.malformed, reason: "the body must be a JSON object") }
        guard root["entry"].kind == .array else { throw PayloadError(.malformed, field: "entry", reason: "must be an array") }
        for (index, entry) in root["entry"].elements.enumerated() { readEntry(entry, at: index) }
    }

    private mutating func readEntry(_ json: JSON, at index: Int) {
        let entry = Entry(json)
        guard json["changes"].kind == .array else {
            let ordinal = list.count
            let error =
                json.kind == .object
                ? PayloadError(.field, field: "entry[\(index)].changes", reason: "must be an array")
                : PayloadError(.field, field: "entry[\(index)]", reason: "must be an object")
            return list.appendUnreadable(.unreadable(json, of: entry, in: "entry", ordinal: ordinal, error))
        }
        for (changeIndex, change) in json["changes"].elements.enumerated() {
            readChange(change, of: entry, at: Change.Position(entry: index, change: changeIndex))
        }
    }

    private mutating func readChange(_ json: JSON, of entry: Entry, at position: Change.Position) {
        guard json.kind == .object else {
            let ordinal = list.count
            let error = PayloadError(.field, field: position.path, reason: "must be an object")
            return list.appendUnreadable(.unreadable(json, of: entry, in: "changes", ordinal: ordinal, error))
        }
        let change = Change(json, of: entry, at: position, scopes: scopes)
        switch ChangeField(change.field) {
        case .items: readItems(of: change)
        case .notice: list.append(change.notice(whole(of: change)))
        case .unknown: list.append(change.unsupported(whole(of: change)))
        }
    }

    /// Reads items in the order of the document, so that errors and statuses beside messages keep their order; unknown lists come last.
    private mutating func readItems(of change: Change) {
        let before = list.count
        var unknown: [(name: String, items: JSON)] = []
        var hasStandby = change.member != nil
        for (name, items) in change.value.members where !Self.isDescription(name, items) {
            // The field of this name may contain its only item without a list.
            let read = name == Change.handovers && items.kind != .array ? nil : change.reader(of: name)
            if name == Change.standby, items.kind == .object, !hasStandby {
                hasStandby = true
                readItems(of: change.within(items, named: name))
            } else if read != nil || name == "history", items.kind != .array, items.isPresent {
                list.append(change.unreadable(list: Item(json: items, list: name, index: 0, ordinal: list.count)))
            } else if name == "history" {
                readHistory(items, of: change)
            } else if let read {
                append(items, named: name, read)
            } else if items.count > 0, items.kind == .array || items.kind == .object {
                unknown.append((name, items))
            }
        }
        guard list.count > before else { return list.append(change.withoutItems(whole(of: change))) }
        for (name, items) in unknown {
            list.append(change.unsupported(Item(json: items, list: name, index: 0, ordinal: list.count), type: Change.typeName(name)))
        }
    }

    /// Whether a member contains no items: it describes the line and people of the items, or is the product's name.
    private static func isDescription(_ name: String, _ value: JSON) -> Bool {
        // An object in place of the product's name is an unknown member.
        if value.kind == .string { return name == "messaging_product" }
        return name == "metadata" || name == "contacts" || name == "conversation_context"
    }

    private mutating func readHistory(_ chunks: JSON, of change: Change) {
        for (index, chunk) in chunks.elements.enumerated() {
            let before = list.count
            let path = "history[\(index)]"
            for (index, thread) in chunk["threads"].elements.enumerated() {
                readThread(thread, named: "\(path).threads", at: index, of: change)
            }
            append(chunk["errors"], named: "\(path).errors", change.historyError)
            // A chunk may contain only its progress.
            if list.count == before {
                list.append(change.notice(Item(json: chunk, list: "history", index: index, ordinal: list.count)))
            }
        }
    }

    private mutating func readThread(_ json: JSON, named name: String, at index: Int, of change: Change) {
        guard json["messages"].kind == .array else {
            let item = Item(json: json, list: name, index: index, ordinal: list.count)
            return list.appendUnreadable(change.unreadable(item, field: "messages", reason: "must be an array"))
        }
        let thread = HistoryThread(json, of: change)
        append(json["messages"], named: "\(name)[\(index)].messages") { change.historyMessage($0, in: thread) }
    }

    private mutating func append(_ items: JSON, named name: String, _ read: (Item) -> Event) {
        for (index, json) in items.elements.enumerated() {
            list.append(read(Item(json: json, list: name, index: index, ordinal: list.count, isCounted: list.isCounting)))
        }
    }

    private func whole(of change: Change) -> Item { Item(json: change.value, list: "", index: 0, ordinal: list.count) }
}

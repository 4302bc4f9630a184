import JSON
import Messaging

/// Collects the events of one delivery in order. It walks `entry[].changes[]` and hands every item to its change.
struct Envelope {
    /// Where the provider's user ids are unique: the account's name.
    let scope: String
    private(set) var events: [Event] = []

    init(scope: String) { self.scope = scope }

    /// Throws only where there are no entries to look into.
    mutating func read(_ root: JSON) throws(PayloadError) {
        guard root.kind == .object else { throw PayloadError(.malformed, reason: "the body must be a JSON object") }
        guard root["entry"].kind == .array else { throw PayloadError(.malformed, field: "entry", reason: "must be an array") }
        for (index, entry) in root["entry"].elements.enumerated() { readEntry(entry, at: index) }
    }

    private mutating func readEntry(_ entry: JSON, at index: Int) {
        guard entry["changes"].kind == .array else {
            let error =
                entry.kind == .object
                ? PayloadError(.field, field: "entry[\(index)].changes", reason: "must be an array")
                : PayloadError(.field, field: "entry[\(index)]", reason: "must be an object")
            return events.append(.unreadable(entry, of: entry, in: "entry", ordinal: events.count, error))
        }
        for (changeIndex, change) in entry["changes"].elements.enumerated() {
            readChange(change, of: entry, at: Change.Place(entry: index, change: changeIndex))
        }
    }

    private mutating func readChange(_ json: JSON, of entry: JSON, at place: Change.Place) {
        guard json.kind == .object else {
            let error = PayloadError(.field, field: place.path, reason: "must be an object")
            return events.append(.unreadable(json, of: entry, in: "changes", ordinal: events.count, error))
        }
        let change = Change(json, of: entry, at: place, scope: scope)
        switch ChangeField(change.field) {
        case .items: readItems(of: change)
        case .notice: events.append(change.notice(whole(of: change)))
        case .unknown: events.append(change.unsupported(whole(of: change)))
        }
    }

    /// In the order of the document, so that errors and statuses beside messages keep their places; after them the lists that nobody knows.
    private mutating func readItems(of change: Change) {
        let before = events.count
        var unknown: [(name: String, list: JSON)] = []
        for (name, list) in change.value.members {
            let read = change.reader(of: name)
            if read != nil || name == "history", list.kind != .array, list.isPresent {
                events.append(change.unreadable(list: Item(json: list, list: name, index: 0, ordinal: events.count)))
            } else if name == "history" {
                readHistory(list, of: change)
            } else if let read {
                append(list, named: name, read)
            } else if !Self.describing.contains(name), list.count > 0, list.kind == .array {
                unknown.append((name, list))
            }
        }
        guard events.count > before else { return events.append(change.withoutItems(whole(of: change))) }
        for (name, list) in unknown {
            events.append(change.unsupported(Item(json: list, list: name, index: 0, ordinal: events.count), type: name))
        }
    }

    /// Lists that are no items: they tell of the people of those beside them.
    private static let describing: Set<String> = ["contacts"]

    private mutating func readHistory(_ chunks: JSON, of change: Change) {
        for (index, chunk) in chunks.elements.enumerated() {
            let before = events.count
            let path = "history[\(index)]"
            for (index, thread) in chunk["threads"].elements.enumerated() {
                readThread(thread, named: "\(path).threads", at: index, of: change)
            }
            append(chunk["errors"], named: "\(path).errors", change.error)
            // A chunk may hold nothing but its progress.
            if events.count == before {
                events.append(change.notice(Item(json: chunk, list: "history", index: index, ordinal: events.count)))
            }
        }
    }

    private mutating func readThread(_ json: JSON, named list: String, at index: Int, of change: Change) {
        guard json["messages"].kind == .array else {
            let item = Item(json: json, list: list, index: index, ordinal: events.count)
            return events.append(change.unreadable(item, field: "messages", reason: "must be an array"))
        }
        let thread = HistoryThread(json, of: change)
        append(json["messages"], named: "\(list)[\(index)].messages") { change.historyMessage($0, in: thread) }
    }

    private mutating func append(_ list: JSON, named name: String, _ read: (Item) -> Event) {
        for (index, json) in list.elements.enumerated() {
            events.append(read(Item(json: json, list: name, index: index, ordinal: events.count)))
        }
    }

    private func whole(of change: Change) -> Item { Item(json: change.value, list: "", index: 0, ordinal: events.count) }
}

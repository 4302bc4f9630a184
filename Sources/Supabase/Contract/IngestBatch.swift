import JSON
import Journal
import Messaging

/// Rows of the outbox as one call of `switchboard_ingest`.
struct IngestBatch: Sendable {
    /// The same for every attempt, so that a retry gets the same answer.
    let id: String
    /// In the order of their commits.
    let items: [OutboxItem]
    /// The traits of the items' adapters, with the marks of their placeholders; empty if unknown.
    let adapters: [AdapterTraits]
    /// One row per changed contact: the one that was read last.
    private let contacts: [OutboxItem]
    /// One row per session: the one that was read last, marked if the session changed by itself.
    private let sessions: [[UInt8]]

    init(id: String, items: [OutboxItem], adapters: [AdapterTraits] = []) {
        self.id = id
        self.items = items
        self.adapters = adapters
        let changes = items.filter { $0.kind == .change }
        contacts = changes.latest(by: \.owner)
        let changed = Set(changes.compactMap(\.session?.id))
        sessions = items.compactMap(\.session).latest(by: \.id).map { changed.contains($0.id) ? $0.record.markedAsChanged : $0.record }
    }

    /// The call's argument, a JSON object.
    var argument: [UInt8] {
        var writer = JSONWriter(capacity: items.reduce(256) { $0 + $1.size })
        writer.object { batch in
            batch.member("version", 1)
            batch.member("batch_id", id)
            for kind in OutboxItem.Kind.allCases where kind != .change {
                batch.list(kind.rawValue, items.lazy.filter { $0.kind == kind }.map(\.record))
            }
            batch.list("contacts", contacts.map(\.record))
            batch.list("identities", contacts.flatMap(\.identities))
            batch.list("sessions", sessions)
            if items.contains(where: { $0.kind == .message }) { batch.marks(of: adapters) }
        }
        return writer.bytes
    }

    /// The number of rows in each list, to be compared with the answer.
    var counts: [String: Int] {
        var counts: [String: Int] = [:]
        for kind in OutboxItem.Kind.allCases where kind != .change { counts[kind.rawValue] = items.count { $0.kind == kind } }
        counts["contacts"] = contacts.count
        counts["identities"] = contacts.reduce(0) { $0 + $1.identities.count }
        counts["sessions"] = sessions.count
        return counts
    }
}

extension Array {
    /// The last element of each key, at the position of the key's first. Elements with a nil key all stay.
    func latest(by key: (Element) -> String?) -> [Element] {
        var positions: [ExactText: Int] = [:]
        var latest: [Element] = []
        for element in self {
            if let key = key(element).map(ExactText.init) {
                if let position = positions[key] {
                    latest[position] = element
                    continue
                }
                positions[key] = latest.count
            }
            latest.append(element)
        }
        return latest
    }
}

extension [UInt8] {
    /// A session's row with an added member which says that the session changed by itself.
    var markedAsChanged: [UInt8] { self[..<(endIndex - 1)] + Array(#","changed":true}"#.utf8) }
}

extension JSONWriter {
    /// A member that is a list of JSON objects; left out if the list is empty.
    mutating func list(_ name: String, _ records: some Sequence<[UInt8]>) {
        let records = Array(records)
        guard !records.isEmpty else { return }
        key(name)
        array { list in
            for record in records { list.raw(record) }
        }
    }

    /// Per provider, what the database needs to compare messages: the marks of placeholders, and the members of `context` that it ignores.
    mutating func marks(of adapters: [AdapterTraits]) {
        placeholders(of: adapters)
        let passing = adapters.filter { !$0.passingContext.isEmpty }
        guard !passing.isEmpty else { return }
        key("passing")
        object { providers in
            for traits in passing {
                providers.key(traits.kind.rawValue)
                providers.array { names in
                    for name in traits.passingContext.sorted() { names.string(name) }
                }
            }
        }
    }

    private mutating func placeholders(of adapters: [AdapterTraits]) {
        let marked = adapters.filter { !$0.placeholders.texts.isEmpty }
        guard !marked.isEmpty else { return }
        key("placeholders")
        object { providers in
            for traits in marked {
                providers.list(traits.kind.rawValue, traits.placeholders.texts.map { Array($0.utf8) })
            }
        }
    }
}

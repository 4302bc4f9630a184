import Messaging

/// The contacts met lately, by all that leads to them, so that a known sender costs no query.
///
/// Two generations: when the younger is full, by contacts or by bytes, the older is dropped and the younger becomes the older. A record that
/// is used moves to the younger; it is always found by its id then, so that one contact never has two records.
struct ContactCache {
    private let capacity: Capacity
    private var young = Generation()
    private var old = Generation()

    /// The most that one generation holds.
    struct Capacity: Sendable {
        var contacts: Int
        var bytes: Int
    }

    private struct Generation {
        var byID: [ContactID: ContactRecord] = [:]
        var byIdentity: [Identity: ContactRecord] = [:]
        var bytes = 0

        mutating func insert(_ record: ContactRecord, as id: ContactID) {
            let before = record.weight
            record.weigh()
            let isNew = byID.updateValue(record, forKey: id) == nil
            bytes += isNew ? ContactRecord.bytes + record.weight : record.weight - before
        }

        mutating func insert(_ record: ContactRecord, as identity: Identity) {
            if byIdentity.updateValue(record, forKey: identity) == nil { bytes += identity.bytes }
        }

        mutating func remove(_ identity: Identity) {
            if byIdentity.removeValue(forKey: identity) != nil { bytes -= identity.bytes }
        }
    }

    init(capacity: Capacity) { self.capacity = capacity }

    /// About how many bytes are held.
    var bytes: Int { young.bytes + old.bytes }

    /// Whether `age` would make room.
    var isFull: Bool {
        young.byID.count > capacity.contacts || young.byIdentity.count > 2 * capacity.contacts || young.bytes > capacity.bytes
    }

    mutating func record(of identity: Identity) -> ContactRecord? {
        if let record = young.byIdentity[identity] { return record }
        guard let record = old.byIdentity[identity] else { return nil }
        remember(record, as: identity)
        return record
    }

    mutating func record(_ id: ContactID) -> ContactRecord? {
        if let record = young.byID[id] { return record }
        guard let record = old.byID[id] else { return nil }
        young.insert(record, as: id)
        return record
    }

    /// Keeps a record, or counts the bytes by which one that is kept has grown.
    mutating func remember(_ record: ContactRecord) {
        let id = record.contact.id
        if !record.ids.contains(id) { record.ids.append(id) }
        young.insert(record, as: id)
    }

    mutating func remember(_ record: ContactRecord, as identity: Identity) {
        if !record.keys.contains(identity) { record.keys.append(identity) }
        young.insert(record, as: identity)
        // Whom it led to before must not come back once the younger generation forgets it.
        old.remove(identity)
        if young.byID[record.contact.id] == nil { remember(record) }
    }

    /// The id of a contact that was merged leads to another record from now on.
    mutating func lead(_ id: ContactID, to record: ContactRecord) {
        old.byID[id] = nil
        if !record.ids.contains(id) { record.ids.append(id) }
        young.insert(record, as: id)
    }

    /// What led to `loser` leads to `survivor`: they turned out to be one contact.
    mutating func replace(_ loser: ContactRecord, by survivor: ContactRecord) {
        for generation in [\ContactCache.young, \.old] {
            for id in loser.ids where self[keyPath: generation].byID[id] === loser { self[keyPath: generation].byID[id] = survivor }
            for key in loser.keys where self[keyPath: generation].byIdentity[key] === loser {
                self[keyPath: generation].byIdentity[key] = survivor
            }
        }
        for id in loser.ids where !survivor.ids.contains(id) { survivor.ids.append(id) }
        for key in loser.keys where !survivor.keys.contains(key) { survivor.keys.append(key) }
        remember(survivor)
    }

    /// The file says whom the identity leads to.
    mutating func forget(_ identity: Identity) {
        young.remove(identity)
        old.remove(identity)
    }

    /// No number leads to the record any more; its ids do.
    mutating func forgetPhones(of record: ContactRecord) {
        for generation in [\ContactCache.young, \.old] {
            for key in record.keys where key.kind == Identity.phoneKind && self[keyPath: generation].byIdentity[key] === record {
                self[keyPath: generation].remove(key)
            }
        }
        record.keys.removeAll { $0.kind == Identity.phoneKind }
    }

    /// Makes room. The times of a dropped record's session that are not written yet wait elsewhere.
    mutating func age() {
        guard isFull else { return }
        old = young
        young = Generation()
    }

    /// Forgets everything: after a rollback and when another process wrote.
    mutating func clear() {
        young = Generation()
        old = Generation()
    }
}

extension Identity {
    /// About what an entry in memory takes: the entry, the key that the record keeps beside it, and texts that are too long to stand in them.
    fileprivate var bytes: Int { 160 + (value.utf8.count > 15 ? value.utf8.count + 32 : 0) + (scope.utf8.count > 15 ? 48 : 0) }
}

/// A contact in the writer's memory with its active session: what is here is what the open transaction will leave behind.
final class ContactRecord {
    var contact: Contact
    var session: Session?

    /// By which ids memory may hold it: its own, and those of contacts that were merged into it.
    var ids: [ContactID] = []
    /// By which phones and provider's ids memory may hold it.
    var keys: [Identity] = []
    /// Bytes of its longer texts, as of when it was weighed last.
    private(set) var weight = 0

    init(contact: Contact, session: Session?) {
        self.contact = contact
        self.session = session
    }

    /// About what a record takes whose texts are short: the object, its entry in memory, contact and session.
    static let bytes = 900

    func weigh() {
        weight = (contact.displayName?.utf8.count ?? 0) + (contact.customerID?.utf8.count ?? 0)
        if let session { weight += session.metadata.utf8.count + (session.customerID?.utf8.count ?? 0) }
    }
}

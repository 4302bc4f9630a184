import Messaging

/// Recently used contacts, by every id and phone that leads to them, so that a known sender costs no query.
///
/// There are two generations. When the younger is full, by contacts or by bytes, the older is dropped and the younger becomes the older. A
/// record that is used moves to the younger generation. While a record is in either, it is found by its id, so that a contact never has two
/// records.
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

    /// The approximate number of bytes in use.
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

    /// Adds a record, or adds to its size if it has grown.
    mutating func remember(_ record: ContactRecord) {
        let id = record.contact.id
        if !record.ids.contains(id) { record.ids.append(id) }
        young.insert(record, as: id)
    }

    mutating func remember(_ record: ContactRecord, as identity: Identity) {
        if !record.keys.contains(identity) { record.keys.append(identity) }
        young.insert(record, as: identity)
        // The older generation must not bring back the previous record once the younger forgets the identity.
        old.remove(identity)
        if young.byID[record.contact.id] == nil { remember(record) }
    }

    /// From now on the id of a merged contact leads to another record.
    mutating func lead(_ id: ContactID, to record: ContactRecord) {
        old.byID[id] = nil
        if !record.ids.contains(id) { record.ids.append(id) }
        young.insert(record, as: id)
    }

    /// Everything that led to `loser` now leads to `survivor`: they turned out to be one contact.
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

    /// Removes an identity, so that the next lookup reads its contact from the file.
    mutating func forget(_ identity: Identity) {
        young.remove(identity)
        old.remove(identity)
    }

    /// Forgets all phones of a record; its ids stay.
    mutating func forgetPhones(of record: ContactRecord) {
        for generation in [\ContactCache.young, \.old] {
            for key in record.keys where key.kind == Identity.phoneKind && self[keyPath: generation].byIdentity[key] === record {
                self[keyPath: generation].remove(key)
            }
        }
        record.keys.removeAll { $0.kind == Identity.phoneKind }
    }

    /// Makes room. If a dropped record's session has times that are not written yet, these are kept elsewhere.
    mutating func age() {
        guard isFull else { return }
        old = young
        young = Generation()
    }

    /// Forgets everything, after a rollback and after another process wrote.
    mutating func clear() {
        young = Generation()
        old = Generation()
    }
}

extension Identity {
    /// The approximate size of an entry: the entry itself, the key that the record keeps beside it, and long texts, which are allocated
    /// separately.
    fileprivate var bytes: Int { 160 + (value.utf8.count > 15 ? value.utf8.count + 32 : 0) + (scope.utf8.count > 15 ? 48 : 0) }
}

/// A contact in the writer's memory with its active session, as they will be once the open transaction is committed.
final class ContactRecord {
    var contact: Contact
    var session: Session?

    /// The ids by which the cache may have it: its own, and those of contacts that were merged into it.
    var ids: [ContactID] = []
    /// The phones and provider's ids by which the cache may have it.
    var keys: [Identity] = []
    /// The bytes of its longer texts when they were last counted.
    private(set) var weight = 0

    init(contact: Contact, session: Session?) {
        self.contact = contact
        self.session = session
    }

    /// The approximate size of a record with short texts: the object, its entry, contact and session.
    static let bytes = 900

    func weigh() {
        weight = (contact.displayName?.utf8.count ?? 0) + (contact.customerID?.utf8.count ?? 0)
        if let session { weight += session.metadata.utf8.count + (session.customerID?.utf8.count ?? 0) }
    }
}

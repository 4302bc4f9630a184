import Messaging

/// The contacts met lately, by all that leads to them, so that a known sender costs no query.
///
/// Two generations: when the younger is full, the older is dropped and the younger becomes the older. A record that is used moves to
/// the younger; it is always found by its id then, so that one contact never has two records.
struct ContactMemory {
    private let capacity: Int
    private var young = Generation()
    private var old = Generation()

    private struct Generation {
        var byID: [ContactID: ContactRecord] = [:]
        var byIdentity: [Identity: ContactRecord] = [:]
    }

    /// `capacity` is the most contacts in one generation.
    init(capacity: Int) { self.capacity = capacity }

    mutating func record(of identity: Identity) -> ContactRecord? {
        if let record = young.byIdentity[identity] { return record }
        guard let record = old.byIdentity[identity] else { return nil }
        remember(record, as: identity)
        return record
    }

    mutating func record(_ id: ContactID) -> ContactRecord? {
        if let record = young.byID[id] { return record }
        guard let record = old.byID[id] else { return nil }
        young.byID[id] = record
        return record
    }

    mutating func remember(_ record: ContactRecord) { young.byID[record.contact.id] = record }

    mutating func remember(_ record: ContactRecord, as identity: Identity) {
        young.byIdentity[identity] = record
        young.byID[record.contact.id] = record
    }

    /// What led to `loser` leads to `survivor`: they turned out to be one contact.
    mutating func replace(_ loser: ContactRecord, by survivor: ContactRecord) {
        for generation in [\ContactMemory.young, \.old] {
            self[keyPath: generation].byID = self[keyPath: generation].byID.mapValues { $0 === loser ? survivor : $0 }
            self[keyPath: generation].byIdentity = self[keyPath: generation].byIdentity.mapValues { $0 === loser ? survivor : $0 }
        }
        remember(survivor)
    }

    /// No number leads to the record any more; its ids do.
    mutating func forgetPhones(of record: ContactRecord) {
        for generation in [\ContactMemory.young, \.old] {
            self[keyPath: generation].byIdentity = self[keyPath: generation].byIdentity.filter {
                $0.value !== record || $0.key.kind != Identity.phoneKind
            }
        }
    }

    /// Makes room; only between transactions, since a dropped record's touch would be lost.
    mutating func age() {
        guard young.byID.count > capacity || young.byIdentity.count > 2 * capacity else { return }
        old = young
        young = Generation()
    }

    /// Forgets everything: after a rollback and when another process wrote.
    mutating func clear() {
        young = Generation()
        old = Generation()
    }
}

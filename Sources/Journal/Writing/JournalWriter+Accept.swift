import Messaging
import PhoneNumbers
import Watchdog

extension JournalWriter {
    /// Stores the new items of a delivery. If the delivery is authenticated by a session's token, its events belong to that session's
    /// contact.
    func accept(_ delivery: Delivery, _ events: [Event], provenBy token: Secret?) throws -> AcceptOutcome {
        guard let token else { return .taken(try take(delivery, events).receipt) }
        guard let record = try record(provenBy: token, at: delivery.receivedAt) else { return .unknownToken }
        for (index, event) in events.enumerated() where !isSame(event.party, record) { return .foreignPhone(item: index) }
        return .taken(try take(delivery, events, by: record, ownedBy: record.contact.id).receipt)
    }

    /// Stores the new items of an authenticated delivery, or of a part of it; `progress` is the result of the earlier parts. If `person` is
    /// given, they are the author of all events. If `owner` is given, the events' ids count only within that contact.
    func take(
        _ delivery: Delivery, _ events: some Sequence<Event>, by person: ContactRecord? = nil, ownedBy owner: ContactID? = nil,
        after progress: DeliveryProgress = DeliveryProgress()
    ) throws -> DeliveryProgress {
        let deliveryID: DeliveryID = progress.id ?? nextID(at: delivery.receivedAt)
        var receipt = progress.receipt
        let before = sequence.last
        var people: [Party?] = []
        for event in events {
            if people.count < 2 { people.append(event.party) }
            // A long history may contain more people than the cache has room for. The record of `person` stays in use.
            if person == nil { makeRoom() }
            let item = DeliveredItem(event: event, delivery: delivery, deliveryID: deliveryID, owner: owner)
            movesLess = false
            let outcome = try store(item, by: person)
            // The last number is that of the item's row.
            if movesLess, outcome == .new || outcome == .completing { try times.leaveOut(sequence.last) }
            receipt.count(event.content, outcome)
            stored.add(item, outcome)
        }
        if receipt.storedItems > 0, progress.receipt.storedItems == 0 {
            // A delivery that is kept only for a difference has no new row whose number it could use.
            if sequence.last == before { try sequence.skip() }
            try deliveries.insert(delivery, as: deliveryID, ownedBy: owner, about: people)
        }
        return DeliveryProgress(receipt: receipt, id: deliveryID)
    }

    private func record(provenBy token: Secret, at now: Instant) throws -> ContactRecord? {
        guard let session = try sessions.session(token: token), let record = try directory.record(session.contactID),
            let active = record.session, active.id == session.id, active.isLive(at: now)
        else { return nil }
        return record
    }

    /// Whether a party can be this contact; true if the party has no phone.
    private func isSame(_ party: Party?, _ record: ContactRecord) -> Bool {
        guard let phone = party?.phone else { return true }
        guard let number = PhoneNumber(phone) else { return false }
        return number.variants.contains { $0.e164 == record.contact.phone }
    }

    private func store(_ item: DeliveredItem, by person: ContactRecord?) throws -> ItemOutcome {
        switch item.event.content {
        case .message(let message):
            return try place(item, by: person) { placement in
                try messages.insert(message, item, as: nextID(at: item.delivery.receivedAt), at: placement)
            }
        case .status(let status):
            guard try statuses.insert(status, item) else { return try again(item, by: nil) }
            try learnPair(of: item)
            return .new
        case .activity, .notice, .unsupported:
            guard let record = EventRecord(item.event.content) else { return .duplicate }
            return try place(item, by: person) { placement in
                try events.insert(record, item, as: nextID(at: item.delivery.receivedAt), at: placement)
            }
        case .identity(let change): return try store(change, item)
        case .unreadable(let unreadable):
            return try deadLetters.insert(unreadable, item, as: nextID(at: item.delivery.receivedAt)) ? .new : .duplicate
        }
    }

    /// A status is no activity of the person it is about: their contact only learns that the number and the id belong together, and no
    /// session is opened or moved.
    private func learnPair(of item: DeliveredItem) throws {
        guard let party = item.event.party, party.isPair else { return }
        try directory.learn(party, since: present(item.activityTime), at: present(item.delivery.receivedAt))
    }

    private func store(_ change: IdentityChange, _ item: DeliveredItem) throws -> ItemOutcome {
        guard let record = EventRecord(item.event.content) else { return .duplicate }
        if let row = try known.find(item) { return try again(item, as: row, by: nil) }
        let now = present(item.delivery.receivedAt)
        let moment = present(item.activityTime)
        let former = try item.event.party.flatMap { try directory.resolve($0, before: change, asOf: moment, at: now) }
        let contact = try former.map { try directory.apply(change, to: $0, since: moment, at: now) }
        return try events.insert(record, item, as: nextID(at: now), at: Placement(contact: contact?.contact.id)) ? .new : .duplicate
    }

    /// Stores an item with its contact and session. If the contact is in memory and has a live session, the item is simply inserted, and
    /// the unique key detects a duplicate. Otherwise the item is looked up by its key first, so that a duplicate opens no session and
    /// creates no contact. The stored row is read only if there is one.
    private func place(_ item: DeliveredItem, by person: ContactRecord?, insert: (Placement) throws -> Bool) throws -> ItemOutcome {
        let now = present(item.delivery.receivedAt)
        let found = person ?? item.event.party.flatMap { directory.known($0) }
        if item.event.effect == .moves, let record = found, let session = record.session, session.isLive(at: now) {
            guard try insert(Placement(contact: record.contact.id, session: session.id)) else { return try again(item, by: record) }
            touch(record, by: item)
            return .new
        }
        if let row = try known.find(item) { return try again(item, as: row, by: found) }
        guard let record = try record(of: item, by: found) else { return try insert(Placement()) ? .new : .duplicate }
        let placement = Placement(contact: record.contact.id, session: try session(of: record, for: item))
        return try insert(placement) ? .new : .duplicate
    }

    /// The outcome for an item that the unique key refused.
    private func again(_ item: DeliveredItem, by person: ContactRecord?) throws -> ItemOutcome {
        guard let row = try known.find(item) else { return .duplicate }
        return try again(item, as: row, by: person)
    }

    /// The contact to which the item belongs; `person` if it is already known.
    func record(of item: DeliveredItem, by person: ContactRecord?) throws -> ContactRecord? {
        let now = present(item.delivery.receivedAt)
        return try person ?? item.event.party.flatMap { try contact(of: $0, in: item, at: now) }
    }

    /// The contact of an item's party. The person whom a notice is about was not active, as with a status.
    private func contact(of party: Party, in item: DeliveredItem, at now: Instant) throws -> ContactRecord? {
        let moment = present(item.activityTime)
        return switch item.event.content {
        case .notice where party.isPair, .unsupported where party.isPair: try directory.learn(party, since: moment, at: now)
        default: try directory.resolve(party, since: moment, at: now)
        }
    }

    /// Moves the contact's session to the time of the item, or to now if the item's time is in the future.
    private func touch(_ record: ContactRecord, by item: DeliveredItem) {
        let moment = present(item.activityTime)
        let isNow = moment < item.activityTime
        if isNow { movesNothing(item) }
        touch(record, at: moment, isTold: item.tellsActivity && !isNow)
    }

    /// Marks that the item's row contains a time which does not move its session.
    func movesNothing(_ item: DeliveredItem) { movesLess = item.tellsActivity }

    /// The session to which the item belongs; opens one if the item's effect requires it.
    func session(of record: ContactRecord, for item: DeliveredItem) throws -> SessionID? {
        let now = present(item.delivery.receivedAt)
        let live = record.session.flatMap { $0.isLive(at: now) ? $0 : nil }
        switch item.event.effect {
        case .none: return nil
        case .joins:
            if live != nil { movesNothing(item) }
            return live?.id
        case .moves:
            if let live {
                touch(record, by: item)
                return live.id
            }
            // A session opens now, even if the item's own time is different.
            if item.activityTime > present(item.activityTime) { movesNothing(item) }
            let opened = try open(for: record, channel: item.event.channel, at: now)
            notes.add(SessionLogLine(.startedByMessage, opened))
            return opened.id
        }
    }
}

extension DeliveredItem {
    /// The time at which the person acted.
    fileprivate var activityTime: Instant { Self.activityTime(of: occurredAt, receivedAt: delivery.receivedAt) }

    /// The time of a person's action that occurred at a reported time. Providers report whole seconds, which stand for the last millisecond
    /// of the second; an action is never later than its receipt.
    static func activityTime(of occurredAt: Instant, receivedAt: Instant) -> Instant {
        let isWholeSecond = occurredAt.milliseconds % 1000 == 0
        return min(isWholeSecond ? occurredAt.adding(.milliseconds(999)) : occurredAt, receivedAt)
    }
}

/// The result of those parts of a delivery that have been stored so far.
struct DeliveryProgress: Sendable {
    var receipt = Receipt()
    /// The delivery's id, which is assigned with its first part.
    var id: DeliveryID?
}

/// Stores a delivery of very many items in parts, one transaction each, so that other writes can be stored in between and wait for
/// milliseconds only, however large a delivery is. If a part fails, the following ones are not stored; when the delivery is sent again, the
/// items that were stored are duplicates.
enum DeliveryParts {
    /// The most items of one delivery in a transaction.
    static let mostItems = 1000

    /// Calls `part` for each part of `events` in order, with the progress of the parts before it.
    static func store(
        _ events: [Event], part: (ArraySlice<Event>, DeliveryProgress) async throws(JournalError) -> DeliveryProgress
    ) async throws(JournalError) -> Receipt {
        var progress = DeliveryProgress()
        var rest = events[...]
        while !rest.isEmpty {
            progress = try await part(rest.prefix(mostItems), progress)
            rest = rest.dropFirst(mostItems)
        }
        return progress.receipt
    }
}

extension Work {
    /// The work of storing a delivery, or a part of it, with this many items.
    static func storing(_ delivery: Delivery, items: Int) -> Work {
        Work("storing a delivery", adapter: delivery.adapter.rawValue, account: delivery.account.rawValue, items: items)
    }
}

import Messaging
import PhoneNumbers
import Watchdog

extension JournalWriter {
    /// Stores what is new of a delivery. With a session's token the events are that session's person's.
    func accept(_ delivery: Delivery, _ events: [Event], provenBy token: Secret?) throws -> AcceptOutcome {
        guard let token else { return .taken(try take(delivery, events).receipt) }
        guard let record = try record(provenBy: token, at: delivery.receivedAt) else { return .unknownToken }
        for (index, event) in events.enumerated() where !isSame(event.party, record) { return .foreignPhone(item: index) }
        return .taken(try take(delivery, events, by: record, ownedBy: record.contact.id).receipt)
    }

    /// Stores what is new of a delivery whose sender is proven, or of a part of it: `progress` is what became of the parts before. `person` did
    /// what the events say; those of an `owner` have ids of their own.
    func take(
        _ delivery: Delivery, _ events: some Sequence<Event>, by person: ContactRecord? = nil, ownedBy owner: ContactID? = nil,
        after progress: DeliveryProgress = DeliveryProgress()
    ) throws -> DeliveryProgress {
        let deliveryID: DeliveryID = progress.id ?? nextID(at: delivery.receivedAt)
        var receipt = progress.receipt
        let before = sequence.last
        var subject: Party?
        for event in events {
            subject = subject ?? event.party
            // A long history holds more people than memory may. Whom a token speaks for stays in use.
            if person == nil { makeRoom() }
            let item = DeliveredItem(event: event, delivery: delivery, deliveryID: deliveryID, owner: owner)
            movesLess = false
            let outcome = try store(item, by: person)
            // The last number is its row's.
            if movesLess, outcome == .new || outcome == .completing { try times.leaveOut(sequence.last) }
            receipt.count(event.content, outcome)
            stored.add(item, outcome)
        }
        if receipt.storedItems > 0, progress.receipt.storedItems == 0 {
            // What is kept for a difference alone has no row whose number it could take.
            if sequence.last == before { try sequence.skip() }
            try deliveries.insert(delivery, as: deliveryID, ownedBy: owner, about: subject)
        }
        return DeliveryProgress(receipt: receipt, id: deliveryID)
    }

    private func record(provenBy token: Secret, at now: Instant) throws -> ContactRecord? {
        guard let session = try sessions.session(token: token), let record = try directory.record(session.contactID),
            let active = record.session, active.id == session.id, active.isLive(at: now)
        else { return nil }
        return record
    }

    /// Whether a party, where one is named, can be this contact.
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

    /// Whom a status is about did nothing: their contact learns which number and which id are theirs, and no session is opened or moved.
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

    /// Stores an item at its contact and session. A known contact in a live session is stored by the unique key alone, one statement;
    /// anyone else is asked for first, so that a repetition opens no session and makes no contact. The stored row is read only where there is one.
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

    /// What becomes of an item that the unique key refused.
    private func again(_ item: DeliveredItem, by person: ContactRecord?) throws -> ItemOutcome {
        guard let row = try known.find(item) else { return .duplicate }
        return try again(item, as: row, by: person)
    }

    /// Whose the item is; `person` where that is known already.
    func record(of item: DeliveredItem, by person: ContactRecord?) throws -> ContactRecord? {
        let now = present(item.delivery.receivedAt)
        return try person ?? item.event.party.flatMap { try contact(of: $0, in: item, at: now) }
    }

    /// The contact of an item's party. Whom a notice is about did nothing, as with a status.
    private func contact(of party: Party, in item: DeliveredItem, at now: Instant) throws -> ContactRecord? {
        let moment = present(item.activityTime)
        return switch item.event.content {
        case .notice where party.isPair, .unsupported where party.isPair: try directory.learn(party, since: moment, at: now)
        default: try directory.resolve(party, since: moment, at: now)
        }
    }

    /// The person did what the item tells, or does it now where that is in the future.
    private func touch(_ record: ContactRecord, by item: DeliveredItem) {
        let moment = present(item.activityTime)
        let isNow = moment < item.activityTime
        if isNow { movesNothing(item) }
        touch(record, at: moment, isTold: item.tellsActivity && !isNow)
    }

    /// The item's row is in a session that it does not move as it tells.
    func movesNothing(_ item: DeliveredItem) { movesLess = item.tellsActivity }

    /// The session that the item belongs to, opened where the item opens one.
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
            // Opened now, whenever that is by the item's own clock.
            if item.activityTime > present(item.activityTime) { movesNothing(item) }
            let opened = try open(for: record, channel: item.event.channel, at: now)
            notes.add(SessionLogLine(.startedByMessage, opened))
            return opened.id
        }
    }
}

extension DeliveredItem {
    /// When the person did it.
    fileprivate var activityTime: Instant { Self.activityTime(of: occurredAt, receivedAt: delivery.receivedAt) }

    /// When a person did what occurred at a time. Providers tell whole seconds, which stand for any moment in them; nothing happens after it was
    /// received.
    static func activityTime(of occurredAt: Instant, receivedAt: Instant) -> Instant {
        let isWholeSecond = occurredAt.milliseconds % 1000 == 0
        return min(isWholeSecond ? occurredAt.adding(.milliseconds(999)) : occurredAt, receivedAt)
    }
}

/// What became of the parts of a delivery that were stored so far.
struct DeliveryProgress: Sendable {
    var receipt = Receipt()
    /// The delivery's id, from its first part on.
    var id: DeliveryID?
}

/// A delivery of very many items is stored in parts, a transaction each, so that others are stored in between: of all others the writer may be
/// kept for milliseconds, whatever anybody sends. A part that fails ends it; when the delivery comes again, what was stored is a duplicate.
enum DeliveryParts {
    /// The most items of one delivery in a transaction.
    static let mostItems = 1000

    /// Hands over the parts of `events` in order, each with what became of those before.
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
    /// Storing a delivery, or a part of it with so many items.
    static func storing(_ delivery: Delivery, items: Int) -> Work {
        Work("storing a delivery", adapter: delivery.adapter.rawValue, account: delivery.account.rawValue, items: items)
    }
}

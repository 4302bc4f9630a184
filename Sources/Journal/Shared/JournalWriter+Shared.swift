import Messaging
import PhoneNumbers
import Signing

extension JournalWriter {
    /// Takes over what the shared database says; it is not told about its own words.
    func adopt(_ rows: SharedRows, endedBy ender: SessionEnder = .database, at now: Instant) throws {
        for rows in rows.differing { stored.add(KeptDifference(rows)) }
        try changes.silently {
            // What is over there is no session to merge others into here, where two contacts become one: it comes before the contacts, where its
            // own is known.
            let early = try rows.sessions.map { try $0.stored.status != .active && directory.record($0.stored.contactID) != nil }
            for (session, isEarly) in zip(rows.sessions, early) where isEarly { try adopt(session.stored, endedBy: ender, at: now) }
            for contact in rows.contacts {
                try directory.adopt(contact.canonical, for: contact.given, changedAt: contact.changedAt, at: now)
            }
            for (session, isEarly) in zip(rows.sessions, early) {
                if !isEarly { try adopt(session.stored, endedBy: ender, at: now) }
                if let successor = session.successor { try adopt(successor, endedBy: ender, at: now) }
            }
            // A session that ended before this journal heard of it is not among those that the database tells: its items stay in the merged
            // session, which leads there.
            for item in rows.moved where try sessions.session(id: item.session) != nil { try move(item) }
        }
    }

    /// Puts an item into another session, which has its times from over there; the one in which the item was keeps what it has by it.
    private func move(_ item: MovedItem) throws {
        guard let row = try movedRows.find(item) else { return }
        if let session = row.session { try times.write(session) }
        try times.leaveOut(row.sequence)
        try movedRows.move(row, to: item.session)
    }

    /// Takes over a session. Of two live ones of a contact the older stays, as it will there.
    private func adopt(_ theirs: Session, endedBy ender: SessionEnder, at now: Instant) throws {
        let record = try directory.record(theirs.contactID) ?? directory.adopt(Contact(theirs), for: theirs.contactID, at: now)
        var session = theirs
        session.contactID = record.contact.id
        if session.status == .active { session.phone = record.contact.phone }
        let ours = try sessions.session(id: theirs.id)
        if session.status == .active, session.isAhead(of: now) { session.takePresentTimes(of: ours, at: now) }
        // Theirs, with what happened here and has not reached them yet.
        if let ours { session = session.reconciled(with: ours, at: now) }
        session.status = session.status(at: now)
        // Here it may be another contact's.
        for holder in [record, try ours.flatMap { try directory.record($0.contactID) }] where holder?.session?.id == session.id {
            holder?.session = nil
        }
        // What is active there ends here where both have named customers.
        let ender = theirs.status == .active ? .twoCustomers : ender
        guard session.status == .active else { return try sessions.upsert(session, endedBy: ender) }
        guard let other = record.session, other.isLive(at: now) else {
            try directory.expireOverdueSession(of: record, at: now)
            try sessions.upsert(session, endedBy: ender)
            record.session = session
            return
        }
        let union = SessionUnion(other, session, at: now)
        try sessions.store(union)
        record.session = union.kept
    }

    /// What a start would write.
    func draft(_ request: StartRequest, at now: Instant) throws -> StartDraft? {
        guard let number = PhoneNumber(request.phone) else { return nil }
        let party = Party(phone: request.phone)
        let record = try directory.find(number)
        let contact = try record?.contact ?? newContact(with: number, request.phone, at: now)
        let live = record?.session.flatMap { $0.isLive(at: now) ? $0 : nil }
        let fresh = makeSession(of: contact, channel: request.channel, at: now)
        return StartDraft(
            contact: contact, changedAt: try record.flatMap { try directory.contacts.changedAt($0.contact.id) } ?? now,
            identities: party.keys, session: live ?? fresh, isLive: live != nil,
            hasRoom: try hasRoom(for: request.metadata, in: live), policy: policy, madeAt: now)
    }

    /// Somebody who had the number and has another one now, or none, is somebody else.
    private func newContact(with number: PhoneNumber, _ received: ReceivedPhone, at now: Instant) throws -> Contact {
        let former = try directory.formerHolder(of: received)?.contact
        let hasLeft = former.map { $0.phone != nil || $0.numberSince != nil } ?? false
        var contact = Contact(id: nextID(at: now), phone: nil)
        contact.take(phone: number.e164, from: hasLeft ? former?.id : nil, since: now)
        return contact
    }

    /// The session as the shared database has it, under the contact that everybody knows.
    ///
    /// `drafted` is whom the draft's contact is there; nil where that is the session's contact.
    func adopt(_ session: Session, of contact: Contact, drafted: Contact?, for draft: StartDraft, at now: Instant) throws -> Session {
        try changes.silently {
            // Whoever has the number now may be somebody else than whom it led to here.
            let isSame = drafted.map { $0.id == contact.id } ?? true
            if let drafted, !isSame { try directory.adopt(drafted, for: draft.contact.id, at: now) }
            let record = try directory.adopt(contact, for: isSame ? draft.contact.id : contact.id, at: now)
            for identity in draft.identities { try directory.link(identity, to: record, at: now) }
        }
        try adopt(SharedRows(sessions: [SharedSession(stored: session)]), at: now)
        return session
    }

    /// A start with the ids of a draft, where the draft's contact and session are still the ones to be made.
    func start(_ request: StartRequest, as draft: StartDraft, at now: Instant) throws -> StartOutcome? {
        if let number = PhoneNumber(request.phone), try directory.find(number) == nil { try directory.insert(draft.contact, at: now) }
        return try start(request, at: now, proposing: draft.session)
    }
}

extension Session {
    /// Times of another instance's clock that was ahead are not taken over: the sweep would bring them back, and the next answer give them
    /// back to us.
    fileprivate mutating func takePresentTimes(of ours: Session?, at now: Instant) {
        guard let ours, !ours.isAhead(of: now) else { return returnToPresent(at: now) }
        (lastActivity, expiresAt) = (ours.lastActivity, ours.expiresAt)
    }
}

extension Contact {
    /// What a session tells of its contact.
    fileprivate init(_ session: Session) {
        self.init(id: session.contactID, phone: session.phone, customerID: session.customerID)
    }
}

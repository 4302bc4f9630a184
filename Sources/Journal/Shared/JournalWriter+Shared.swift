import Messaging
import PhoneNumbers
import Signing

extension JournalWriter {
    /// Applies what the shared database reports, without sending it back.
    func adopt(_ rows: SharedRows, endedBy ender: SessionEnder = .database, at now: Instant) throws {
        for rows in rows.differing { stored.add(KeptDifference(rows)) }
        try changes.silently {
            // If two contacts become one, a session that has ended in the database must not be chosen for the merge here. So sessions are
            // applied before the contacts, if their own contact is known.
            let early = try rows.sessions.map { try $0.stored.status != .active && directory.record($0.stored.contactID) != nil }
            for (session, isEarly) in zip(rows.sessions, early) where isEarly { try adopt(session.stored, endedBy: ender, at: now) }
            for contact in rows.contacts {
                try directory.adopt(contact.canonical, for: contact.given, changedAt: contact.changedAt, at: now)
            }
            for (session, isEarly) in zip(rows.sessions, early) {
                if !isEarly { try adopt(session.stored, endedBy: ender, at: now) }
                if let successor = session.successor { try adopt(successor, endedBy: ender, at: now) }
            }
            // A session that had ended before this journal learned of it is not among those that the database reports: its items stay in
            // the merged session, which refers to it.
            for item in rows.moved where try sessions.session(id: item.session) != nil { try move(item) }
        }
    }

    /// Puts an item into another session, whose times come from the database; the item's former session keeps the times that it has.
    private func move(_ item: MovedItem) throws {
        guard let row = try movedRows.find(item) else { return }
        if let session = row.session { try times.write(session) }
        try times.leaveOut(row.sequence)
        try movedRows.move(row, to: item.session)
    }

    /// Applies the database's state of a session. Of two live sessions of a contact the older stays, as it will in the database.
    private func adopt(_ theirs: Session, endedBy ender: SessionEnder, at now: Instant) throws {
        let record = try directory.record(theirs.contactID) ?? directory.adopt(Contact(theirs), for: theirs.contactID, at: now)
        var session = theirs
        session.contactID = record.contact.id
        if session.status == .active { session.phone = record.contact.phone }
        let ours = try sessions.session(id: theirs.id)
        if session.status == .active, session.isAhead(of: now) { session.takePresentTimes(of: ours, at: now) }
        // The database's session, with everything that happened here and has not reached the database yet.
        if let ours { session = session.reconciled(with: ours, at: now) }
        session.status = session.status(at: now)
        // The session may belong to another contact here.
        for holder in [record, try ours.flatMap { try directory.record($0.contactID) }] where holder?.session?.id == session.id {
            holder?.session = nil
        }
        // A session that is active in the database ends here if both have named customers.
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

    /// The values that a start would write.
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

    /// A person who had the number, and now has another one or none, is another person.
    private func newContact(with number: PhoneNumber, _ received: ReceivedPhone, at now: Instant) throws -> Contact {
        let former = try directory.formerHolder(of: received)?.contact
        let hasLeft = former.map { $0.phone != nil || $0.numberSince != nil } ?? false
        var contact = Contact(id: nextID(at: now), phone: nil)
        contact.take(phone: number.e164, from: hasLeft ? former?.id : nil, since: now)
        return contact
    }

    /// The session as the shared database has it, with the contact that the database has.
    ///
    /// `drafted` is the contact that the database has for the draft's contact; nil if that is the session's contact.
    func adopt(_ session: Session, of contact: Contact, drafted: Contact?, for draft: StartDraft, at now: Instant) throws -> Session {
        try changes.silently {
            // In the database, the number may belong to another person than here.
            let isSame = drafted.map { $0.id == contact.id } ?? true
            if let drafted, !isSame { try directory.adopt(drafted, for: draft.contact.id, at: now) }
            let record = try directory.adopt(contact, for: isSame ? draft.contact.id : contact.id, at: now)
            for identity in draft.identities { try directory.link(identity, to: record, at: now) }
        }
        try adopt(SharedRows(sessions: [SharedSession(stored: session)]), at: now)
        return session
    }

    /// A start with the ids of a draft, if the draft's contact and session would still be created.
    func start(_ request: StartRequest, as draft: StartDraft, at now: Instant) throws -> StartOutcome? {
        if let number = PhoneNumber(request.phone), try directory.find(number) == nil { try directory.insert(draft.contact, at: now) }
        return try start(request, at: now, proposing: draft.session)
    }
}

extension Session {
    /// Times from another instance whose clock was ahead are not applied: the sweep would correct them, and the next answer would bring
    /// them back.
    fileprivate mutating func takePresentTimes(of ours: Session?, at now: Instant) {
        guard let ours, !ours.isAhead(of: now) else { return returnToPresent(at: now) }
        (lastActivity, expiresAt) = (ours.lastActivity, ours.expiresAt)
    }
}

extension Contact {
    /// The contact's values that are copied to a session.
    fileprivate init(_ session: Session) {
        self.init(id: session.contactID, phone: session.phone, customerID: session.customerID)
    }
}

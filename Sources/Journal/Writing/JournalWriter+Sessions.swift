import Messaging
import PhoneNumbers
import Signing

extension JournalWriter {
    /// Restores the live session of a phone on any channel, or opens one. If a session is opened, it gets the id and the token of `draft`.
    func start(_ request: StartRequest, at now: Instant, proposing draft: Session? = nil) throws -> StartOutcome? {
        guard PhoneNumber(request.phone) != nil,
            let record = try directory.resolve(Party(phone: request.phone), at: now, hasNumberNow: true)
        else { return nil }
        let live = record.session.flatMap { $0.isLive(at: now) ? $0 : nil }
        switch StartDecision(of: record.contact, live: live, requestedCustomer: request.customerID) {
        case .conflict: return .conflict
        case .open:
            if let customer = request.customerID { try directory.name(customer, for: record, at: now) }
            return .created(try open(for: record, channel: request.channel, at: now, metadata: request.metadata ?? "{}", proposing: draft))
        case .restore(let customer):
            guard try hasRoom(for: request.metadata, in: record.session) else { return .metadataFull }
            touch(record, at: now)
            try changes.mark(record.contact.id, session: record.session?.id)
            try rename(customer, record, at: now)
            try patch(request.metadata, record)
            return record.session.map { .restored($0) }
        }
    }

    /// Ends the live session that has this token, and returns it; nil if there is none.
    func end(_ token: Secret, at now: Instant) throws -> Session? {
        guard let found = try sessions.session(token: token) else { return nil }
        return try end(found, by: .client, at: now)
    }

    /// Ends a session, which is looked up by its id, and returns it; nil if it is not live.
    func end(_ session: Session, by ender: SessionEnder, at now: Instant) throws -> Session? {
        guard let record = try directory.record(session.contactID), var active = record.session,
            active.id == session.id, active.isLive(at: now)
        else { return nil }
        active.end(at: now)
        record.session = nil
        try sessions.save(active, endedBy: ender)
        return active
    }

    /// Marks those of the given sessions that are overdue as `expired`; returns the log lines about them.
    func expire(_ overdue: [(session: SessionID, contact: ContactID)], at now: Instant) throws -> [SessionLogLine] {
        try overdue.compactMap { session, contact in
            guard let line = try sessions.expire(session, of: contact, at: now) else { return nil }
            if let record = directory.remembered(contact), record.session?.id == session { record.session = nil }
            return line
        }
    }

    /// Sets the times of these contacts' active sessions to now if they are in the future, because a clock was ahead; returns the number of
    /// changed sessions.
    func returnToPresent(_ contacts: [ContactID], at now: Instant) throws -> Int {
        try contacts.count { contact in
            guard let record = try directory.record(contact), var session = record.session, session.isAhead(of: now) else { return false }
            // The sessions' rows still contain the future times, and must not move the sessions again.
            times.moveBack()
            session.returnToPresent(at: now)
            try sessions.save(session)
            record.session = session
            return true
        }
    }

    /// Opens a session for a contact that has no live one. Opening is activity at the present time, whenever the message was sent.
    func open(
        for record: ContactRecord, channel: Channel, at now: Instant, metadata: String = "{}", proposing draft: Session? = nil
    ) throws -> Session {
        try directory.expireOverdueSession(of: record, at: now)
        var session = makeSession(of: record.contact, channel: channel, at: now, metadata: metadata)
        if let draft, try sessions.session(id: draft.id) == nil {
            session.id = draft.id
            session.token = draft.token
        }
        try sessions.insert(session)
        record.session = session
        directory.weigh(record)
        return session
    }

    /// Makes a new session without storing it.
    func makeSession(of contact: Contact, channel: Channel, at now: Instant, metadata: String = "{}") -> Session {
        Session(
            opening: nextID(at: now), for: contact, on: channel, token: Secret(SecureRandom.token()), at: now, policy: policy,
            metadata: metadata)
    }

    /// Sets the customer of the contact's session, which had none, to the one that a client named.
    private func rename(_ customer: String?, _ record: ContactRecord, at now: Instant) throws {
        guard let customer else { return }
        try directory.name(customer, for: record, at: now)
        record.session?.customerID = customer
        if let session = record.session { try sessions.save(session) }
    }

    private func patch(_ metadata: String?, _ record: ContactRecord) throws {
        guard let metadata, let session = record.session else { return }
        if let merged = try sessions.patchMetadata(of: session, with: metadata) { record.session?.metadata = merged }
        directory.weigh(record)
    }

    /// Whether a session's metadata stay within the limit if these are merged into them. A change that does not make them longer is always
    /// allowed.
    func hasRoom(for metadata: String?, in session: Session?) throws -> Bool {
        guard let metadata, let session else { return true }
        // Usually the sum of both is far below the limit, so that no merge is needed to decide.
        guard metadata.utf8.count + session.metadata.utf8.count > StartRequest.metadataLimit else { return true }
        let merged = try sessions.patchedMetadata(of: session, with: metadata)?.utf8.count ?? 0
        return merged <= max(StartRequest.metadataLimit, session.metadata.utf8.count)
    }
}

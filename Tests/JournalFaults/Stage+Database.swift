import Journal
import Messaging
import SwitchboardTesting

// Reports of the shared database.
extension Stage {
    func endElsewhere(_ person: Int, _ journal: Journal) async throws -> String {
        guard var session = try live(person) else { return "no session" }
        session.status = .loggedOut
        session.expiresAt = clock.now
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: session)]))
        return ""
    }

    func openElsewhere(_ person: Int, isOlder: Bool, _ journal: Journal) async throws
        -> String
    {
        guard var session = try live(person) else { return "no session" }
        session.id = identifier(at: clock.now)
        session.token = Secret(session.id.description)
        // If two sessions begin at the same time, their ids decide, and these differ between runs: so sessions of different people differ
        // by more time than a history takes.
        session.createdAt = session.createdAt.adding(.seconds(isOlder ? -10 - person : 10 + person))
        session.lastActivity = clock.now
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: session)]))
        return ""
    }

    func mergeElsewhere(_ person: Int, _ journal: Journal) async throws -> String {
        guard let session = try live(person) else { return "no session" }
        // Of two contacts the one with the earlier id is the older, and the order of ids from one moment differs between runs.
        let moment = clock.now.adding(.seconds(10 + person))
        let canonical = Contact(id: identifier(at: moment), phone: session.phone, customerID: nil, displayName: "Asha")
        var theirs = session
        theirs.contactID = canonical.id
        try await journal.adopt(
            SharedRows(
                contacts: [SharedContact(given: session.contactID, canonical: canonical)],
                sessions: [SharedSession(stored: theirs)]))
        return ""
    }

    func draft(_ person: Int, isShared: Bool, _ journal: Journal) async throws -> String {
        guard let draft = try await journal.draft(request(person, 0)) else { return "no phone" }
        if isShared {
            return remember(
                try await journal.adopt(draft.session, of: draft.contact, for: draft), of: person)
        }
        return try await journal.start(request(person, 0), as: draft) == .conflict
            ? "conflict" : "started"
    }

    private func live(_ person: Int) throws -> Session? {
        let columns =
            "session_id, contact_id, customer_id, channel, session_token, created_at, last_activity, expires_at, metadata, phone"
        let condition =
            "status = 'active' AND expires_at > '\(clock.now)' AND phone = '+\(number(person))'"
        return try rows("SELECT \(columns) FROM sessions WHERE \(condition)").first.flatMap { row in
            guard let id = SessionID(row[0]), let contact = ContactID(row[1]),
                let created = Instant(rfc3339: row[5]),
                let last = Instant(rfc3339: row[6]), let expires = Instant(rfc3339: row[7])
            else { return nil }
            return Session(
                id: id, contactID: contact, customerID: row[2], phone: row[9], channel: Channel(row[3]),
                token: Secret(row[4]),
                status: .active, createdAt: created, lastActivity: last, expiresAt: expires,
                metadata: row[8])
        }
    }

    private func identifier<Subject>(at moment: Instant) -> Identifier<Subject> {
        Identifier(milliseconds: moment.milliseconds, sequence: 0, random: .random(in: 0...UInt64.max))
    }
}

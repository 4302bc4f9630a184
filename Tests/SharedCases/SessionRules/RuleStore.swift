import JSON
import Messaging
import Testing

/// A store that the cases of `Tests/SessionRules` run against: the journal, or the shared database.
public protocol RuleStore: Sendable {
    /// The time from which the times of a case are counted.
    var now: Instant { get }
    /// Whether it is the database that instances share, rather than an instance's own journal.
    static var isShared: Bool { get }
    /// Runs statements that prepare a case.
    func execute(_ sql: String) async throws
    /// The rows of a query, with columns separated by a bar and null as a hyphen.
    func rows(_ sql: String) async throws -> [String]
    /// Performs the event of a case. Times of sessions in it are counted from `start`, when the case began.
    func perform(_ event: RuleEvent, from start: Instant) async throws -> RuleOutcome
}

/// The result of a case's event.
public struct RuleOutcome: Sendable {
    /// `created`, `restored`, `conflict`, `ended` or `unknown`, if the event is a client's.
    public var word: String?
    /// The session in the answer.
    public var session: SessionID?

    public init(_ word: String? = nil, session: SessionID? = nil) {
        self.word = word
        self.session = session
    }
}

extension SessionRuleCase {
    /// Prepares the case, performs its event, and compares the stored rows with the expected ones.
    public func check(_ store: some RuleStore) async throws {
        let start = store.now
        try await load(into: store, at: start)
        if let earlier { _ = try await store.perform(earlier, from: start) }
        let outcome = try await store.perform(event, from: start)
        let moments = start...store.now
        if let word = expected["outcome"].string { #expect(outcome.word == word, "the outcome") }
        var created = outcome.session
        if let name = expected["message_in"].string {
            let stored = try await store.rows("SELECT session_id FROM messages ORDER BY message_id DESC").first.flatMap { SessionID($0) }
            expect(name, stored, "the session of the message")
            created = stored
        }
        if let name = expected["session"].string { expect(name, outcome.session, "the session that was answered") }
        for (name, members) in expected["contacts"].members {
            try await check(members, contact: RuleContact.id(name), name: name, in: store)
        }
        for (name, members) in expected["sessions"].members {
            guard let id = name == "new" ? created : RuleSession.id(name) else { throw RuleProblem("there is no session \(name)") }
            try await check(members, session: id, name: name, in: store, moments)
        }
        try await checkInvariants(of: store)
    }

    /// Expects the session with this name of the case, or, for `new`, a session that is not one of the case's.
    private func expect(_ name: String, _ id: SessionID?, _ what: Comment) {
        let known = sessions.first { $0.id == id }
        #expect(id != nil && (name == "new" ? known == nil : id == RuleSession.id(name)), what)
    }

    private func load(into store: some RuleStore, at now: Instant) async throws {
        var script: [String] = []
        let made = now.adding(.seconds(-100_000))
        for contact in contacts {
            let since = contact.numberSince.map { now.adding(.seconds($0)).description }
            script.append(
                """
                INSERT INTO contacts (contact_id, phone, number_since, customer_id, created_at, updated_at)
                VALUES ('\(contact.id)', \(quoted(contact.phone)), \(quoted(since)), \(quoted(contact.customer)), '\(made)', '\(made)')
                """)
            for identity in contact.identities {
                script.append(
                    """
                    INSERT INTO identities (kind, scope, value, contact_id, first_seen)
                    VALUES ('\(identity.kind)', '\(identity.scope)', '\(identity.value)', '\(contact.id)', '\(made)')
                    """)
            }
        }
        script += stored(in: store).map { session in
            let row = session.session(phone: contacts.first { $0.id == session.contact }?.phone, at: now)
            return """
                INSERT INTO sessions (session_id, contact_id, customer_id, customer_named, phone, channel, session_token, status, created_at,
                  last_activity, expires_at, metadata)
                VALUES ('\(row.id)', '\(row.contactID)', '\(row.shownCustomerID)', '\(row.customerID == nil ? 0 : 1)', \(quoted(row.phone)),
                  'chat', '\(row.token.revealed)', '\(row.status.rawValue)', '\(row.createdAt)', '\(row.lastActivity)', '\(row.expiresAt)',
                  '\(row.metadata)')
                """
        }
        guard !script.isEmpty else { return }
        try await store.execute(script.joined(separator: ";\n"))
    }

    /// The initial sessions; for a reported session, an instance's journal has the instance's version.
    private func stored<Store: RuleStore>(in store: Store) -> [RuleSession] {
        guard case .report(let told, _) = event, !Store.isShared else { return sessions }
        return sessions.map { $0.id == told.id ? told : $0 }
    }

    private func quoted(_ value: String?) -> String { value.map { "'\($0)'" } ?? "NULL" }

    private func check(_ expected: JSON, contact id: ContactID, name: String, in store: some RuleStore) async throws {
        let rows = try await store.rows("SELECT phone, customer_id, merged_into FROM contacts WHERE contact_id = '\(id)'")
        let row = rows.first?.split(separator: "|").map(String.init) ?? []
        guard row.count == 3 else { throw RuleProblem("there is no contact \(name)") }
        for (member, value) in expected.members {
            switch member {
            case "phone": #expect(row[0] == value.string ?? "-", "the phone of \(name)")
            case "customer": #expect(row[1] == value.string ?? "-", "the customer of \(name)")
            case "is": #expect(row[2] == value.string.map { "\(RuleContact.id($0))" } ?? "-", "who \(name) is")
            default: throw RuleProblem("\(member) of a contact")
            }
        }
    }

    private func check<Store: RuleStore>(
        _ expected: JSON, session id: SessionID, name: String, in store: Store, _ moments: ClosedRange<Instant>
    ) async throws {
        let rows = try await store.rows(
            """
            SELECT contact_id, customer_id, customer_named, phone, status, \(Store.time("last_activity")), \(Store.time("expires_at")),
              metadata ->> 'merged_into'
            FROM sessions WHERE session_id = '\(id)'
            """)
        let row = rows.first?.split(separator: "|").map(String.init) ?? []
        guard row.count == 8 else { throw RuleProblem("there is no session \(name)") }
        let isNamed = ["1", "t"].contains(row[2])
        #expect(isNamed || row[1] == (row[3] == "-" ? row[0] : row[3]), "the stand-in of \(name) is its phone, or its contact")
        for (member, value) in expected.members {
            let what: Comment = "\(member) of \(name)"
            switch member {
            case "of": #expect(row[0] == value.string.map { "\(RuleContact.id($0))" }, what)
            case "customer": #expect((isNamed ? row[1] : nil) == value.string, what)
            case "shown": #expect(row[1] == value.string, what)
            case "phone": #expect(row[3] == value.string ?? "-", what)
            case "status": #expect(row[4] == value.string, what)
            case "active": try expect(value, row[5], moments, what)
            case "expires": try expect(value, row[6], moments, what)
            case "merged_into": #expect(row[7] == value.string.map { "\(RuleSession.id($0))" } ?? "-", what)
            default: throw RuleProblem("\(member) of a session")
            }
        }
    }

    /// Expects a time: seconds from the beginning, `now` for the time of the event, or `now+` with the seconds after it.
    private func expect(_ value: JSON, _ time: String, _ moments: ClosedRange<Instant>, _ what: Comment) throws {
        if let seconds = value.int {
            #expect(time == moments.lowerBound.adding(.seconds(seconds)).description, what)
            return
        }
        guard let text = value.string, text.hasPrefix("now"), let instant = Instant(rfc3339: time) else { throw RuleProblem("\(what)") }
        let after = Int64(text.dropFirst(4)) ?? 0
        #expect(moments.contains(instant.adding(.seconds(-after))), what)
    }

    private func checkInvariants(of store: some RuleStore) async throws {
        let doubled = try await store.rows(
            "SELECT contact_id FROM sessions WHERE status = 'active' GROUP BY contact_id HAVING count(*) > 1")
        #expect(doubled == [], "a contact has one active session at most")
        let lost = try await store.rows(
            "SELECT i.value FROM identities i JOIN contacts c ON c.contact_id = i.contact_id WHERE c.merged_into IS NOT NULL")
        #expect(lost == [], "an identity leads to a contact that goes on")
    }
}

extension RuleStore {
    /// A column of times as RFC 3339.
    fileprivate static func time(_ column: String) -> String { isShared ? "switchboard.iso_time(\(column))" : column }
}

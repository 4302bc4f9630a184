import Journal
import Messaging
import SharedCases
import SwitchboardTesting
import Testing

@Suite("The rules of sessions")
struct SessionRuleTests {
    @Test("Contacts and sessions follow the cases of Tests/SessionRules", arguments: try SessionRuleCase.all())
    func rule(_ rule: SessionRuleCase) async throws { try await rule.check(JournalRuleStore(rule.portfolios)) }

    @Test(
        "Activity moves the times forward and never back",
        arguments: [
            // (time of the activity, resulting last activity, resulting expiry), in seconds after the previous activity; the expiry was at
            // 100.
            (0, 0, 100), (1, 1, 101), (99, 99, 199), (-50, 0, 100), (-100_000, 0, 100),
        ])
    func touch(at: Int, lastActivity: Int, expiresAt: Int) {
        var session = session(expiresAfter: 100)
        session.touch(at: start.adding(.seconds(at)), policy: SessionPolicy(idleTimeout: .seconds(100)))
        #expect(session.lastActivity == start.adding(.seconds(lastActivity)))
        #expect(session.expiresAt == start.adding(.seconds(expiresAt)))
    }

    @Test("A shorter timeout than before does not bring the expiry nearer")
    func shorterTimeout() {
        var session = session(expiresAfter: 100)
        session.touch(at: start.adding(.seconds(10)), policy: SessionPolicy(idleTimeout: .seconds(20)))
        #expect(session.expiresAt == start.adding(.seconds(100)))
    }

    @Test("A channel has its own timeout or the common one", arguments: [(Channel.kiosk, 60), (.chat, 600), (.whatsapp, 600)])
    func timeouts(channel: Channel, seconds: Int) {
        var session = session(expiresAfter: 1, channel: channel)
        session.touch(at: start, policy: SessionPolicy(idleTimeout: .seconds(600), idleTimeouts: [.kiosk: .seconds(60)]))
        #expect(session.expiresAt == start.adding(.seconds(seconds)))
    }

    @Test("The default timeout is 24 hours")
    func standard() { #expect(SessionPolicy().idleTimeout == .seconds(24 * 3600)) }

    @Test(
        "A session is live until the moment it expires",
        arguments: [
            (Session.Status.active, 0, true, Session.Status.active), (.active, 99_999, true, .active), (.active, 100_000, false, .expired),
            (.active, 100_001, false, .expired), (.loggedOut, 0, false, .loggedOut), (.loggedOut, 100_000, false, .loggedOut),
            (.expired, 0, false, .expired), (.merged, 0, false, .merged), (.merged, 100_000, false, .merged),
        ])
    func live(status: Session.Status, milliseconds: Int, isLive: Bool, shown: Session.Status) {
        var session = session(expiresAfter: 100)
        session.status = status
        let now = start.adding(.milliseconds(milliseconds))
        #expect(session.isLive(at: now) == isLive)
        #expect(session.status(at: now) == shown)
    }

    private let start = Instant(milliseconds: 1_795_370_400_000)

    private func session(expiresAfter seconds: Int, channel: Channel = .chat) -> Session {
        Session(
            id: SessionID(milliseconds: 1, sequence: 1, random: 1), contactID: ContactID(milliseconds: 1, sequence: 2, random: 2),
            customerID: "103", phone: "+919876543210", channel: channel, token: Secret("token"), status: .active, createdAt: start,
            lastActivity: start, expiresAt: start.adding(.seconds(seconds)), metadata: "{}")
    }
}

/// Runs the cases of `Tests/SessionRules` against a journal.
private struct JournalRuleStore: RuleStore {
    private let rig: TemporaryJournal

    init(_ portfolios: Portfolios) throws { rig = try TemporaryJournal(portfolios: portfolios) }

    var now: Instant { rig.clock.now }
    static let isShared = false
    func execute(_ sql: String) throws { try rig.execute(sql) }
    func rows(_ sql: String) throws -> [String] { try rig.rows(sql) }

    func perform(_ event: RuleEvent, from start: Instant) async throws -> RuleOutcome {
        switch event {
        case .message(let phone, let ids, let at):
            let party = Party(phone: phone.map { ReceivedPhone($0) }, identities: ids.map { .ruleID($0) })
            try await rig.accept(.message("m-\(phone ?? "")-\(ids)", from: party, at: start.adding(.seconds(at))))
            return RuleOutcome()
        case .start(let phone, let customer):
            switch try await rig.outcome(phone, customer: customer) {
            case .created(let session): return RuleOutcome("created", session: session.id)
            case .restored(let session): return RuleOutcome("restored", session: session.id)
            case .conflict: return RuleOutcome("conflict")
            case let other: throw RuleProblem("\(String(describing: other))")
            }
        case .end(let session): return RuleOutcome(try await rig.journal.end(session.token) == nil ? "unknown" : "ended")
        case .change(let contact, let phone, let ids, let at):
            let party = Party(phone: contact.phone.map { ReceivedPhone($0) }, identities: contact.ids.map { .ruleID($0) })
            var change = Event.change("c-1", of: party, to: phone)
            change.occurredAt = start.adding(.seconds(at))
            if case .identity(var told) = change.content {
                told.identities = ids.map { .ruleID($0) }
                change.content = .identity(told)
            }
            try await rig.accept(change)
            return RuleOutcome()
        case .report(_, let database): return try await adopt(database, start)
        case .meet(let session): return try await adopt(session, start)
        }
    }

    private func adopt(_ session: RuleSession, _ start: Instant) async throws -> RuleOutcome {
        let phone = try rig.rows("SELECT phone FROM contacts WHERE contact_id = '\(session.contact)'").first
        try await rig.journal.adopt(SharedRows(sessions: [SharedSession(stored: session.session(phone: phone, at: start))]))
        return RuleOutcome()
    }
}

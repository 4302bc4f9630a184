import Messaging
import Testing

@testable import Journal

@Suite("The rules of sessions")
struct SessionRuleTests {
    @Test(
        "What a start comes to",
        arguments: [
            (false, nil, nil, StartDecision.open), (false, "103", nil, .open), (false, nil, "103", .open), (false, "103", "104", .open),
            (true, nil, nil, .restore(naming: nil)), (true, "103", nil, .restore(naming: nil)),
            (true, "103", "103", .restore(naming: nil)), (true, nil, "103", .restore(naming: "103")),
            (true, "103", "104", .conflict), (true, "103", "0103", .conflict), (true, "a", "A", .conflict),
        ])
    func decision(hasLiveSession: Bool, known: String?, requested: String?, expected: StartDecision) {
        let decision = StartDecision(hasLiveSession: hasLiveSession, knownCustomer: known, requestedCustomer: requested)
        #expect(decision == expected)
    }

    @Test(
        "Activity moves the times on and never back",
        arguments: [
            // (activity at, last activity then, expiry then), in seconds after the last activity; the expiry was at 100.
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

    @Test("The timeout is 24 hours unless told")
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

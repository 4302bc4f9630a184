import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Expiry")
struct ExpiryTests {
    private let rig: TemporaryJournal

    init() throws {
        rig = try TemporaryJournal(SessionPolicy(idleTimeout: .seconds(100), idleTimeouts: [.kiosk: .seconds(10)]))
    }

    @Test("A message before the expiry belongs to the session, one at the expiry to the next", arguments: [(99_999, 1), (100_000, 2)])
    func moment(milliseconds: Int, sessions: Int) async throws {
        try await rig.start("+919876543210")
        rig.clock.advance(by: .milliseconds(milliseconds))
        try await rig.accept(.message("m-1"))
        #expect(try await rig.sessions().count == sessions)
        #expect(try await rig.sessions().last?.lastActivity == rig.clock.now)
        #expect(try rig.rows("SELECT count(*) FROM sessions WHERE status = 'active'") == ["1"])
    }

    @Test("Sessions are found by customer, channel and the time since which they were active")
    func filters() async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(5))
        let second = try await rig.start("+919876543211", on: .kiosk, customer: "104")
        let now = rig.clock.now
        for (filter, expected) in [
            (SessionFilter(), [second.id, first.id]), (SessionFilter(customerID: "103"), [first.id]), (SessionFilter(customerID: "10"), []),
            (SessionFilter(channel: .kiosk), [second.id]), (SessionFilter(since: now), [second.id]),
            (SessionFilter(since: now.adding(.seconds(-5))), [second.id, first.id]), (SessionFilter(customerID: "103", since: now), []),
            (SessionFilter(customerID: "104", channel: .kiosk, status: .active), [second.id]),
        ] {
            #expect(try await rig.journal.reader.sessions(filter, limit: 10).map(\.id) == expected, "\(filter)")
            #expect(try await rig.journal.reader.sessionCount(filter) == expected.count)
        }
    }

    @Test("Sessions are listed by last activity, the latest first; with equal times, the last opened first")
    func order() async throws {
        let first = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(5))
        let others = [try await rig.start("+919876543211"), try await rig.start("+919876543212")]
        rig.clock.advance(by: .seconds(5))
        try await rig.accept(.message("m-1"))
        let ids = [first.id, others[1].id, others[0].id]
        #expect(try await rig.journal.reader.sessions(limit: 10).map(\.id) == ids)
        #expect(try await rig.journal.reader.sessions(limit: 2).map(\.id) == Array(ids.prefix(2)))
    }

    @Test("Every message postpones the expiry")
    func sliding() async throws {
        let session = try await rig.start("+919876543210")
        for number in 1...5 {
            rig.clock.advance(by: .seconds(99))
            try await rig.accept(.message("m-\(number)"))
        }
        #expect(try await rig.sessions().map(\.id) == [session.id])
        #expect(try await rig.session(session.id).expiresAt == rig.clock.now.adding(.seconds(100)))
    }

    @Test("A session lasts as long as its own channel's timeout, on whatever channel messages arrive")
    func ownChannel() async throws {
        let session = try await rig.start("+919876543210", on: .kiosk)
        #expect(session.expiresAt == rig.clock.now.adding(.seconds(10)))
        rig.clock.advance(by: .seconds(9))
        try await rig.accept(.message("m-1"))
        #expect(try await rig.session(session.id).expiresAt == rig.clock.now.adding(.seconds(10)))
    }

    @Test("Reads see the expiry at once, before it is written")
    func seenAtOnce() async throws {
        let session = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(100))
        #expect(try rig.rows("SELECT status FROM sessions") == ["active"])
        #expect(try await rig.journal.reader.session(token: session.token) == nil)
        #expect(try await rig.journal.reader.sessions(status: .active, limit: 10) == [])
        #expect(try await rig.journal.reader.sessions(status: .expired, limit: 10).map(\.id) == [session.id])
        #expect(try await rig.journal.end(session.token) == nil)
        #expect(try await rig.session(session.id).status(at: rig.clock.now) == .expired)
    }

    @Test("The sweep marks overdue sessions, no others, and each once")
    func sweep() async throws {
        let overdue = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(50))
        let live = try await rig.start("+919987654321")
        let ended = try await rig.start("+919812345678")
        _ = try await rig.journal.end(ended.token)
        rig.clock.advance(by: .seconds(50))
        #expect(try await rig.journal.expireOverdueSessions() == 1)
        #expect(try await rig.journal.expireOverdueSessions() == 0)
        #expect(
            try rig.rows("SELECT session_id, status FROM sessions ORDER BY session_id") == [
                "\(overdue.id)|expired", "\(live.id)|active", "\(ended.id)|logged_out",
            ])
        #expect(try rig.rows("SELECT count(*) FROM sessions WHERE status = 'active'") == ["1"])
    }

    @Test("An expired session is never revived: a start creates another row and token", arguments: [false, true])
    func notRevived(isSwept: Bool) async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(100))
        if isSwept { #expect(try await rig.journal.expireOverdueSessions() == 1) }
        guard case .created(let second) = try await rig.outcome("+919876543210", customer: "104") else {
            throw Unexpected(what: "the start did not create a session")
        }
        #expect(second.id != first.id && second.token != first.token)
        #expect(try rig.rows("SELECT status, customer_id FROM sessions ORDER BY session_id") == ["expired|103", "active|104"])
        #expect(try await rig.journal.reader.session(token: first.token) == nil)
    }

    @Test("The token of an expired session is not accepted", arguments: [false, true])
    func tokenOfExpired(isSwept: Bool) async throws {
        let session = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(100))
        if isSwept { _ = try await rig.journal.expireOverdueSessions() }
        #expect(try await rig.journal.accept(rig.delivery(), [.message("m-1")], provenBy: session.token) == .unknownToken)
        #expect(try rig.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A session that a message has moved is not swept")
    func movedOn() async throws {
        let session = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(99))
        try await rig.accept(.message("m-1"))
        rig.clock.advance(by: .seconds(2))
        #expect(try await rig.journal.expireOverdueSessions() == 0)
        #expect(try await rig.session(session.id).status == .active)
    }

    @Test("After the journal is reopened, session times continue from their last values")
    func reopened() async throws {
        let session = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-1"))
        let next = try rig.reopened()
        #expect(try await next.session(session.id).lastActivity == next.clock.now)
        next.clock.advance(by: .seconds(99))
        try await next.accept(.message("m-2"))
        #expect(try await next.sessions().map(\.id) == [session.id])
    }
}

import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Sessions with times from a wrong clock")
struct SessionClockTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(SessionPolicy(idleTimeout: .seconds(3600), idleTimeouts: [.kiosk: .seconds(60)])) }

    @Test(
        "A session whose clock was years ahead is corrected to now, and expires when its person is idle",
        arguments: [Channel.chat, .kiosk])
    func ahead(channel: Channel) async throws {
        let present = rig.clock.now
        rig.clock.advance(by: .seconds(10 * 365 * 86_400))
        let session = try await rig.start("9876543210", on: channel)
        rig.clock.advance(by: .seconds(-10 * 365 * 86_400))
        #expect(try await rig.journal.returnSessionsToPresent() == 1)
        let timeout: Duration = channel == .kiosk ? .seconds(60) : .seconds(3600)
        let returned = try await rig.session(session.id)
        #expect(returned.status == .active && returned.lastActivity == present && returned.expiresAt == present.adding(timeout))
        // The writer's memory agrees with the file.
        rig.clock.advance(by: .seconds(10))
        try await rig.accept(.message("1"))
        #expect(try await rig.session(session.id).lastActivity == present.adding(.seconds(10)))
        #expect(try await rig.journal.returnSessionsToPresent() == 0)
        rig.clock.advance(by: timeout)
        #expect(try await rig.journal.expireOverdueSessions() == 1)
        #expect(try rig.rows("SELECT status FROM sessions") == ["expired"])
    }

    @Test("Clocks that differ by minutes change nothing", arguments: [0, 1, 299])
    func minutes(seconds: Int) async throws {
        rig.clock.advance(by: .seconds(seconds))
        let session = try await rig.start("9876543210")
        rig.clock.advance(by: .seconds(-seconds))
        #expect(try await rig.journal.returnSessionsToPresent() == 0)
        #expect(try await rig.session(session.id) == session)
    }

    @Test("Ended sessions stay unchanged, and thousands of live ones are corrected")
    func many() async throws {
        rig.clock.advance(by: .seconds(86_400 * 365))
        // Simultaneous messages share transactions.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1200 { group.addTask { try await rig.start("+9198765\(10000 + number)") } }
            try await group.waitForAll()
        }
        try rig.execute("UPDATE sessions SET status = 'logged_out' WHERE rowid % 2 = 0")
        rig.clock.advance(by: .seconds(-86_400 * 365))
        #expect(try await rig.journal.returnSessionsToPresent() == 600)
        #expect(
            try rig.rows("SELECT count(*) FROM sessions WHERE last_activity > '\(rig.clock.now)'") == ["600"])
    }

    @Test("Sessions that were merged into each other lead nowhere, and cause no endless loop")
    func circle() async throws {
        let (one, other) = (try await rig.start("9876543210"), try await rig.start("9812345678"))
        for (session, into) in [(one, other), (other, one)] {
            try rig.execute(
                "UPDATE sessions SET status = 'merged', metadata = '{\"merged_into\":\"\(into.id)\"}' WHERE session_id = '\(session.id)'")
        }
        #expect(try await rig.journal.reader.session(token: one.token) == nil)
        #expect(try await rig.journal.accept(rig.delivery(), [.message("1")], provenBy: other.token) == .unknownToken)
        #expect(try await rig.journal.end(one.token) == nil)
    }
}

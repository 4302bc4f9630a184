import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("A number that changes")
struct NumberChangeTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("A change moves the phone to the same contact and ends no session", arguments: [false, true])
    func moves(isReopened: Bool) async throws {
        let before = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        let after = try await rig.session(before.id)
        #expect(after.phone == "+919812345678" && after.status == .active && after.token == before.token)
        #expect(after.lastActivity == before.lastActivity)
        try await rig.accept(.message("m-1", from: .phone("919812345678")))
        #expect(try rig.rows("SELECT session_id FROM messages") == [before.id.description])
        #expect(try rig.rows("SELECT phone, customer_id FROM contacts") == ["+919812345678|103"])
        #expect(try await rig.start("+919812345678", customer: "103").id == before.id)
    }

    @Test("A late message from the old number is the same person's and does not move the phone back", arguments: [false, true])
    func late(isReopened: Bool) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.1")), .message("m-3", from: .asha))
        #expect(try rig.rows("SELECT phone FROM contacts") == ["+919812345678"])
        #expect(try rig.rows("SELECT phone, status FROM sessions") == ["+919812345678|active"])
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages") == ["1"])
    }

    @Test("A sender whose id is known under another number has the new number from then on")
    func silent() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        try await rig.accept(.message("m-2", from: .phone("919812345678", id: "IN.1")))
        #expect(try rig.rows("SELECT phone FROM contacts") == ["+919812345678"])
        #expect(try rig.rows("SELECT phone FROM sessions") == ["+919812345678"])
    }

    @Test("A message from the new number before the change is reported belongs to the person, and the older session continues")
    func changeComesLate() async throws {
        try await rig.accept(.message("m-1", from: .asha))
        rig.clock.advance(by: .seconds(5))
        try await rig.accept(.message("m-2", from: .phone("919812345678")))
        rig.clock.advance(by: .seconds(5))
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        let sessions = try await rig.sessions()
        #expect(sessions.map(\.status) == [.active, .merged])
        #expect(sessions[0].phone == "+919812345678")
        #expect(try await rig.journal.reader.session(token: sessions[1].token)?.id == sessions[0].id)
        #expect(sessions[0].lastActivity == rig.clock.now.adding(.seconds(-5)))
    }

    @Test("After a change of user id both ids lead to the same person")
    func userID() async throws {
        try await rig.accept(.message("m-1", from: .id("IN.1")))
        try await rig.accept(.change("c-1", of: .id("IN.1"), userID: "IN.2"))
        try await rig.accept(.message("m-2", from: .id("IN.2")), .message("m-3", from: .id("IN.1")))
        #expect(try rig.count("contacts") == 1)
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages") == ["1"])
    }

    @Test("A change that is reported twice, or to the person's present number, changes nothing")
    func again() async throws {
        try await rig.start("+919876543210", customer: "103")
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        let before = try rig.rows("SELECT * FROM contacts") + rig.rows("SELECT * FROM sessions")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        try await rig.accept(.change("c-2", of: .asha, to: "919812345678"))
        #expect(try rig.rows("SELECT * FROM contacts") + rig.rows("SELECT * FROM sessions") == before)
    }

    @Test("A change of an unknown person creates a contact to which both numbers lead")
    func stranger() async throws {
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        #expect(try rig.rows("SELECT phone FROM contacts") == ["+919812345678"])
        #expect(try rig.count("sessions") == 0)
        try await rig.accept(.message("m-1", from: .asha), .message("m-2", from: .phone("919812345678")))
        #expect(try rig.rows("SELECT count(*), phone FROM sessions") == ["1|+919812345678"])
    }

    @Test(
        "Somebody who starts a session with a number that another person gave up is another person",
        arguments: ["919876543210", "+91 98765 43210"])
    func recycled(spelling: String) async throws {
        let first = try await rig.start("919876543210", customer: "103")
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        let second = try await rig.start(spelling, customer: "104")
        #expect(second.id != first.id && second.token != first.token && second.customerID == "104")
        #expect(
            try rig.rows("SELECT phone, customer_id, status FROM sessions ORDER BY session_id") == [
                "+919812345678|103|active", "+919876543210|104|active",
            ])
        try await rig.accept(.message("m-1", from: .phone("+919876543210")), .message("m-2", from: .asha))
        #expect(try rig.rows("SELECT DISTINCT session_id FROM messages") == [second.id.description])
    }

    @Test(
        "If a number passes from one customer to another, neither their contacts nor their sessions are merged", arguments: [false, true])
    func takenOver(isReopened: Bool) async throws {
        let giver = try await rig.start("+919812345678", customer: "104")
        let taker = try await rig.start("+919876543210", customer: "103")
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        #expect(try await rig.journal.reader.session(token: giver.token)?.id == giver.id)
        #expect(
            try rig.rows("SELECT customer_id, phone, status FROM sessions ORDER BY customer_id") == [
                "103|+919812345678|active", "104|-|active",
            ])
        try await rig.accept(.message("m-1", from: .phone("919812345678")), .message("m-2", from: .local("+919812345678")))
        #expect(try rig.rows("SELECT DISTINCT session_id FROM messages") == [taker.id.description])
    }

    @Test("A change that is reported late takes no number from a person who has shown it since", arguments: [false, true])
    func old(isReopened: Bool) async throws {
        let present = try await rig.start("+919876543210", customer: "NEW")
        var change = Event.change("c-1", of: .asha, to: "919812345678")
        change.occurredAt = rig.clock.now.adding(.seconds(-4 * 86_400))
        try await rig.accept(change)
        let rig = isReopened ? try self.rig.reopened() : self.rig
        let other = try await rig.start("+919812345678")
        #expect(other.id != present.id)
        #expect(try await rig.start("+919876543210", customer: "NEW").id == present.id)
        #expect(try await rig.session(present.id).phone == "+919876543210")
    }

    @Test(
        "Changes that are reported in another order end with the number of the last change",
        arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0], [1, 2, 0]])
    func anyOrder(order: [Int]) async throws {
        let session = try await rig.start("+919870000000", customer: "C1")
        rig.clock.advance(by: .seconds(1000))
        let start = rig.clock.now
        for step in order {
            var change = Event.change("c-\(step)", of: .phone("91987000000\(step)"), to: "91987000000\(step + 1)")
            change.occurredAt = start.adding(.seconds(Int64(step) - 500))
            try await rig.accept(change)
        }
        #expect(try await rig.session(session.id).phone == "+919870000003")
        #expect(try await rig.start("+919870000003", customer: "C1").id == session.id)
        #expect(try rig.rows("SELECT phone FROM contacts WHERE merged_into IS NULL") == ["+919870000003"])
    }

    @Test(
        "After changes back and forth a person has the number of the latest change, whichever is reported first", arguments: [false, true])
    func backAndForth(isReversed: Bool) async throws {
        let session = try await rig.start("+919876543210", customer: "C1")
        rig.clock.advance(by: .seconds(1000))
        var there = Event.change("c-1", of: .asha, to: "919812345678")
        there.occurredAt = rig.clock.now.adding(.seconds(-200))
        var back = Event.change("c-2", of: .phone("919812345678"), to: "919876543210")
        back.occurredAt = rig.clock.now.adding(.seconds(-100))
        for change in isReversed ? [back, there] : [there, back] { try await rig.accept(change) }
        #expect(try await rig.start("+919876543210", customer: "C1").id == session.id)
    }
}

import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("A number that is shown after a change that is reported later")
struct ShownNumberTests {
    private let rig: TemporaryJournal
    /// The time of the change, more than an hour before it is reported.
    private let moment: Instant

    init() throws {
        rig = try TemporaryJournal()
        moment = rig.clock.now.adding(.milliseconds(500))
        rig.clock.advance(by: .seconds(3600))
    }

    private func tellChange(_ party: Party = .asha, userID: String? = nil) async throws {
        var change = Event.change("c-1", of: party, to: "919812345678", userID: userID)
        change.occurredAt = moment
        try await rig.accept(change)
    }

    private func phone() throws -> String? { try rig.rows("SELECT phone FROM contacts ORDER BY contact_id LIMIT 1").first }

    /// A message sent before the change but received after it; it opens a session now.
    private func greet(_ party: Party = .asha) async throws {
        try await rig.accept(.message("m-0", from: party, at: moment.adding(.seconds(-60))))
        rig.clock.advance(by: .seconds(60))
    }

    @Test("A message sent before the change that arrives late does not show the number after it, nor does its session")
    func lateMessage() async throws {
        try await greet()
        try await tellChange()
        #expect(try phone() == "+919812345678")
    }

    @Test("After a message from the former number a change moves nobody, and a start restores the session", arguments: [false, true])
    func message(isReopened: Bool) async throws {
        try await greet()
        try await rig.accept(.message("m-1", at: moment.adding(.seconds(5))))
        let session = try await rig.sessions()[0]
        if isReopened {
            let rig = try self.rig.reopened()
            var change = Event.change("c-1", of: .asha, to: "919812345678")
            change.occurredAt = moment
            try await rig.accept(change)
            #expect(try await rig.start("+919876543210").id == session.id)
            return
        }
        try await tellChange()
        #expect(try await rig.start("+919876543210").id == session.id)
        #expect(try await rig.start("+919812345678").id != session.id)
        #expect(try phone() == "+919876543210")
    }

    @Test("After a start that opened a session a change moves nobody")
    func opened() async throws {
        try await greet()
        _ = try await rig.journal.end(try await rig.sessions()[0].token)
        rig.clock.advance(by: .seconds(60))
        let opened = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(60))
        try await tellChange()
        #expect(try phone() == "+919876543210")
        #expect(try await rig.start("+919876543210", customer: "103").id == opened.id)
    }

    @Test("After a start that restored a session a change moves nobody, whatever message arrives late", arguments: [false, true])
    func restored(hasLateMessage: Bool) async throws {
        try await greet()
        let session = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(60))
        if hasLateMessage { try await rig.accept(.message("m-1", at: moment.adding(.seconds(-50)))) }
        try await tellChange(.phone("919876543210", id: "IN.1"))
        #expect(try phone() == "+919876543210")
        #expect(try await rig.start("+919876543210").id == session.id)
    }

    @Test("Activity with the token of a start counts as done from its number")
    func token() async throws {
        try await greet()
        let session = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(60))
        let message = Event.message("m-chat", from: nil, channel: .chat)
        guard case .taken = try await rig.journal.accept(rig.delivery(), [message], provenBy: session.token) else {
            Issue.record("the token is not known")
            return
        }
        rig.clock.advance(by: .seconds(60))
        try await tellChange()
        #expect(try phone() == "+919876543210")
    }

    @Test("A number in its local spelling counts as shown")
    func spellings() async throws {
        try await greet()
        try await rig.accept(.message("m-1", from: .local("098765 43210"), at: moment.adding(.seconds(5))))
        try await tellChange()
        #expect(try phone() == "+919876543210")
    }

    @Test("A call from the number shows it; a call with only the user id does not", arguments: [true, false])
    func call(showsNumber: Bool) async throws {
        try await greet(.phone("919876543210", id: "IN.1"))
        var call = Event.activity(
            "call.connect", "a-1", by: showsNumber ? .phone("919876543210", id: "IN.1") : .id("IN.1"), at: moment.adding(.seconds(5)))
        call.content = .activity(type: "call.connect", data: showsNumber ? #"{"from":"919876543210"}"# : #"{"from_user_id":"IN.1"}"#)
        try await rig.accept(call)
        try await tellChange(.phone("919876543210", id: "IN.1"), userID: "IN.2")
        #expect(try phone() == (showsNumber ? "+919876543210" : "+919812345678"))
    }

    @Test("A change with only the former user id moves nobody who has shown the former number since")
    func toldByID() async throws {
        try await greet(.phone("919876543210", id: "IN.1"))
        try await rig.accept(.message("m-1", at: moment.adding(.seconds(5))))
        try await tellChange(.id("IN.1"), userID: "IN.2")
        #expect(try phone() == "+919876543210")
    }

    @Test("A changed user id belongs to the person who has shown the number since: their number did not change")
    func changedID() async throws {
        try await greet(.phone("919876543210", id: "IN.1"))
        try await rig.accept(.message("m-1", at: moment.adding(.seconds(5))))
        var change = Event.change("c-1", of: .asha, userID: "IN.2")
        change.occurredAt = moment
        try await rig.accept(change, .message("m-2", from: .id("IN.2")))
        #expect(try rig.rows("SELECT count(*), count(DISTINCT session_id) FROM messages") == ["3|1"])
    }

    @Test("A message with only a user id shows no number, so the change moves its sender")
    func messageOfID() async throws {
        try await greet(.phone("919876543210", id: "IN.1"))
        try await rig.accept(.message("m-1", from: .id("IN.1"), at: moment.adding(.seconds(5))))
        try await tellChange(.phone("919876543210", id: "IN.1"), userID: "IN.2")
        #expect(try phone() == "+919812345678")
    }
}

import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Two contacts that turn out to be one person")
struct MergeTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("The older session stays, the other is merged into it, and both tokens lead to it", arguments: ["id first", "phone first"])
    func bothActive(order: String) async throws {
        let (older, younger) = try await twoSessions(idFirst: order == "id first")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-link", from: .phone("919876543210", id: "IN.1")))
        #expect(try await rig.session(older.id).status == .active)
        let merged = try await rig.session(younger.id)
        #expect(merged.status == .merged)
        #expect(merged.metadata == #"{"merged_into":"\#(older.id)"}"#)
        for token in [older.token, younger.token] {
            #expect(try await rig.journal.reader.session(token: token)?.id == older.id)
        }
        #expect(try rig.rows("SELECT session_id FROM messages WHERE external_id = 'm-link'") == [older.id.description])
        #expect(try await rig.session(older.id).lastActivity == rig.clock.now)
        #expect(try await rig.session(older.id).phone == "+919876543210")
    }

    @Test("A number that the person had before the merge leads to its present holder", arguments: [false, true])
    func formerNumber(isReopened: Bool) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-2", from: .phone("919876543212", id: "IN.2")))
        try await rig.accept(.change("c-1", of: .id("IN.1"), userID: "IN.2"))
        #expect(try rig.rows("SELECT phone FROM contacts WHERE merged_into IS NULL") == ["+919876543212"])
        rig.clock.advance(by: .seconds(60))
        let told = rig.clock.now
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-3", from: .phone("919876543213", id: "IN.3")))
        var late = Event.change("c-2", of: .id("IN.3"), to: "919876543210")
        late.occurredAt = told
        try await rig.accept(late)
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(.message("m-4", from: .asha))
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages WHERE external_id IN ('m-3', 'm-4')") == ["1"])
    }

    @Test("Every other id of the merged contact leads to the surviving one", arguments: ["id first", "phone first"])
    func otherIDs(order: String) async throws {
        let (older, _) = try await twoSessions(idFirst: order == "id first")
        let aliases = Party(identities: [.userID("IN.1"), .userID("IN.2")])
        try await rig.accept(.message("m-alias", from: aliases))
        try await rig.accept(.message("m-link", from: .phone("919876543210", id: "IN.1")))
        try await rig.accept(.message("m-after", from: .id("IN.2")))
        #expect(try rig.rows("SELECT session_id FROM messages WHERE external_id = 'm-after'") == [older.id.description])
    }

    @Test("Either token ends the session, and then neither is valid", arguments: [0, 1])
    func eitherEnds(index: Int) async throws {
        let (older, younger) = try await twoSessions(idFirst: true)
        try await rig.accept(.message("m-link", from: .phone("919876543210", id: "IN.1")))
        let tokens = [older.token, younger.token]
        #expect(try await rig.journal.end(tokens[index])?.id == older.id)
        for token in tokens { #expect(try await rig.journal.reader.session(token: token) == nil) }
        #expect(try await rig.session(younger.id).status == .merged)
    }

    @Test("The merged session's token still authenticates its person's events")
    func provesEvents() async throws {
        let (older, younger) = try await twoSessions(idFirst: true)
        try await rig.accept(.message("m-link", from: .phone("919876543210", id: "IN.1")))
        let outcome = try await rig.journal.accept(rig.delivery(), [.message("m-chat", from: nil, channel: .chat)], provenBy: younger.token)
        guard case .taken = outcome else { throw Unexpected(what: "\(outcome)") }
        #expect(try rig.rows("SELECT session_id FROM messages WHERE external_id LIKE '%#m-chat'") == [older.id.description])
    }

    @Test("The surviving session belongs to the customer that was named in either", arguments: ["id first", "phone first"])
    func customer(order: String) async throws {
        let (older, _) = try await twoSessions(idFirst: order == "id first", customer: "103")
        try await rig.accept(.message("m-link", from: .phone("919876543210", id: "IN.1")))
        #expect(try await rig.session(older.id).customerID == "103")
        #expect(try rig.rows("SELECT customer_id FROM contacts WHERE phone IS NOT NULL") == ["103"])
        #expect(try await rig.start("+919876543210", customer: "103").id == older.id)
        #expect(try await rig.outcome("+919876543210", customer: "104") == .conflict)
    }

    @Test("An expired session is not revived by the merge")
    func expired() async throws {
        try await rig.accept(.message("m-id", from: .id("IN.1")))
        let overdue = try #require(try await rig.sessions().first)
        rig.clock.advance(by: .seconds(90_000))
        let live = try await rig.start("+919876543210", customer: "103")
        try await rig.accept(.message("m-link", from: .phone("919876543210", id: "IN.1")))
        #expect(try await rig.session(overdue.id).status == .expired)
        #expect(try await rig.session(live.id).status == .active)
        #expect(try await rig.journal.reader.session(token: overdue.token) == nil)
        #expect(try rig.rows("SELECT session_id FROM messages WHERE external_id = 'm-link'") == [live.id.description])
    }

    @Test("The merged contact refers to the surviving one, and its ids lead there", arguments: [false, true])
    func contactsJoin(isReopened: Bool) async throws {
        _ = try await twoSessions(idFirst: true)
        try await rig.accept(.message("m-link", from: .phone("919876543210", id: "IN.1")))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        #expect(try rig.rows("SELECT count(DISTINCT contact_id) FROM identities") == ["1"])
        try await rig.accept(.message("m-after", from: .id("IN.1")), .message("m-later", from: .phone("919876543210")))
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages WHERE external_id IN ('m-after', 'm-later')") == ["1"])
        #expect(try rig.rows("SELECT count(*) FROM sessions WHERE status = 'active'") == ["1"])
    }

    @Test("Several ids that one message shows together lead to one contact")
    func several() async throws {
        for id in ["IN.1", "IN.2", "IN.3"] {
            try await rig.accept(.message("m-\(id)", from: .id(id)))
            rig.clock.advance(by: .seconds(1))
        }
        let all = Party(phone: ReceivedPhone("919876543210"), identities: ["IN.3", "IN.1", "IN.2"].map { .userID($0) })
        try await rig.accept(.message("m-all", from: all))
        let sessions = try await rig.sessions()
        #expect(sessions.map(\.status) == [.active, .merged, .merged])
        for session in sessions { #expect(try await rig.journal.reader.session(token: session.token)?.id == sessions[0].id) }
    }

    /// A session opened by an id alone and one opened by a phone, five seconds apart. Nothing says yet that they belong to one person.
    private func twoSessions(idFirst: Bool, customer: String? = nil) async throws -> (older: Session, younger: Session) {
        if idFirst {
            try await rig.accept(.message("m-id", from: .id("IN.1")))
        } else {
            try await rig.start("+919876543210", customer: customer)
        }
        rig.clock.advance(by: .seconds(5))
        if idFirst {
            try await rig.start("+919876543210", customer: customer)
        } else {
            try await rig.accept(.message("m-id", from: .id("IN.1")))
        }
        let sessions = try await rig.sessions()
        guard sessions.count == 2 else { throw Unexpected(what: "\(sessions.count) sessions") }
        return (sessions[0], sessions[1])
    }
}

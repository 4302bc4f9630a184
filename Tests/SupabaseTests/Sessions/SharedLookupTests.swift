import JSON
import Journal
import Logging
import Messaging
import Relay
import SwitchboardTesting
import Synchronization
import Testing

@testable import Supabase

@Suite("Tokens that are looked up in the database")
struct SharedLookupTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private let journal: Journal
    private let database = ScriptedDatabase()
    private let sessions: SharedSessions
    private let log = LogRecorder()

    init() throws {
        folder = try TemporaryFolder()
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        journal = try Journal(Journal.Configuration(path: "\(folder.path)/journal.sqlite"), logger: log.logger, now: clock.source)
        sessions = SharedSessions(journal: journal, transport: database, health: SyncHealth(), logger: silent, now: clock.source)
    }

    private func session(_ token: String, status: Session.Status = .active, mergedInto other: SessionID? = nil, number: UInt64 = 1)
        -> Session
    {
        Session(
            id: SessionID(milliseconds: clock.now.milliseconds, sequence: 0, random: number),
            contactID: ContactID(milliseconds: clock.now.milliseconds, sequence: 0, random: 1), customerID: "103", phone: "+919876543210",
            channel: .chat, token: Secret(token), status: status, createdAt: clock.now, lastActivity: clock.now,
            expiresAt: clock.now.adding(.seconds(3600)), metadata: other.map { #"{"merged_into":"\#($0)"}"# } ?? "{}")
    }

    @Test("Five hundred invented tokens cause few calls at a time, and repeating one causes none")
    func flood() async throws {
        let overloaded = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<500 {
                group.addTask {
                    do throws(JournalError) {
                        #expect(try await sessions.session(token: Secret("made-up-\(number)")).value == nil)
                        return false
                    } catch {
                        #expect(error.code == .undecided)
                        return true
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(database.most <= 2)
        #expect(database.calls == 500 - overloaded)
        let calls = database.calls
        _ = try await sessions.session(token: Secret("the-same-one"))
        for _ in 0..<100 { #expect(try await sessions.session(token: Secret("the-same-one")).value == nil) }
        #expect(database.calls == calls + 1)
        clock.advance(by: .seconds(1))
        _ = try await sessions.session(token: Secret("the-same-one"))
        #expect(database.calls == calls + 2)
        try journal.close()
    }

    @Test("A token that was unknown a moment ago is valid once its session arrives, and invalid once it ends here")
    func invalidated() async throws {
        let token = Secret("token-of-asha")
        #expect(try await sessions.session(token: token).value == nil)
        let asha = session("token-of-asha")
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: asha)]))
        database.answer(token, with: asha)
        #expect(try await sessions.session(token: token).value?.id == asha.id)
        #expect(try await sessions.session(token: token).isPersisted == true)
        #expect(database.calls == 2)
        _ = try await journal.end(token)
        #expect(try await sessions.session(token: token).value == nil)
        try journal.close()
    }

    @Test("A token that was ended elsewhere is accepted here for at most a second")
    func endedElsewhere() async throws {
        let asha = session("token-of-asha")
        database.answer(asha.token, with: asha)
        #expect(try await sessions.session(token: asha.token).value?.id == asha.id)
        var ended = asha
        ended.status = .loggedOut
        database.answer(asha.token, with: ended)
        clock.advance(by: .seconds(1))
        #expect(try await sessions.session(token: asha.token).value == nil)
        try journal.close()
    }

    @Test("The journal logs no session that its client ends in the database, since the route does")
    func endedByClient() async throws {
        let asha = session("token-of-asha")
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: asha)]))
        database.answer(asha.token, with: asha)
        #expect(try await sessions.end(asha.token).value?.status == .loggedOut)
        #expect(try await journal.reader.session(asha.id)?.status == .loggedOut)
        #expect(log.lines.filter { $0.message.hasPrefix("session ") } == [])
        try journal.close()
    }

    @Test(
        "A token merged elsewhere reads, posts and ends the surviving session, also during an outage of the database"
    )
    func merged() async throws {
        let stays = session("token-that-stays", number: 2)
        let lost = session("token-that-was-lost", status: .merged, mergedInto: stays.id)
        database.answer(lost.token, with: stays, merged: lost)
        let found = try #require(try await sessions.session(token: lost.token).value)
        #expect(found.id == stays.id && found.token == stays.token)
        let delivery = Delivery(
            adapter: "chat", account: "main", receivedAt: clock.now, target: "/webhooks/chat/main",
            headers: [Delivery.Header("x-session-token", lost.token.revealed)], body: [])
        let event = Event(
            externalID: "/chat#1", channel: .chat, effect: .moves, content: .activity(type: "typing", data: "{}"))
        #expect(try await receipt(delivery, [event], by: found.token) == [1, 0])
        // Both tokens belong to the same person, so the same id is the same item.
        #expect(try await receipt(delivery, [event], by: lost.token) == [0, 1])
        database.isAway = true
        clock.advance(by: .seconds(60))
        #expect(try await sessions.session(token: lost.token).value?.id == stays.id)
        #expect(try await sessions.end(lost.token).value?.status == .loggedOut)
        #expect(try await sessions.session(token: stays.token).value == nil)
        try journal.close()
    }

    @Test("During an outage an unknown token is asked for again later, and one whose session ended here is refused")
    func unknownWhileAway() async throws {
        let asha = session("token-of-asha")
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: asha)]))
        _ = try await journal.end(asha.token)
        database.isAway = true
        #expect(try await sessions.session(token: asha.token).value == nil)
        await #expect { try await sessions.session(token: Secret("token-of-another-gateway")) } throws: {
            ($0 as? JournalError)?.code == .undecided
                && "\($0)" == "the session's token is not known here, and the database does not answer"
        }
        database.isAway = false
        clock.advance(by: .seconds(60))
        let ravi = session("token-of-another-gateway", number: 3)
        database.answer(ravi.token, with: ravi)
        #expect(try await sessions.session(token: ravi.token).value?.id == ravi.id)
        try journal.close()
    }

    /// The numbers of accepted items and of duplicates; nil if the token was refused.
    private func receipt(_ delivery: Delivery, _ events: [Event], by token: Secret) async throws -> [Int]? {
        guard case .taken(let receipt) = try await journal.accept(delivery, events, provenBy: token) else { return nil }
        return [receipt.accepted, receipt.duplicates]
    }

    @Test("A call that meets a row which another call has just stored is made once more, and not a third time")
    func conflict() async throws {
        let token = Secret("token-of-asha")
        database.answer(token, with: session("token-of-asha"))
        database.conflicts = 1
        #expect(try await sessions.session(token: token).value?.token == token)
        #expect(database.calls == 2)
        database.conflicts = 2
        await #expect(throws: JournalError.self) { try await sessions.session(token: Secret("another-token")) }
        #expect(database.calls == 4 && database.conflicts == 0)
        try journal.close()
    }

    @Test("A client that disconnects during its token's lookup does not count as a failure of the database")
    func goneAway() async throws {
        database.isStuck = true
        let asking = await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await sessions.session(token: Secret("made-up-token"))) != nil }
            while database.calls == 0 { await Task.yield() }
            group.cancelAll()
            return await group.next() ?? true
        }
        #expect(!asking)
        database.isStuck = false
        _ = try await sessions.session(token: Secret("another-token"))
        #expect(database.calls == 2)
        try journal.close()
    }
}

/// A database that knows only the sessions that a test gives it.
private final class ScriptedDatabase: ContractTransport {
    private let state = Mutex(State())

    private struct State {
        var answers: [String: [UInt8]] = [:]
        var ends: [String: [UInt8]] = [:]
        var calls = 0
        var inFlight = 0
        var most = 0
        var isAway = false
        var isStuck = false
        var conflicts = 0
    }

    /// How many of the next calls fail because a row already exists.
    var conflicts: Int {
        get { state.withLock(\.conflicts) }
        set { state.withLock { $0.conflicts = newValue } }
    }
    var calls: Int { state.withLock(\.calls) }
    var most: Int { state.withLock(\.most) }
    var isAway: Bool {
        get { state.withLock(\.isAway) }
        set { state.withLock { $0.isAway = newValue } }
    }
    var isStuck: Bool {
        get { state.withLock(\.isStuck) }
        set { state.withLock { $0.isStuck = newValue } }
    }

    func answer(_ token: Secret, with session: Session, merged: Session? = nil) {
        let contact = #"{"contact_id":"\#(session.contactID)","phone":"\#(session.phone ?? "")","customer_id":"103"}"#
        let more = merged.map { #","merged":\#($0.row)"# } ?? ""
        let answer = #"{"outcome":"live","session":\#(session.row),"contact":\#(contact)\#(more)}"#
        var ended = session
        ended.end(at: session.lastActivity)
        let end = #"{"session":\#(ended.row)}"#
        state.withLock { state in
            state.answers[token.revealed] = Array(answer.utf8)
            state.ends[token.revealed] = Array(end.utf8)
        }
    }

    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        let token = (try? JSON(parsing: argument))?["session_token"].string ?? ""
        state.withLock { state in
            state.calls += 1
            state.inFlight += 1
            state.most = max(state.most, state.inFlight)
        }
        defer { state.withLock { $0.inFlight -= 1 } }
        for _ in 0..<10 { await Task.yield() }
        while isStuck, !Task.isCancelled { await Task.yield() }
        let isConflict = state.withLock { state in
            defer { state.conflicts = max(0, state.conflicts - 1) }
            return state.conflicts > 0
        }
        if isConflict { throw CallFailure(.alreadyThere, code: "23505", message: "duplicate key value") }
        if Task.isCancelled || isAway { throw CallFailure(.retry, code: "unreachable", message: "away") }
        return switch function {
        case .session: state.withLock { $0.answers[token] } ?? Array(#"{"outcome":"unknown"}"#.utf8)
        case .end: state.withLock { $0.ends[token] } ?? Array("{}".utf8)
        default: Array("{}".utf8)
        }
    }

    func shutdown() {}
}

extension Session {
    fileprivate var row: String {
        """
        {"session_id":"\(id)","contact_id":"\(contactID)","customer_id":"\(shownCustomerID)","phone":"\(phone ?? "")","channel":"\(channel)",\
        "customer_named":\(customerID != nil),"session_token":"\(token.revealed)","status":"\(status.rawValue)","created_at":"\(createdAt)","last_activity":"\(lastActivity)",\
        "expires_at":"\(expiresAt)","metadata":\(metadata)}
        """
    }
}

import Journal
import Logging
import Messaging
import SwitchboardTesting
import Testing

@Suite("Log lines about sessions that end other than by their client or by time")
struct SessionEndLogTests {
    private let log = LogRecorder()
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(SessionPolicy(idleTimeout: .seconds(100)), logger: log.logger) }

    @Test("Merging two contacts logs one line about the merged session, with the session that it became")
    func merged() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210")))
        rig.clock.advance(by: .seconds(1))
        try await rig.accept(.message("m-2", from: .id("IN.1")))
        let sessions = try await rig.sessions()
        for number in 3...4 { try await rig.accept(.message("m-\(number)", from: .phone("919876543210", id: "IN.1"))) }
        try #require(sessions.count == 2)
        #expect(ends == [line("session merged", sessions[1], ["session.merged_into": "\(sessions[0].id)"])])
    }

    @Test("A session that an operator ends is logged once, and a repeated end is not")
    func byOperator() async throws {
        let session = try await rig.start("+919876543210")
        _ = try await rig.journal.end(session)
        _ = try await rig.journal.end(session)
        #expect(ends == [line("session ended", session, ["session.ended_by": "operator"])])
    }

    @Test("An end that the database reports is logged once, however often it is reported", arguments: Session.Status.allCases)
    func byDatabase(status: Session.Status) async throws {
        let session = try await rig.start("+919876543210")
        var theirs = session
        theirs.status = status
        if status == .merged { theirs.metadata = #"{"merged_into":"01a219dc-33fd-7029-8b8d-4f4f2d93c3df"}"# }
        for _ in 1...2 { try await rig.journal.adopt(SharedRows(sessions: [SharedSession(stored: theirs)])) }
        switch status {
        case .active: #expect(ends == [])
        case .expired: #expect(ends == [line("session expired", session)])
        case .loggedOut: #expect(ends == [line("session ended", session, ["session.ended_by": "database"])])
        case .merged:
            #expect(ends == [line("session merged", session, ["session.merged_into": "01a219dc-33fd-7029-8b8d-4f4f2d93c3df"])])
        }
    }

    @Test("An end by a client in the database is logged by its route, and sessions of another gateway by that gateway")
    func byOthers() async throws {
        var session = try await rig.start("+919876543210")
        session.status = .loggedOut
        try await rig.journal.adopt(SharedRows(sessions: [SharedSession(stored: session)]), endedBy: .client)
        session.id = SessionID("01a219dc-33fd-7029-8b8d-4f4f2d93c3df") ?? session.id
        session.token = Secret("another-token")
        try await rig.journal.adopt(SharedRows(sessions: [SharedSession(stored: session)]))
        #expect(ends == [])
    }

    @Test("A session in which clients named two customers is logged once, with this reason", arguments: [true, false])
    func twoCustomers(isOneSession: Bool) async throws {
        let session = try await rig.start("+919876543210", customer: "103")
        var theirs = session
        theirs.customerID = "104"
        if !isOneSession {
            theirs.id = SessionID("01a219dc-33fd-7029-8b8d-4f4f2d93c3df") ?? session.id
            theirs.token = Secret("another-token")
            theirs.createdAt = session.createdAt.adding(.seconds(1))
        }
        for _ in 1...2 { try await rig.journal.adopt(SharedRows(sessions: [SharedSession(stored: theirs)])) }
        #expect(ends == [line("session ended", theirs, ["session.ended_by": "two customers"])])
        #expect(try await rig.session(theirs.id).status == .loggedOut)
    }

    @Test("A number that passes to somebody else ends nothing, and only the other's session is logged")
    func passed() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.2")))
        #expect(ends == [])
        #expect(log.lines.count { $0.message == "session started" } == 2)
    }

    @Test("A rolled-back end is not logged")
    func refused() async throws {
        let session = try await rig.start("+919876543210")
        try rig.execute("CREATE TRIGGER refusal BEFORE UPDATE ON sessions BEGIN SELECT raise(ABORT, 'no'); END")
        await #expect(throws: JournalError.self) { try await rig.journal.end(session) }
        #expect(ends == [])
    }

    private var ends: [LogRecorder.Line] {
        log.lines.filter { ["session ended", "session merged", "session expired"].contains($0.message) }
    }

    private func line(_ message: String, _ session: Session, _ more: [String: String] = [:]) -> LogRecorder.Line {
        let metadata = ["session.id": "\(session.id)", "session.channel": "\(session.channel)", "session.phone": "+91••••••3210"]
        return LogRecorder.Line(.info, message, metadata.merging(more) { _, new in new })
    }
}

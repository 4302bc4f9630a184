import Logging
import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Log lines about sessions")
struct SessionLogTests {
    private let log = LogRecorder()
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(SessionPolicy(idleTimeout: .seconds(100)), logger: log.logger) }

    @Test("A session that a message opens is logged once; further messages and repetitions are not")
    func opened() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210")))
        try await rig.accept(.message("m-1", from: .phone("919876543210")), .message("m-2", from: .phone("919876543210")))
        let session = try #require(try await rig.sessions().first)
        #expect(lines == [line("session started", session, ["session.phone": "+91••••••3210", "session.opened_by": "message"])])
    }

    @Test("A session without a phone is logged without one")
    func withoutPhone() async throws {
        try await rig.accept(.message("m-1", from: .id("IN.1")))
        let session = try #require(try await rig.sessions().first)
        #expect(lines == [line("session started", session, ["session.opened_by": "message"])])
    }

    @Test("The journal does not log starts and ends by clients, which their routes log")
    func starts() async throws {
        let session = try await rig.start("+919876543210")
        _ = try await rig.start("+919876543210")
        _ = try await rig.journal.end(session.token)
        #expect(lines == [])
    }

    @Test("The sweep logs each expired session once")
    func swept() async throws {
        let sessions = [try await rig.start("+919876543210"), try await rig.start("+919987654321", on: .kiosk)]
        rig.clock.advance(by: .seconds(100))
        _ = try await rig.journal.expireOverdueSessions()
        _ = try await rig.journal.expireOverdueSessions()
        let expected = zip(sessions, ["+91••••••3210", "+91••••••4321"]).map { line("session expired", $0, ["session.phone": $1]) }
        #expect(Set(lines.map(\.metadata)) == Set(expected.map(\.metadata)))
        #expect(lines.allSatisfy { $0.message == "session expired" && $0.level == .info } && lines.count == 2)
    }

    @Test("If the person returns before the sweep, the expired session is logged, then a message's session", arguments: [false, true])
    func comesBack(byMessage: Bool) async throws {
        let former = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(100))
        if byMessage { try await rig.accept(.message("m-1")) } else { try await rig.start("+919876543210") }
        _ = try await rig.journal.expireOverdueSessions()
        let sessions = try await rig.sessions()
        let expired = line("session expired", former, ["session.phone": "+91••••••3210"])
        let next = try #require(sessions.last)
        let started = line("session started", next, ["session.phone": "+91••••••3210", "session.opened_by": "message"])
        #expect(lines == (byMessage ? [expired, started] : [expired]))
    }

    @Test("A rolled-back change is not logged")
    func refused() async throws {
        try rig.execute("CREATE TRIGGER refusal BEFORE INSERT ON messages BEGIN SELECT raise(ABORT, 'no'); END")
        await #expect(throws: JournalError.self) { try await rig.accept(.message("m-1")) }
        #expect(lines == [])
        try rig.execute("DROP TRIGGER refusal")
        try await rig.accept(.message("m-1"))
        #expect(lines.map(\.message) == ["session started"])
    }

    @Test("Of thousands that expire at once a hundred are logged at info, the others at debug, with their number")
    func many() async throws {
        let count = 1200
        for part in 0..<2 {
            let events = (0..<count / 2).map { Event.message("m-\(part)-\($0)", from: .phone("91987\(6_000_000 + part * count + $0)")) }
            try await rig.accept(rig.delivery(), events)
        }
        let before = lines.count
        rig.clock.advance(by: .seconds(100))
        #expect(try await rig.journal.expireOverdueSessions() == count)
        let expiries = lines.dropFirst(before)
        #expect(expiries.count == count + 1)
        #expect(expiries.count { $0.level == .info && $0.message == "session expired" } == SessionLogLines.most)
        #expect(expiries.count { $0.level == .debug && $0.message == "session expired" } == count - SessionLogLines.most)
        #expect(expiries.last?.metadata == ["session.count": "\(count)", "session.listed": "\(SessionLogLines.most)"])
        #expect(expiries.last?.level == .info)
        #expect(Set(expiries.compactMap { $0.metadata["session.id"] }).count == count)
    }

    @Test("No line contains a whole number", arguments: SessionLogLine.Change.allCases)
    func masked(change: SessionLogLine.Change) async throws {
        let session = try await rig.start("+919876543210")
        SessionLogLine(change, session).write(to: log.logger)
        #expect(lines.count == 1)
        #expect(!"\(lines)".contains("9876543210"))
        #expect(!"\(lines)".contains(session.token.revealed))
    }

    @Test("If a channel is not plainly a word, the line has only its length", arguments: ["919876543210", "asha rao"])
    func channel(name: String) async throws {
        let session = try await rig.start("+919876543210")
        let before = lines.count
        SessionLogLine(.expired, session.id, on: Channel(name), phone: nil).write(to: log.logger)
        #expect(lines.dropFirst(before).map { $0.metadata["session.channel"] } == ["(a name of \(name.utf8.count) bytes)"])
    }

    /// The lines about sessions, without those about the journal itself.
    private var lines: [LogRecorder.Line] { log.lines.filter { line in line.metadata.keys.contains { $0.hasPrefix("session.") } } }

    private func line(_ message: String, _ session: Session, _ more: [String: String]) -> LogRecorder.Line {
        let metadata = ["session.id": "\(session.id)", "session.channel": "\(session.channel)"]
        return LogRecorder.Line(.info, message, metadata.merging(more) { _, new in new })
    }
}

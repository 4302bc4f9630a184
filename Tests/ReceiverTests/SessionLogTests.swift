import JSON
import Logging
import Messaging
import SwitchboardTesting
import Testing

@Suite("Log lines about starts and ends of sessions")
struct SessionLogTests {
    private let log = LogRecorder()
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver(logger: log.logger) }

    @Test("A start, a restoration and an end are logged with one line each, with masked phone, channel and session")
    func each() async throws {
        let body = #"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#
        let started = try await rig.start(body)
        _ = try await rig.start(body.replacing("chat", with: "kiosk"))
        let token = try #require(started.json?["session_token"].string)
        _ = try await rig.session("POST", "/session/end", token: token)
        let id = try #require(started.json?["session"]["session_id"].string)
        let metadata = ["session.id": id, "session.channel": "chat", "session.phone": "+91••••••3210"]
        #expect(
            lines == [
                LogRecorder.Line(.info, "session started", metadata.merging(["session.opened_by": "start"]) { $1 }),
                LogRecorder.Line(.info, "session restored", metadata),
                LogRecorder.Line(.info, "session ended", metadata.merging(["session.ended_by": "client"]) { $1 }),
            ])
        #expect(!"\(log.lines)".contains(token))
    }

    @Test("Refused calls, and reading a session, are not logged")
    func none() async throws {
        let started = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#)
        let token = try #require(started.json?["session_token"].string)
        let before = lines.count
        _ = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"104"}"#)
        _ = try await rig.start(#"{"phone":"12","channel":"chat"}"#)
        _ = try await rig.session("GET", "/session", token: token)
        _ = try await rig.session("POST", "/session/end", token: "unknown-token")
        #expect(lines.count == before)
    }

    @Test("A phone in place of a field's name is not logged")
    func phoneAsName() async throws {
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat","+919876543210":"103"}"#)
        #expect(answer.status == 422)
        #expect(!"\(log.lines)".contains("9876543210"))
    }

    private var lines: [LogRecorder.Line] { log.lines.filter { line in line.metadata.keys.contains { $0.hasPrefix("session.") } } }
}

import Foundation
import HTTPTransport
import Testing

@Suite("A newcomer's first minute")
struct NewcomerTests {
    @Test("Without settings it prints a curl command that works, and keeps its secrets over restarts")
    func emptyFolder() async throws {
        try await GatewayFolder.with { folder in
            let gateway = try await folder.start(withSettings: false)
            for path in ["/webhooks/whatsapp-cloud/main", "/webhooks/chat/main", "/webhooks/kiosk/lobby", "/session/start", "/readyz"] {
                #expect(gateway.output.contains("\(gateway.base)\(path)"))
            }
            #expect(try await curl(gateway).contains(#"{"accepted":1,"duplicates":0}"#))
            #expect(try await curl(gateway).contains(#"{"accepted":0,"duplicates":1}"#))
            let journal = JournalFile(path: "\(folder.path)/.switchboard/journal.sqlite")
            let stored = try journal.rows("SELECT phone, text, s.channel FROM messages JOIN sessions s USING (session_id)")
            #expect(stored == [["+919876543210", "Hello, Switchboard", "whatsapp"]])

            #expect(try await GatewayClient(gateway).start(#"{"phone":"+919876543210","channel":"chat"}"#, key: nil).status == 200)
            let secrets = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/.switchboard/development.yaml"))
            try await gateway.terminate()
            let next = try await folder.start(withSettings: false)
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/.switchboard/development.yaml")) == secrets)
            #expect(try await curl(next).contains(#"{"accepted":1,"duplicates":0}"#))
            // What was signed for the first gateway is still valid.
            #expect(try await curl(gateway, at: next.base).contains(#"{"accepted":0,"duplicates":1}"#))
        }
    }

    @Test("A sample that is signed after a session began moves that session's last activity")
    func sample() async throws {
        try await GatewayFolder.with { folder in
            let gateway = try await folder.start(withSettings: false)
            let started = try await GatewayClient(gateway).start(#"{"phone":"+919876543210","channel":"chat"}"#, key: nil)
            // The time of a WhatsApp message is in whole seconds.
            try await Task.sleep(for: .seconds(1.1))
            let sign = try await BuiltProgram.run(["sign", "--sample", "--to", gateway.base], in: folder.path)
            #expect(try await BuiltProgram.shell(sign.output).output.contains(#"{"accepted":1,"duplicates":0}"#))
            let journal = JournalFile(path: "\(folder.path)/.switchboard/journal.sqlite")
            let rows = try journal.rows("SELECT session_id, last_activity > created_at FROM current_sessions")
            #expect(rows == [[started.sessionID, "1"]])
        }
    }

    @Test("Replaying all captures leaves a new user's session with its number")
    func replayAll() async throws {
        try await GatewayFolder.with { folder in
            let gateway = try await folder.start(withSettings: false)
            let started = try await GatewayClient(gateway).start(#"{"phone":"+919876543210","channel":"chat"}"#, key: nil)
            let webhooks = URL(filePath: #filePath).appending(path: "../../../../Webhooks").standardized.path
            for _ in 0..<2 {
                let replay = try await BuiltProgram.run(["replay", webhooks, "--to", gateway.base], in: folder.path)
                #expect(replay.exitCode == 1, "\(replay.errors)")
                let journal = JournalFile(path: "\(folder.path)/.switchboard/journal.sqlite")
                let phone = try journal.rows("SELECT phone, status FROM sessions WHERE session_id = '\(started.sessionID)'")
                #expect(phone == [["+919876543210", "active"]])
            }
        }
    }

    /// Runs the printed command in a shell, for another gateway if `base` is given; returns its output.
    private func curl(_ gateway: GatewayProcess, at base: String? = nil) async throws -> String {
        let line = try #require(gateway.output.split(separator: "\n").first { $0.hasPrefix("curl ") })
        return try await BuiltProgram.shell(String(line).replacing(gateway.base, with: base ?? gateway.base)).output
    }
}

import Foundation
import HTTPTransport
import Testing

@Suite("A newcomer's first minute")
struct NewcomerTests {
    @Test("Without settings it prints a curl that works, and keeps its secrets")
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
            // The first gateway's signature still holds.
            #expect(try await curl(gateway, at: next.base).contains(#"{"accepted":0,"duplicates":1}"#))
        }
    }

    /// What a shell makes of the printed line, posted to another gateway where `base` names one.
    private func curl(_ gateway: GatewayProcess, at base: String? = nil) async throws -> String {
        let line = try #require(gateway.output.split(separator: "\n").first { $0.hasPrefix("curl ") })
        return try await BuiltProgram.shell(String(line).replacing(gateway.base, with: base ?? gateway.base)).output
    }
}

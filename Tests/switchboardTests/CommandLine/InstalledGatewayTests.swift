import Foundation
import Testing

@Suite("Verbs beside an installed gateway")
struct InstalledGatewayTests {
    @Test("They find its settings and its secrets from any folder, and post to the address on which it listens")
    func verbs() async throws {
        try await GatewayFolder.with { installed in
            try installed.write(
                """
                server: { port: 1 }
                journal: { path: \(installed.path)/journal.sqlite }
                accounts: [{ adapter: whatsapp-cloud, name: main, secrets: ["${WHATSAPP_APP_SECRET}"] }]
                """, to: "switchboard.yaml")
            try installed.write("WHATSAPP_APP_SECRET=an-app-secret-of-whatsapp\n", to: "environment")
            try await GatewayFolder.with { folder in
                try folder.write(
                    "POST /webhooks/whatsapp-cloud/main HTTP/1.1\nContent-Type: application/json\nContent-Length: 2\n\n{}\n",
                    to: "text.http")
                let run = { (arguments: [String]) in
                    try await BuiltProgram.run(arguments, in: folder.path, environment: ["CONFIGURATION_DIRECTORY": installed.path])
                }
                let doctor = try await run(["doctor"])
                #expect(doctor.output.contains("\(installed.path)/switchboard.yaml"), "\(doctor)")
                let sign = try await run(["sign", "text.http"])
                #expect(sign.output.hasPrefix("curl -i -X POST http://127.0.0.1:1/webhooks/whatsapp-cloud/main "), "\(sign)")
                let replay = try await run(["replay", "text.http"])
                let source = "server.host and server.port of the settings"
                let told = "replaying to http://127.0.0.1:1 (\(source)); for another gateway, use --to URL"
                #expect(replay.exitCode == 75 && replay.errors.hasPrefix("switchboard: \(told)\n"), "\(replay.errors)")
                let sessions = try await run(["sessions", "list"])
                let named = "\(installed.path)/journal.sqlite (journal.path of \(installed.path)/switchboard.yaml): run this in"
                #expect(sessions.errors.contains(named), "\(sessions.errors)")
            }
        }
    }

    @Test("If there are no settings, the error says where they were looked for")
    func places() async throws {
        try await GatewayFolder.with { folder in
            let environment = ["CONFIGURATION_DIRECTORY": "/nowhere"]
            let outcome = try await BuiltProgram.run(["sessions", "list"], in: folder.path, environment: environment)
            #expect(outcome.exitCode == 2)
            let places = "(journal.path by default: there are no settings in Config/switchboard.yaml or /nowhere/switchboard.yaml): "
            #expect(outcome.errors.contains(places), "\(outcome.errors)")
        }
    }
}

import HTTPTransport
import SwitchboardTesting
import Testing

@Suite("Verbs while an account's secret is missing")
struct MissingSecretTests {
    /// As `accounts add` leaves them until the provider's secret has been filled in.
    private static let settings = GatewayFolder.settings().replacing(
        "  - { adapter: kiosk", with: "  - { adapter: twilio, name: main, secrets: [\"${TWILIO_MAIN_SECRET}\"] }\n  - { adapter: kiosk")

    @Test(
        "Verbs that need no account's secret work, beside a gateway with the previous settings",
        arguments: [
            ["captures", "list"], ["captures", "export", "-o", "x.jsonl"], ["captures", "export", "--redact", "-o", "-"],
            ["sessions", "list"], ["dead-letters", "list"], ["audit", "list"], ["journal", "check"],
            ["journal", "backup", "copy.sqlite"], ["accounts", "list"], ["healthcheck"],
        ])
    func work(verb: [String]) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            #expect(try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
            try folder.write(Self.settings, to: "settings.yaml")
            let port = verb == ["healthcheck"] ? ["--port", "\(gateway.port)"] : []
            let outcome = try await BuiltProgram.run(verb + port + ["--config", "settings.yaml"], in: folder.path)
            #expect(outcome.exitCode == 0 && !outcome.errors.contains("TWILIO"), "\(outcome)")
            #expect(verb != ["accounts", "list"] || outcome.output.contains(#/twilio +main +0 /#), "\(outcome)")
        }
    }

    @Test(
        "Verbs that sign or read with the accounts are refused, and name the variable",
        arguments: [
            ["sign", "--sample"], ["replay", "journal", "--dry-run"], ["captures", "import", "x.http"], ["dead-letters", "retry", "--all"],
        ])
    func refused(verb: [String]) async throws {
        try await GatewayFolder.with(settings: Self.settings) { folder in
            let outcome = try await BuiltProgram.run(verb + ["--config", "settings.yaml"], in: folder.path)
            #expect(outcome.exitCode == 2 && outcome.errors.contains("TWILIO_MAIN_SECRET is not set"), "\(outcome)")
        }
    }

    @Test("A migration needs the database's address, and no account's secret")
    func migration() async throws {
        try await GatewayFolder.with(settings: Self.settings + "\nsupabase: { db_url: \"${THE_DB_URL}\" }") { folder in
            let missing = try await folder.run("migrate", "--dry-run")
            #expect(missing.exitCode == 2 && missing.errors.contains("THE_DB_URL") && !missing.errors.contains("TWILIO"), "\(missing)")
            let given = try await BuiltProgram.run(
                ["migrate", "--dry-run", "--config", "settings.yaml"], in: folder.path,
                environment: ["THE_DB_URL": "postgres://me@127.0.0.1:1/x"])
            #expect(given.exitCode == 75 && !given.errors.contains("TWILIO"), "\(given)")
        }
    }
}

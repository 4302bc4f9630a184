import Messaging
import Testing

@testable import SwitchboardApp

@Suite("The text for a new user at the start")
struct StartupBannerTests {
    private let now = Instant(milliseconds: 1_795_370_400_000)

    @Test(
        "The first line says where it listens",
        arguments: [("127.0.0.1", "http://127.0.0.1:81"), ("::1", "http://[::1]:81"), ("localhost", "http://localhost:81")])
    func url(host: String, expected: String) throws {
        var settings = settings([.whatsApp], areMade: true)
        settings.server.host = host
        let lines = try lines(settings)
        #expect(lines.first == "Switchboard listens on \(expected)")
        #expect(lines.contains("  webhook   \(expected)/webhooks/whatsapp-cloud/main"))
        #expect(lines.contains { $0.hasPrefix("curl -i -X POST") && $0.contains("\(expected)/webhooks/whatsapp-cloud/main") })
    }

    @Test("Without a WhatsApp account there is no message to try")
    func noWhatsApp() throws {
        let lines = try lines(settings([.chat], areMade: true))
        #expect(lines.contains("  webhook   http://127.0.0.1:81/webhooks/chat/main"))
        #expect(!lines.contains { $0.contains("curl") || $0.contains("Try") })
    }

    @Test(
        "Another adapter's sample is signed as its provider signs",
        arguments: [("twilio", "x-twilio-signature"), ("360dialog", "x-360dialog-signature")])
    func otherSamples(kind: String, header: String) throws {
        let account = Account(adapter: AdapterKind(kind), name: "main", secrets: [Secret("app-secret")])
        let lines = try lines(settings([.chat, account], areMade: true))
        #expect(lines.contains { $0.hasPrefix("Try a signed WhatsApp message") })
        #expect(lines.contains { $0.hasPrefix("curl -i -X POST") && $0.contains("/webhooks/\(kind)/main") && $0.contains(header) })
    }

    @Test("Secrets and valid messages are shown only for development accounts, never for real ones")
    func secrets() throws {
        var settings = settings([.whatsApp, .chat])
        #expect(try !lines(settings).contains { $0.contains("secrets") || $0.contains("curl") || $0.contains("sha256=") })
        settings.hasDevelopmentAccounts = true
        settings.journal.path = "/var/lib/sb/journal.sqlite"
        let text = try lines(settings).joined(separator: "\n")
        #expect(text.contains("  secrets   /var/lib/sb/development.yaml (made for development)"))
        #expect(!text.contains("app-secret") && !text.contains("whsec_"))
    }

    @Test("The token of an operator is shown only if the operator was created for development")
    func operatorToken() throws {
        var settings = settings([.chat])
        settings.operators = [Settings.Operator(name: "ops", tokens: [Secret("the-token-of-ops")])]
        #expect(try lines(settings).contains("  events    http://127.0.0.1:81/events"))
        settings.hasDevelopmentAccounts = true
        #expect(try !lines(settings).joined().contains("the-token-of-ops"))
        settings.hasDevelopmentOperator = true
        let line = "  events    curl -N -H 'Authorization: Bearer the-token-of-ops' http://127.0.0.1:81/events"
        #expect(try lines(settings).contains(line))
    }

    @Test("Events and console are shown if there are operators, and a token only if its operator was created for development")
    func console() throws {
        var settings = settings([.chat], areMade: true)
        #expect(try !lines(settings).contains { $0.contains("console") || $0.contains("events") })
        let nobody = try StartupBanner(settings).text(port: 81, isReadOnly: true, at: now)
        #expect(nobody.contains("/session\n  probes ") && !nobody.contains("events"))
        settings.operators = [Settings.Operator(name: "ops", tokens: [Secret("the-token-of-ops")])]
        #expect(try lines(settings).contains("  console   http://127.0.0.1:81/console"))
        #expect(try !lines(settings).contains { $0.contains("the-token-of-ops") })
        let readOnly = try StartupBanner(settings).text(port: 81, isReadOnly: true, at: now)
        #expect(readOnly.contains("/session\n  events    http://127.0.0.1:81/events\n  console   http://127.0.0.1:81/console\n  probes "))
        settings.hasDevelopmentOperator = true
        #expect(try lines(settings).contains("  token     the-token-of-ops (made for development, to sign in to the console)"))
    }

    @Test("In systemd's journal neither the token nor a signature is shown, even if both were made for development")
    func systemJournal() throws {
        var settings = settings([.whatsApp], areMade: true)
        settings.operators = [Settings.Operator(name: "development", tokens: [Secret("the-token-of-development")])]
        settings.hasDevelopmentOperator = true
        let text = try StartupBanner(settings).text(port: 81, showsSecrets: false, at: now)
        #expect(text.contains("  events    http://127.0.0.1:81/events") && text.contains("development.yaml"))
        #expect(!text.contains("the-token-of-development") && !text.contains("curl"))
    }

    @Test("If the port differs from the settings, the banner says so to users of sign and replay")
    func otherPort() throws {
        let hint =
            "According to the settings, sign and replay post to http://127.0.0.1:8000: give them --to http://127.0.0.1:81, or set server.port."
        #expect(try lines(settings([.chat])).contains(hint))
        var same = settings([.chat])
        same.server.publicURL = "http://localhost:81"
        #expect(try !lines(same).contains { $0.contains("--to") })
        same.server.publicURL = "https://hooks.example"
        #expect(try !lines(same).contains { $0.contains("--to") })
    }

    @Test("Every start shows a new message")
    func ownID() throws {
        let banner = try StartupBanner(settings([.whatsApp], areMade: true))
        #expect(banner.text(port: 81, at: now) != banner.text(port: 81, at: now))
    }

    @Test("An account that cannot be used stops the start")
    func unusable() {
        let fax = Account(adapter: "fax", name: "main", secrets: [Secret("s")])
        let error = #expect(throws: SettingsError.self) { try StartupBanner(settings([.chat, fax])) }
        #expect(error?.problems.map(\.path) == ["accounts[1].adapter"])
    }

    private func lines(_ settings: Settings) throws -> [String] {
        try StartupBanner(settings).text(port: 81, at: now).split(separator: "\n").map(String.init)
    }

    private func settings(_ accounts: [Account], areMade: Bool = false) -> Settings {
        var settings = Settings()
        settings.hasDevelopmentAccounts = areMade
        settings.accounts = accounts
        return settings
    }
}

extension Account {
    fileprivate static let whatsApp = Account(adapter: "whatsapp-cloud", name: "main", secrets: [Secret("app-secret")])
    fileprivate static let chat = Account(
        adapter: "chat", name: "main", secrets: [Secret("whsec_dGhlIHNlY3JldCBvZiB0aGUgY2hhdCBhY2NvdW50")])
}

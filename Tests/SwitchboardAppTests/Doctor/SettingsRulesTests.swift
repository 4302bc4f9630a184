import Supabase
import Testing

@testable import SwitchboardApp

@Suite("What is wrong with settings")
struct SettingsRulesTests {
    @Test(
        "Settings are judged by what they let happen",
        arguments: [
            ("{}", "settings.accounts", .warn, "for development"), ("{}", "settings.clients", .warn, "anyone on this machine"),
            ("{}", "settings.public_url", .ok, "this machine alone"),
            ("server: { host: 0.0.0.0 }", "settings.accounts", .fail, "can be reached from elsewhere"),
            ("server: { host: 0.0.0.0 }", "settings.clients", .warn, "nobody may start sessions"),
            ("server: { host: 0.0.0.0 }", "settings.public_url", .warn, "no address that others can use"),
            ("server: { public_url: \"http://hooks.example.com\" }", "settings.public_url", .warn, "not https"),
            ("server: { public_url: \"https://hooks.example.com\" }", "settings.public_url", .ok, "https://hooks.example.com"),
            ("server: { tls: { certificate: none.pem, key: none.key } }", "settings.tls", .fail, "none.pem: there is no such file"),
            (
                "accounts: [{ adapter: whatsapp-cloud, name: main, secrets: [of-eight] }]", "settings.accounts", .ok,
                "/webhooks/whatsapp-cloud/main"
            ),
            ("clients: [{ name: shop, key: the-key-of-the-shop }]", "settings.clients", .ok, "shop"),
            ("clients: [{ name: shop, key: ' the-key-of-the-shop' }]", "settings.values", .warn, "clients[0].key: has white space"),
        ] as [(String, String, Finding.Level, String)])
    func settings(yaml: String, check: String, level: Finding.Level, words: String) throws {
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]))
        let finding = SettingsRules(settings, file: "a.yaml").findings.first { $0.check == check }
        #expect(finding?.level == level && finding?.message.contains(words) == true, "\(String(describing: finding))")
        #expect((finding?.advice == nil) == (level == .ok))
    }
}

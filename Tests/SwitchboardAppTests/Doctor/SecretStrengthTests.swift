import Foundation
import Messaging
import Operations
import Signing
import Supabase
import Testing

@testable import SwitchboardApp

@Suite("Weak secrets")
struct SecretStrengthTests {
    @Test(
        "A weak secret is reported with the reason, and without any part of it",
        arguments: [
            ("whsec_YSBzZWNyZXQgZm9yIHNoYXJlZCBjYXB0dXJlcw==", "Webhooks/README.md"), ("an-app-secret", "placeholder"),
            ("CHANGE_ME_please_4711", "placeholder"), ("USER:PASSWORD", "placeholder"), ("sb_publishable_...", "placeholder"),
            ("<your token>-4711", "placeholder"), ("4f1d9c0a7", "has only 9 characters"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", "consists of a few repeated or consecutive characters"),
            ("0123456789abcdefghijklmn", "consists of a few repeated or consecutive characters"), ("the-key-of-the-shop", "made of words"),
            ("whsec_dGhlIGtleSBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5", "is text in Base64"),
            ("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "consists of a few repeated or consecutive bytes"),
        ])
    func weak(secret: String, reason: String) {
        let weakness = SecretStrength.weakness(of: Secret(secret))
        #expect(weakness?.contains(reason) == true && weakness?.contains(secret) == false, "\(weakness ?? "none")")
    }

    @Test("A secret drawn at random is not weak")
    func drawn() {
        for _ in 0..<2000 {
            for secret in [
                Hex.encode(SecureRandom.bytes(16)), "whsec_" + Base64.encode(SecureRandom.bytes(24)), Base64.encode(SecureRandom.bytes(16)),
            ] {
                #expect(SecretStrength.weakness(of: Secret(secret)) == nil, "\(secret)")
            }
        }
        #expect(SecretStrength.weakness(of: Secret("correct-horse-battery-staple-lamp-river")) == nil)
    }

    @Test("A verify token that is as long as the settings require is long enough; a secret of that length is not", arguments: [8, 15])
    func verifyToken(length: Int) throws {
        let text = String("c4b1e09d7f26a358".prefix(length))
        let findings = try secrets(in: "accounts: [{ adapter: whatsapp-cloud, name: main, secrets: [\(text)], verify_token: \(text) }]")
        #expect(findings.map { String($0.message.prefix { $0 != "/" }) } == ["a secret of "], "\(findings)")
    }

    @Test("doctor names the weak secret's owner, and fails if others can reach the gateway")
    func findings() throws {
        let yaml = """
            accounts:
              - { adapter: whatsapp-cloud, name: main, secrets: [an-app-secret], verify_token: a-verify-token }
              - { adapter: kiosk, name: lobby, secrets: [whsec_dGhlIGtleSBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5] }
            clients: [{ name: shop, key: the-key-of-the-shop }]
            operators: [{ name: ops, token: '\(Hex.encode(SecureRandom.bytes(16)))' }]
            """
        let expected = [
            "a secret of /webhooks/whatsapp-cloud/main", "the verify token of /webhooks/whatsapp-cloud/main",
            "a secret of /webhooks/kiosk/lobby", "the key of the client shop",
        ]
        for (server, level) in [
            ("{}", Finding.Level.warn), ("{ public_url: 'https://hooks.example' }", .fail), ("{ host: 0.0.0.0 }", .fail),
        ] {
            let findings = try secrets(in: "server: \(server)\n\(yaml)")
            #expect(findings.count == expected.count && zip(findings, expected).allSatisfy { $0.message.hasPrefix($1) }, "\(findings)")
            #expect(findings.allSatisfy { $0.level == level && $0.advice != nil })
        }
    }

    @Test(
        "The placeholders in the documents are found",
        arguments: [
            "url: 'https://PROJECT.supabase.co', service_role_key: 4711-of-the-project",
            "url: 'https://x.supabase.co', service_role_key: sb_secret_...",
            "db_url: 'postgres://postgres.x:PASSWORD@aws-0-eu-1.pooler.supabase.com:5432/postgres'",
        ])
    func documented(supabase: String) throws {
        let findings = try secrets(in: "supabase: { \(supabase) }")
        #expect(findings.map(\.level) == [.fail], "\(findings)")
    }

    private func secrets(in yaml: String) throws -> [Finding] {
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]))
        return SettingsRules(settings).findings.filter { $0.check == "settings.secrets" }
    }
}

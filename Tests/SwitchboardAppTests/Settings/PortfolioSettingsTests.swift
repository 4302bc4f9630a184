import Messaging
import SwitchboardApp
import Testing

@Suite("Portfolios in the settings")
struct PortfolioSettingsTests {
    @Test("Accounts name their portfolio, or share a secret, or belong to none")
    func scopes() throws {
        let settings = try settings(
            """
            - { adapter: whatsapp-cloud, name: sales, secrets: [secret-one], portfolio: acme }
            - { adapter: whatsapp-cloud, name: main, secrets: [secret-two], portfolio: acme }
            - { adapter: whatsapp-cloud, name: b, secrets: [secret-six] }
            - { adapter: whatsapp-cloud, name: a, secrets: [secret-six] }
            - { adapter: twilio, name: a, secrets: [secret-six], public_url: "https://hooks.example" }
            - { adapter: 360dialog, name: partner, secrets: [secret-ten] }
            """)
        #expect(settings.accounts.map(\.scope) == ["acme", "acme", "a", "a", "a", "partner"])
        #expect(settings.accounts.map(\.portfolio) == ["acme", "acme", nil, nil, nil, nil])
        #expect(settings.portfolios["acme"] == ["main", "sales"] && settings.portfolios["a"] == ["b"])
        #expect(settings.notes == [])
    }

    @Test("The name of a chat or kiosk account does not conflict with that of a portfolio")
    func clients() throws {
        let settings = try settings(
            """
            - { adapter: whatsapp-cloud, name: main, secrets: [secret-one], portfolio: acme }
            - { adapter: chat, name: main, secrets: [whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5] }
            """)
        #expect(settings.portfolios["acme"] == ["main"])
    }

    @Test(
        "An error in a portfolio is reported with the account and the line",
        arguments: [
            (
                "- { adapter: whatsapp-cloud, name: a, secrets: [of-eight], portfolio: '' }",
                "accounts[0].portfolio: must be 1 to 63 of a–z, 0–9, _ and -, beginning with a letter or a digit, not “” (line 2)"
            ),
            (
                "- { adapter: whatsapp-cloud, name: a, secrets: [of-eight], portfolio: Acme Ltd }",
                "accounts[0].portfolio: must be 1 to 63 of a–z, 0–9, _ and -, beginning with a letter or a digit, not “Acme Ltd” (line 2)"
            ),
            (
                "- { adapter: whatsapp-cloud, name: a, secrets: [of-eight], portfolio: acme }\n"
                    + "- adapter: 360dialog\n  name: b\n  secrets: [of-eight]\n  portfolio: acme",
                "accounts[1].portfolio: “acme” is that of /webhooks/whatsapp-cloud/a too: the accounts of a portfolio must have one adapter (line 6)"
            ),
            (
                "- { adapter: whatsapp-cloud, name: acme, secrets: [of-eight] }\n"
                    + "- { adapter: whatsapp-cloud, name: b, secrets: [of-another], portfolio: acme }",
                "accounts[1].portfolio: “acme” is the name of /webhooks/whatsapp-cloud/acme, which is of another portfolio: choose another name (line 3)"
            ),
        ])
    func problems(accounts: String, expected: String) {
        let error = #expect(throws: SettingsError.self) { try settings(accounts) }
        #expect(error?.description == expected)
    }

    @Test("A portfolio may have the name of one of its accounts")
    func ownName() throws {
        let settings = try settings(
            """
            - { adapter: whatsapp-cloud, name: main, secrets: [secret-one], portfolio: main }
            - { adapter: whatsapp-cloud, name: b, secrets: [secret-two], portfolio: main }
            """)
        #expect(settings.accounts.map(\.identityScopes) == [["main"], ["main", "b"]])
    }

    @Test("A note reports a portfolio for an adapter whose senders have no user ids")
    func noted() throws {
        let settings = try settings(
            "- { adapter: chat, name: a, secrets: [whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5], portfolio: acme }")
        #expect(
            settings.notes.map(\.description) == [
                "accounts[0].portfolio: has no effect: its senders show no user ids of a portfolio (line 2)"
            ])
    }

    private func settings(_ accounts: String) throws -> Settings {
        try Settings(yaml: "accounts:\n\(accounts)\n", environment: SettingsEnvironment(process: [:]))
    }
}

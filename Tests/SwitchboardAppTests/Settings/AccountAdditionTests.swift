import Messaging
import Testing

@testable import SwitchboardApp

@Suite("Adding an account to a settings file")
struct AccountAdditionTests {
    private static let kiosk = """
          - adapter: kiosk
            name: hall
            secrets: ["${KIOSK_HALL_SECRET}"]
        """

    @Test(
        "The account is the list's last, and every other line stays as it is",
        arguments: [
            // (before, after the key `accounts`; the account's lines stand for @)
            ("# top\naccounts: []\n#accounts:\n#  - a\nclients: []\n", "# top\naccounts:\n@\n#accounts:\n#  - a\nclients: []\n"),
            ("accounts: []   # none yet\n", "accounts:   # none yet\n@\n"),
            ("accounts:\n\nlog: { level: info }\n", "accounts:\n@\n\nlog: { level: info }\n"),
            ("server: {}\n\n", "server: {}\naccounts:\n@\n"), ("", "accounts:\n@\n"),
            (
                "accounts:\n  - { adapter: twilio, name: main, secrets: [a-secret-of-twilio] } # a\n    # b\n\n# c\nclients: []\n",
                "accounts:\n  - { adapter: twilio, name: main, secrets: [a-secret-of-twilio] } # a\n    # b\n@\n\n# c\nclients: []\n"
            ),
            (
                "accounts:\n  - adapter: twilio\n    name: main\n\n    secrets:\n      - a-secret-of-twilio\nclients: []",
                "accounts:\n  - adapter: twilio\n    name: main\n\n    secrets:\n      - a-secret-of-twilio\n@\nclients: []"
            ),
        ])
    func edited(before: String, after: String) throws {
        #expect(try added(to: before) == after.replacing("@", with: Self.kiosk))
    }

    @Test("The list's own indentation is kept")
    func indentation() throws {
        let before = "accounts:\n- adapter: twilio\n  name: main\n  secrets: [a-secret-of-twilio]\nclients: []\n"
        let lines = "- adapter: kiosk\n  name: hall\n  secrets: [\"${KIOSK_HALL_SECRET}\"]\n"
        #expect(try added(to: before) == before.replacing("clients:", with: lines + "clients:"))
    }

    @Test(
        "A list in brackets, or an account that exists already, is refused",
        arguments: [
            ("accounts: [{ adapter: twilio, name: main, secrets: [a-secret-of-twilio] }]\n", "is written in a form"),
            ("{ accounts: [] }\n", "is written in a form"),
            (
                "accounts: [{ adapter: kiosk, name: hall, secrets: [whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5] }]\n",
                "has /webhooks/kiosk/hall already"
            ),
        ])
    func refused(yaml: String, reason: String) {
        let error = #expect(throws: SettingsError.self) { try added(to: yaml) }
        #expect(error?.problems.first?.reason.hasPrefix(reason) == true, "\(String(describing: error))")
    }

    @Test(
        "Each adapter's account has a variable for its secret, and another for a verify token",
        arguments: AdapterRegistry.shipped.kinds)
    func everyAdapter(kind: AdapterKind) throws {
        let none = try SettingsEnvironment(process: [:])
        let addition = try AccountAddition(kind, "one", environment: none)
        let settings = try Settings(yaml: addition.added(to: "accounts: []\n", environment: none), environment: none.adding(addition))
        let traits = try #require(AdapterRegistry.shipped.traits(of: kind))
        #expect(settings.accounts.map(\.adapter) == [kind])
        #expect(settings.accounts[0].secrets.map(\.revealed) == [addition.variables[0].value])
        #expect(settings.accounts[0].verifyToken?.revealed == (addition.hasVerifyToken ? addition.variables[1].value : nil))
        #expect(addition.hasVerifyToken == traits.settings.contains(.verifyToken))
        #expect(addition.isSecretGiven == (traits.sender == .provider))
    }

    @Test("A variable that is set already is not used again")
    func variables() throws {
        let environment = try SettingsEnvironment(process: ["KIOSK_HALL_SECRET": "x", "KIOSK_HALL_SECRET_2": ""])
        #expect(try AccountAddition("kiosk", "hall", environment: environment).variables.map(\.name) == ["KIOSK_HALL_SECRET_3"])
        let digits = try AccountAddition("360dialog", "a-b", environment: SettingsEnvironment(process: [:]))
        #expect(digits.variables.map(\.name) == ["ACCOUNT_360DIALOG_A_B_SECRET"])
    }

    @Test("A new secret has the form that the settings require, and its digest admits it")
    func secrets() throws {
        let (signing, client) = (FreshSecret(.signing), FreshSecret(.client))
        let yaml = """
            accounts: [{ adapter: kiosk, name: a, secrets: ["\(signing.text)"] }]
            clients: [{ name: shop, key: "\(client.digest ?? "")" }]
            operators: [{ name: ops, token: "\(FreshSecret(.operator).text)" }]
            """
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]))
        #expect(settings.clients.count == 1 && settings.operators.count == 1)
        #expect(signing.digest == nil && FreshSecret(.signing).text != signing.text)
        #expect(FreshSecret(.verifyToken).text.count == 32)
    }

    private func added(to yaml: String) throws -> String {
        let none = try SettingsEnvironment(process: [:])
        return try AccountAddition("kiosk", "hall", environment: none).added(to: yaml, environment: none)
    }
}

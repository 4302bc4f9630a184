import Foundation
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
            ("accounts: [ ]\n", "accounts:\n@\n"),
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
                "there is already an account kiosk/hall; nothing was changed"
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
        let traits = try #require(AdapterRegistry.shipped.traits(of: kind))
        let secret = addition.variables[0]
        #expect(secret.value.isEmpty == (traits.sender == .provider) && (addition.givenSecret != nil) == secret.value.isEmpty)
        // As if the provider's secret had been filled in.
        let given = secret.value.isEmpty ? "the-secret-of-a-provider" : secret.value
        let text = AccountFiles.appended(addition.variableLines, to: "")
        let filled = text.replacing("\(secret.name)=\n", with: "\(secret.name)=\(given)\n")
        let settings = try Settings(
            yaml: addition.added(to: "accounts: []\n", environment: none), environment: SettingsEnvironment(process: [:], dotEnv: filled))
        #expect(settings.accounts.map(\.adapter) == [kind])
        #expect(settings.accounts[0].secrets.map(\.revealed) == [given])
        #expect((settings.accounts[0].verifyToken != nil) == traits.settings.contains(.verifyToken))
        #expect(settings.accounts[0].verifyToken?.revealed == addition.variables.first { $0.name == addition.verifyToken }?.value)
        #expect(settings.accounts[0].api.isEmpty && addition.tokens.count == traits.apiSettings.count(where: \.isOffered))
        #expect(traits.apiSettings.allSatisfy { $0.form != .secret || $0.isOffered })
    }

    @Test("The empty secret of a provider is refused, with the variable, the file and where the secret is found")
    func emptySecret() throws {
        let none = try SettingsEnvironment(process: [:])
        let addition = try AccountAddition("whatsapp-cloud", "main", environment: none)
        let written = try SettingsEnvironment(process: [:], dotEnv: AccountFiles.appended(addition.variableLines, to: ""), file: "/etc/a")
        let yaml = try addition.added(to: "", environment: none)
        for purpose in [SettingsPurpose.accounts, .serve] {
            let error = #expect(throws: SettingsError.self) { try Settings(yaml: yaml, environment: written, for: purpose) }
            #expect(
                error?.description == """
                    accounts[0].secrets[0]: WHATSAPP_CLOUD_MAIN_SECRET is empty (line 4); set it in the environment or in /etc/a: the app secret, in \
                    Meta's app dashboard under App settings, Basic
                    """)
        }
        // Another account can be added meanwhile.
        let second = try AccountAddition("twilio", "main", environment: written).added(to: yaml, environment: written)
        #expect(
            try Settings(edited: second, environment: written).accounts.map(\.path) == [
                "/webhooks/whatsapp-cloud/main", "/webhooks/twilio/main",
            ])
    }

    @Test("Line ends stay as they are, and new lines end like the first")
    func lineEnds() throws {
        let before = "# top\r\naccounts:\r\n  - adapter: twilio\r\n    name: main\r\n    secrets: [a-secret-of-twilio]\r\n\r\nlog: {}\r\n"
        let kiosk = Self.kiosk.replacing("\n", with: "\r\n") + "\r\n"
        #expect(try Array(added(to: before).utf8) == Array(before.replacing("\r\n\r\nlog", with: "\r\n\(kiosk)\r\nlog").utf8))
        #expect(try Array(added(to: "log: {}\r\n").utf8) == Array("log: {}\r\naccounts:\r\n\(kiosk)".utf8))
        #expect(try Array(added(to: "log: {}\r\naccounts: []").utf8) == Array("log: {}\r\naccounts:\r\n\(kiosk)".utf8))
        #expect(AccountFiles.appended(["C="], to: "A=1\r\nB=2") == "A=1\r\nB=2\r\nC=\r\n")
        #expect(AccountFiles.appended(["C="], to: "A=1\nB=2\n") == "A=1\nB=2\nC=\n")
    }

    @Test(
        "What is printed fits the file as it is",
        arguments: [
            ("log: {}", "Add to a.yaml:", "accounts:"), ("log: {}\naccounts: [] # none", "In a.yaml, replace line 2, which", "accounts:"),
            ("accounts:\n  - a", "Add at the end of the list `accounts` of a.yaml, which begins in line 1:", "  - adapter: kiosk"),
            (
                "accounts: [{ a: b }]", "Add to the list `accounts` of a.yaml (line 1); in brackets",
                "  { adapter: kiosk, name: hall, secrets: [\"${KIOSK_HALL_SECRET}\"] }"
            ),
        ])
    func instruction(yaml: String, words: String, next: String) throws {
        let addition = try AccountAddition("kiosk", "hall", environment: SettingsEnvironment(process: [:]))
        let lines = AccountList(of: yaml).instruction(for: addition, file: "a.yaml")
        #expect(lines[0].hasPrefix(words) && lines[2] == next, "\(lines)")
    }

    @Test("An installed gateway gets its variables beside its settings; another gets a .env in the working directory")
    func secretsFile() throws {
        try TemporaryFolder.with { folder in
            let places = SettingsPlaces(installed: "\(folder)/etc")
            try FileManager.default.createDirectory(atPath: "\(folder)/etc", withIntermediateDirectories: false)
            let file = { (settings: String, named: String?) throws(SettingsError) in
                try AccountFiles(settings: "\(folder)/\(settings)", environment: named, places: places).environment
            }
            #expect(try file("etc/switchboard.yaml", nil) == "\(folder)/etc/environment")
            #expect(try file("a.yaml", nil) == ".env")
            #expect(try file("etc/switchboard.yaml", "named") == "named")
            try "A=1".write(toFile: "\(folder)/environment", atomically: true, encoding: .utf8)
            #expect(try file("a.yaml", nil) == "\(folder)/environment")
        }
    }

    @Test("A variable that is set already is not used again")
    func variables() throws {
        let environment = try SettingsEnvironment(process: ["KIOSK_HALL_SECRET": "x", "KIOSK_HALL_SECRET_2": ""])
        #expect(try AccountAddition("kiosk", "hall", environment: environment).variables.map(\.name) == ["KIOSK_HALL_SECRET_3"])
        let digits = try AccountAddition("360dialog", "a-b", environment: SettingsEnvironment(process: [:]))
        #expect(digits.variables.map(\.name) == ["ACCOUNT_360DIALOG_A_B_SECRET", "ACCOUNT_360DIALOG_A_B_API_KEY"])
    }

    @Test("A variable of the file that fits and that nothing uses is used, in its place")
    func preparedVariables() throws {
        func names(_ file: String, yaml: String = "") throws -> [String] {
            let environment = try SettingsEnvironment(process: [:], dotEnv: file)
            return try AccountAddition("kiosk", "hall", for: yaml, environment: environment).variables.map(\.name)
        }
        let key = "whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5"
        #expect(try names("KIOSK_HALL_SECRET=\nA=1") == ["KIOSK_HALL_SECRET"])
        #expect(try names("KIOSK_HALL_SECRET=\(key)") == ["KIOSK_HALL_SECRET"])
        #expect(try names("KIOSK_HALL_SECRET=of another form") == ["KIOSK_HALL_SECRET_2"])
        #expect(try names("KIOSK_HALL_SECRET=", yaml: "clients: [{ name: a, key: \"${KIOSK_HALL_SECRET:-}\" }]") == ["KIOSK_HALL_SECRET_2"])
        #expect(try names("KIOSK_HALL_SECRET=", yaml: "a: ${KIOSK_HALL_SECRET}") == ["KIOSK_HALL_SECRET_2"])

        let variables = [AccountAddition.Variable(name: "B", value: "new", comment: "Why.")]
        #expect(AccountFiles.adding(variables, to: "A=1\nB=\nC=2\n") == "A=1\nB=new\nC=2\n")
        #expect(AccountFiles.adding(variables, to: "A=1\r\nB= \r\nC=2") == "A=1\r\nB=new\r\nC=2")
        #expect(AccountFiles.adding(variables, to: "B=kept\n") == "B=kept\n")
        #expect(AccountFiles.adding(variables, to: "BB=\n") == "BB=\n# Why.\nB=new\n")
    }

    @Test("The shipped file of variables has the names of new accounts, and they are added to it one after the other")
    func shippedVariables() throws {
        var (yaml, secrets) = (try ShippedSettingsTests.file("switchboard.yaml"), try ShippedSettingsTests.file("env.example"))
        for (kind, name) in [("whatsapp-cloud", "main"), ("twilio", "main"), ("chat", "main"), ("kiosk", "lobby")] {
            let environment = try SettingsEnvironment(process: [:], dotEnv: secrets)
            let addition = try AccountAddition(
                AdapterKind(rawValue: kind), AccountName(rawValue: name), for: yaml, environment: environment)
            #expect(addition.variables.allSatisfy { environment[$0.name] == "" })
            yaml = try addition.added(to: yaml, environment: environment)
            secrets = AccountFiles.adding(addition.variables, to: secrets)
        }
        #expect(secrets.split(separator: "\n").count == (try ShippedSettingsTests.file("env.example")).split(separator: "\n").count)
    }

    @Test("An account may be called null")
    func calledNull() throws {
        let name = "null"
        let none = try SettingsEnvironment(process: [:])
        #expect(
            try AccountAddition("kiosk", AccountName(rawValue: name), environment: none).added(to: "", environment: none).contains(
                "\"\(name)\""))
    }

    @Test("If the settings cannot be written, the secrets file stays as it was")
    func unwritableSettings() throws {
        try TemporaryFolder.with { folder in
            // The name leaves no room for that of a draft, which even root cannot create then.
            let settings = "\(folder)/\(String(repeating: "a", count: 240))"
            try "accounts: []\n".write(toFile: settings, atomically: false, encoding: .utf8)
            try "A=1\n".write(toFile: "\(folder)/environment", atomically: true, encoding: .utf8)
            let files = try AccountFiles(settings: settings, environment: "\(folder)/environment")
            let error = #expect(throws: SettingsError.self) {
                try files.add("kiosk", "hall", onlyPrints: false, variables: { try SettingsEnvironment(process: [:]) }, warn: { _ in })
            }
            #expect(error?.description.contains("cannot be written") == true, "\(String(describing: error))")
            #expect(try EditedFile("\(folder)/environment").text() == "A=1\n")
            #expect(try EditedFile(settings).text() == "accounts: []\n")
        }
    }

    @Test("Drafts that killed commands have left are removed, and similar files stay")
    func drafts() throws {
        try TemporaryFolder.with { folder in
            let path = "\(folder)/environment"
            for name in ["environment", "environment.0F190064-A0EF-40C3-BD2E-2605C9D1C1A6", "environment.old"] {
                try "A=1\n".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
            try EditedFile(path).replace(by: "A=2\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["environment", "environment.old"])
            #expect(try EditedFile(path).text() == "A=2\n")
        }
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

import Foundation
import Messaging
import Receiver
import Signing
import Supabase
import Testing

@testable import SwitchboardApp

@Suite("Accounts for development")
struct DevelopmentAccountsTests {
    @Test("If a start would create accounts, the error about a missing account says so")
    func hint() throws {
        let hint = { (yaml: String) in
            DevelopmentAccounts.hint(for: try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:])))
        }
        #expect(try hint("{}")?.contains("the first start of `switchboard serve` creates accounts for development") == true)
        #expect(try hint("accounts: [{ adapter: whatsapp-cloud, name: main, secrets: [of-eight] }]") == nil)
        #expect(try hint("server: { host: 0.0.0.0 }") == nil)
    }

    @Test("Without accounts on loopback there is one per adapter that describes what it needs, always the same")
    func madeOnce() throws {
        try TemporaryFolder.with { folder in
            let settings = settings(in: folder)
            let first = try DevelopmentAccounts.complete(settings).accounts
            #expect(
                first.map(\.path) == [
                    "/webhooks/whatsapp-cloud/main", "/webhooks/chat/main", "/webhooks/kiosk/lobby", "/webhooks/360dialog/main",
                    "/webhooks/twilio/main",
                ])
            #expect(try DevelopmentAccounts.complete(settings).accounts == first)
        }
    }

    @Test("Their secrets have the form that each adapter needs")
    func secrets() throws {
        try TemporaryFolder.with { folder in
            let accounts = try DevelopmentAccounts.complete(settings(in: folder)).accounts
            #expect(accounts.map(\.secrets.count) == [1, 1, 1, 1, 1])
            for account in accounts {
                let secret = account.secrets[0].revealed
                switch try #require(AdapterRegistry.shipped.traits(of: account.adapter)?.development).secret {
                case .hexadecimal(let bytes): #expect(Hex.decode(secret)?.count == bytes)
                case .standardWebhooks: #expect(StandardWebhooksKey(secret: secret) != nil)
                }
                #expect((account.verifyToken?.revealed.count == 32) == (account.adapter == "whatsapp-cloud"))
                #expect(throws: Never.self) { try AdapterRegistry.shipped.makeAdapter(for: account) }
            }
        }
    }

    @Test("They include an operator with a random token, unless the settings have one; an earlier version's file has none")
    func developmentOperator() throws {
        try TemporaryFolder.with { folder in
            let made = try DevelopmentAccounts.complete(settings(in: folder))
            #expect(made.operators.map(\.name) == ["development"] && made.hasDevelopmentOperator)
            let token = try #require(made.operators.first?.tokens.first?.revealed)
            #expect(Hex.decode(token)?.count == 32)

            var own = settings(in: folder)
            own.operators = [Settings.Operator(name: "ops", tokens: [Secret("the-token-of-ops")])]
            let kept = try DevelopmentAccounts.complete(own)
            #expect(kept.operators == own.operators && !kept.hasDevelopmentOperator && kept.accounts == made.accounts)

            let path = "\(folder)/new/development.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let earlier = try #require(text.range(of: "operators:")).lowerBound
            try text[..<earlier].write(toFile: path, atomically: true, encoding: .utf8)
            let old = try DevelopmentAccounts.complete(settings(in: folder))
            #expect(old.accounts == made.accounts && old.operators.isEmpty && !old.hasDevelopmentOperator)
        }
    }

    @Test("Their address is the one in the settings")
    func publicURL() throws {
        try TemporaryFolder.with { folder in
            var settings = settings(in: folder)
            settings.server.publicURL = "https://hooks.example"
            let accounts = try DevelopmentAccounts.complete(settings).accounts
            #expect(Set(accounts.map(\.publicURL)) == ["https://hooks.example"])
        }
    }

    @Test("Two machines have different secrets")
    func random() throws {
        let secrets = try (1...2).map { _ in
            try TemporaryFolder.with { try DevelopmentAccounts.complete(settings(in: $0)).accounts.map(\.secrets) }
        }
        #expect(secrets[0] != secrets[1])
    }

    @Test("Only their owner may read the file, and no partial file is left")
    func permissions() throws {
        try TemporaryFolder.with { folder in
            _ = try DevelopmentAccounts.complete(settings(in: folder))
            let path = "\(folder)/new/development.yaml"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/new") == ["development.yaml"])
        }
    }

    @Test("A verb that only looks for them creates none, and finds existing ones")
    func found() throws {
        try TemporaryFolder.with { folder in
            let settings = settings(in: folder)
            #expect(try DevelopmentAccounts.found(for: settings).accounts == [])
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/new"))
            let made = try DevelopmentAccounts.complete(settings)
            #expect(try DevelopmentAccounts.found(for: settings) == made)
        }
    }

    @Test("If their file is a dangling link, the start stops, and so does every verb that looks for them")
    func danglingLink() throws {
        try TemporaryFolder.with { folder in
            let settings = settings(in: folder)
            try FileManager.default.createDirectory(atPath: "\(folder)/new", withIntermediateDirectories: false)
            let path = "\(folder)/new/development.yaml"
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/nowhere/development.yaml")
            let errors = [
                #expect(throws: SettingsError.self) { try DevelopmentAccounts.complete(settings) },
                #expect(throws: SettingsError.self) { try DevelopmentAccounts.found(for: settings) },
            ]
            for error in errors {
                #expect(error?.source == path && error?.description.contains("is a symbolic link to /nowhere/development.yaml") == true)
            }
            let findings = SettingsRules(settings).findings.filter { $0.level == .fail }
            #expect(findings.map(\.advice) == ["let \(path) be a file that this user may read"])
        }
    }

    @Test("Settings with accounts stay unchanged, and no file is created")
    func configured() throws {
        try TemporaryFolder.with { folder in
            var settings = settings(in: folder)
            settings.accounts = [Account(adapter: "chat", name: "own", secrets: [Secret("s")])]
            let completed = try DevelopmentAccounts.complete(settings)
            #expect(completed == settings)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/new"))
        }
    }

    @Test(
        "If others can reach the server, accounts must be configured",
        arguments: ["0.0.0.0", "::", "10.0.0.1", "127.0.evil.com", "example.com"])
    func notLoopback(host: String) throws {
        try TemporaryFolder.with { folder in
            var settings = settings(in: folder)
            settings.server.host = host
            let error = #expect(throws: SettingsError.self) { try DevelopmentAccounts.complete(settings) }
            #expect(error?.problems.first?.path == "accounts")
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/new"))
        }
    }

    @Test("Hosts that stand for this machine", arguments: ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
    func loopback(host: String) {
        #expect(Loopback.isHost(host))
    }

    private func settings(in folder: String) -> Settings {
        var settings = Settings()
        settings.journal.path = "\(folder)/new/journal.sqlite"
        return settings
    }
}

import Foundation
import Messaging
import Operations
import Supabase
import Testing

@testable import SwitchboardApp

@Suite("Doctor's findings about settings")
struct SettingsRulesTests {
    @Test(
        "Settings are judged by their consequences",
        arguments: [
            ("{}", "settings.accounts", .warn, "development accounts"), ("{}", "settings.clients", .warn, "anyone on this machine"),
            ("{}", "settings.public_url", .ok, "reachable only from this machine"),
            ("server: { host: 0.0.0.0 }", "settings.accounts", .fail, "other machines can reach 0.0.0.0"),
            ("server: { host: 0.0.0.0 }", "settings.clients", .warn, "nobody may start sessions"),
            ("server: { host: 0.0.0.0 }", "settings.public_url", .warn, "is not an address that others can use"),
            ("server: { public_url: \"http://hooks.example.com\" }", "settings.public_url", .warn, "not https"),
            ("server: { public_url: \"https://hooks.example.com\" }", "settings.public_url", .ok, "https://hooks.example.com"),
            (
                "server: { port: 21100, public_url: \"http://127.0.0.1:8000\" }", "settings.public_url", .warn,
                "the server listens on http://127.0.0.1:21100"
            ),
            (
                "server: { public_url: \"https://localhost:8000\" }", "settings.public_url", .warn,
                "the server listens on http://127.0.0.1:8000"
            ),
            ("server: { port: 21100 }", "settings.public_url", .ok, "http://127.0.0.1:21100"),
            ("server: { host: \"::1\" }", "settings.public_url", .ok, "reachable only from this machine"),
            (
                "server: { host: localhost, public_url: \"http://[::1]:8000\" }", "settings.public_url", .ok,
                "reachable only from this machine"
            ),
            ("{}", "settings.file", .warn, "Config/switchboard.yaml or "),
            ("server: { tls: { certificate: none.pem, key: none.key } }", "settings.tls", .fail, "none.pem: there is no such file"),
            (
                "accounts: [{ adapter: whatsapp-cloud, name: main, secrets: [of-eight] }]", "settings.accounts", .ok,
                "/webhooks/whatsapp-cloud/main"
            ),
            ("clients: [{ name: shop, key: the-key-of-the-shop }]", "settings.clients", .ok, "shop"),
            ("accounts: [{ adapter: twilio, name: main, secrets: [of-eight] }]", "settings.operators", .ok, "none: nobody can use"),
            (
                "accounts: [{ adapter: twilio, name: main, secrets: [of-eight] }]\noperators: [{ name: ops, token: the-token-of-ops }]",
                "settings.operators", .ok, "ops"
            ),
            ("clients: [{ name: shop, key: ' the-key-of-the-shop' }]", "settings.values", .warn, "clients[0].key: has white space"),
        ] as [(String, String, Finding.Level, String)])
    func settings(yaml: String, check: String, level: Finding.Level, words: String) throws {
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]))
        let finding = SettingsRules(settings).findings.first { $0.check == check }
        #expect(finding?.level == level && finding?.message.contains(words) == true, "\(String(describing: finding))")
        #expect((finding?.advice == nil) == (level == .ok))
    }

    @Test("Without accounts in the settings doctor names the development accounts that a gateway uses, once it has created them")
    func developmentAccounts() throws {
        try TemporaryFolder.with { folder in
            let settings = try Settings(
                yaml: "journal: { path: \(folder)/journal.sqlite }", environment: SettingsEnvironment(process: [:]))
            func accountsFinding(_ settings: Settings) -> Finding? {
                SettingsRules(settings).findings.first { $0.check == "settings.accounts" }
            }
            func message() -> String { accountsFinding(settings)?.message ?? "" }
            #expect(message() == "none in the settings; `serve` creates development accounts in \(folder)/development.yaml")
            let accounts = try DevelopmentAccounts.complete(settings).accounts.map(\.path).joined(separator: ", ")
            let used = "none in the settings; the development accounts in \(folder)/development.yaml are used: "
            #expect(message() == used + accounts && accounts.contains("/webhooks/chat/main"))
            // A running gateway's settings have the accounts in them, and /admin/doctor finds the same.
            let served = try DevelopmentAccounts.found(for: settings)
            #expect(SettingsRules(served).findings.filter { $0.check == "settings.accounts" } == [accountsFinding(settings)])
        }
    }

    @Test(
        "An installed gateway needs accounts of its own, whichever file of its folder has the settings",
        arguments: [
            ("etc/switchboard.yaml", Finding.Level.fail), ("etc/../etc/second.yaml", .fail), ("etc/old/switchboard.yaml", .warn),
            ("Config/switchboard.yaml", .warn),
        ])
    func installed(file: String, level: Finding.Level) throws {
        try TemporaryFolder.with { folder in
            var settings = try Settings(
                yaml: "journal: { path: \(folder)/journal.sqlite }", environment: SettingsEnvironment(process: [:]))
            settings.file = "\(folder)/\(file)"
            let findings = SettingsRules(settings, places: SettingsPlaces(installed: "\(folder)/etc")).findings
            #expect(findings.first { $0.check == "settings.accounts" }?.level == level)
        }
    }

    @Test(
        "If a variable is empty, not set or wrong, the advice names the variable rather than the file",
        arguments: [
            (
                "accounts: [{ adapter: whatsapp-cloud, name: main, secrets: ['${SECRET}'] }]",
                "accounts[0].secrets[0]: SECRET is empty",
                "set SECRET in the environment or in .env: the app secret, in Meta's app dashboard under App settings, Basic"
            ),
            (
                "clients: [{ name: a, key: '${KEY}' }]", "clients[0].key: the variable KEY is not set",
                "set KEY in the environment or in .env"
            ),
            (
                "clients: [{ name: a, key: '${SHORT}' }]", "clients[0].key: SHORT must be a string of at least 16 characters",
                "correct SHORT in the environment or in .env"
            ),
            ("server: { prot: 1 }", "server.prot: unknown key", nil),
        ] as [(String, String, String?)])
    func variable(yaml: String, message: String, advice: String?) async throws {
        let path = NSTemporaryDirectory() + "\(UUID().uuidString).yaml"
        try yaml.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let environment = try SettingsEnvironment(process: ["SECRET": "", "SHORT": "short"])
        let findings = await Doctor.findings(settings: path, environment: environment)
        #expect(findings.count == 2 && findings[1].message.hasPrefix("\(message) (\(path), line 1)"), "\(findings)")
        #expect(findings[0] == Finding(.ok, "settings.file", path))
        #expect(findings[1].advice == advice ?? "correct server.prot in \(path)")
    }

    @Test("The advice for a settings file that does not exist is not to correct it")
    func missing() async throws {
        let findings = await Doctor.findings(settings: "/nowhere/a.yaml", environment: try SettingsEnvironment(process: [:]))
        #expect(findings.map(\.message) == ["there is no such file (/nowhere/a.yaml)"])
        #expect(findings.map(\.advice) == ["name a file that exists, or create /nowhere/a.yaml"])
    }

    @Test(
        "Files that others may change are reported, and files of secrets that others may read",
        arguments: [
            (0o644, 0o600, "0.0.0.0", []),
            (0o666, 0o600, "0.0.0.0", ["every user of this machine can change the gateway's settings (mode 0666)"]),
            (0o600, 0o644, "0.0.0.0", ["every user of this machine can read the secrets in it (mode 0644)"]),
            (0o600, 0o644, "127.0.0.1", ["every user of this machine can read the secrets in it (mode 0644)"]),
            (
                0o644, 0o666, "0.0.0.0",
                [
                    "every user of this machine can change the gateway's secrets (mode 0666)",
                    "every user of this machine can read the secrets in it (mode 0666)",
                ]
            ),
        ] as [(mode_t, mode_t, String, [String])])
    func access(settings: mode_t, secrets: mode_t, host: String, expected: [String]) throws {
        try TemporaryFolder.with { folder in
            let (file, environment) = ("\(folder)/a.yaml", "\(folder)/environment")
            try "server: { host: \(host) }".write(toFile: file, atomically: true, encoding: .utf8)
            try "A=b".write(toFile: environment, atomically: true, encoding: .utf8)
            #expect(chmod(file, settings) == 0 && chmod(environment, secrets) == 0)
            let loaded = try Settings.load(path: file, environment: SettingsEnvironment.current(file: environment))
            let findings = SettingsRules(loaded).findings.filter { $0.check == "settings.access" }
            #expect(findings.map { String($0.message.drop { $0 != " " }.dropFirst()) } == expected, "\(findings)")
            #expect(findings.allSatisfy { $0.level == .warn && $0.advice?.hasPrefix("chmod ") == true })
        }
    }

    @Test("A file of another user is reported, unless the journal's folder is that user's too", .enabled(if: geteuid() == 0))
    func owner() throws {
        try TemporaryFolder.with { folder in
            let file = "\(folder)/a.yaml"
            try FileManager.default.createDirectory(atPath: "\(folder)/journal", withIntermediateDirectories: true)
            try "journal: { path: \(folder)/journal/j.sqlite }".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(chown(file, 4711, 4711) == 0)
            let check = { () throws -> [Finding] in
                let loaded = try Settings.load(path: file, environment: SettingsEnvironment(process: [:]))
                return SettingsRules(loaded).findings.filter { $0.check == "settings.access" }
            }
            #expect(try check().map(\.message) == ["\(file): belongs to another user (4711), who can change the gateway's settings"])
            #expect(chown("\(folder)/journal", 4711, 4711) == 0)
            #expect(try check() == [])
        }
    }

    @Test("A database URL that names another schema is a finding too")
    func url() async throws {
        let environment = try SettingsEnvironment(process: ["SUPABASE_DB_URL": "postgres://h/d?schema=other"])
        let path = NSTemporaryDirectory() + "\(UUID().uuidString).yaml"
        try "{}".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let findings = await Doctor.findings(settings: path, environment: environment)
        #expect(findings.map(\.advice) == [nil, "correct SUPABASE_DB_URL in the environment or in .env"])
    }
}

import Foundation
import Logging
import Messaging
import Receiver
import Supabase
import Testing

@testable import SwitchboardApp

@Suite("The port of the command line")
struct ListenedPortTests {
    @Test("Public URLs that follow from the port change with it, and others stay")
    func listen() throws {
        let account = "adapter: twilio, secrets: [a-secret-of-twilio]"
        for (url, expected) in [(nil, "http://127.0.0.1:8001"), ("https://hooks.example", "https://hooks.example")] {
            let server = url.map { "server: { public_url: \"\($0)\" }\n" } ?? ""
            var settings = try Settings(
                yaml: "\(server)accounts: [{ \(account), name: a }, { \(account), name: b, public_url: \"https://b.example\" }]\n",
                environment: SettingsEnvironment(process: [:]))
            #expect(settings.server.sourceOfPublicURL == (url == nil ? "server.host and server.port" : "server.public_url"))
            settings.listen(onPort: 8001)
            #expect(settings.server.port == 8001 && settings.server.publicURL == expected)
            #expect(settings.accounts.map(\.publicURL) == [expected, "https://b.example"])
        }
    }
}

@Suite("The text of a secret")
struct SecretFormTests {
    @Test(
        "The name of a variable is no secret, however long",
        arguments: [
            ("ACCOUNT_360DIALOG_PARTNER_SECRET", false), ("WHATSAPP_CLOUD_MAIN_VERIFY_TOKEN_2", false),
            ("0123456789abcdef0123456789abcdef", true), ("0123456789ABCDEF0123456789ABCDEF", true),
            ("AKIA2E0A8F3B244C9986AB12CD34EF56", true), ("sb_secret_x", true), ("A1B2C3D4E5F6_A1B2C3D4E5F6A1B2C3D4", true),
        ])
    func names(text: String, isLikely: Bool) { #expect(SecretForm.isLikely(text) == isLikely) }
}

@Suite("Settings")
struct SettingsTests {
    @Test("Every key in the file is read")
    func everything() throws {
        let settings = try Settings(
            yaml: """
                server: { host: 0.0.0.0, port: 9000, public_url: "https://hooks.example/", body_limit: 512KiB, header_timeout: 500ms,
                          body_timeout: 2s, idle_timeout: 5m, event_loops: 2 }
                journal: { path: /var/j.sqlite, keep: 7d, min_free_space: 1GiB }
                session: { idle_timeout: 12h, idle_timeouts: { chat: 30m, kiosk: 90s }, default_region: BR }
                accounts:
                  - { adapter: whatsapp-cloud, name: main, secrets: ["${APP}", second-secret], verify_token: "${VERIFY:-verify-me}" }
                  - { adapter: kiosk, name: lobby_1, secrets: [whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5], default_region: MX, accepts_session_tokens: true }
                clients: [{ name: shop, key: the-key-of-the-shop }]
                operators: [{ name: ops, token: the-token-of-ops }]
                supabase: { url: "https://x.supabase.co", service_role_key: service-key, db_url: "postgres://p", schema: acme, write: false }
                log: { level: debug, format: json }
                """, environment: SettingsEnvironment(process: ["APP": "first-secret"]))
        var expected = Settings()
        expected.server.host = "0.0.0.0"
        expected.server.port = 9000
        expected.server.publicURL = "https://hooks.example"
        expected.server.bodyLimit = 524_288
        expected.server.headerTimeout = .milliseconds(500)
        expected.server.bodyTimeout = .seconds(2)
        expected.server.idleTimeout = .seconds(300)
        expected.server.eventLoops = 2
        expected.journal.path = "/var/j.sqlite"
        expected.journal.keep = .seconds(604_800)
        expected.journal.minimumFreeSpace = 1_073_741_824
        expected.session.idleTimeout = .seconds(43_200)
        expected.session.idleTimeouts = [.chat: .seconds(1800), .kiosk: .seconds(90)]
        expected.session.defaultRegion = "BR"
        expected.accounts = [
            Account(
                adapter: "whatsapp-cloud", name: "main", secrets: [Secret("first-secret"), Secret("second-secret")],
                verifyToken: Secret("verify-me"), publicURL: "https://hooks.example", defaultRegion: "BR"),
            Account(
                adapter: "kiosk", name: "lobby_1", secrets: [Secret("whsec_dGhlIHNlY3JldCBvZiB0aGUga2lvc2sgaW4gdGhlIGxvYmJ5")],
                publicURL: "https://hooks.example", defaultRegion: "MX", acceptsSessionTokens: true),
        ]
        expected.supabase.url = "https://x.supabase.co"
        expected.supabase.serviceRoleKey = Secret("service-key")
        expected.supabase.dbURL = Secret("postgres://p")
        expected.supabase.schema = try #require(SchemaName("acme"))
        expected.supabase.write = false
        expected.log.level = .debug
        expected.log.format = .json
        expected.clients = [Settings.Client(name: "shop", keys: [Secret("the-key-of-the-shop")])]
        expected.operators = [Settings.Operator(name: "ops", tokens: [Secret("the-token-of-ops")])]
        #expect(settings == expected)
    }

    @Test("The edge's limits, proxies and TLS are read, and an account has its own rate or the server's")
    func edge() throws {
        let settings = try Settings(
            yaml: """
                server:
                  { write_timeout: 5s, max_connections: 50, connections_per_address: 5, body_memory: 8MiB, address_rate: 0, account_rate: 100,
                    trusted_proxies: [10.0.0.0/8, "::1"], proxy_header: forwarded, tls: { certificate: c.pem, key: k.pem }, client_ca: a.pem }
                accounts:
                  - { adapter: whatsapp-cloud, name: main, secrets: [a-secret-of-sixteen], client_name: client.example, rate: 0 }
                  - { adapter: whatsapp-cloud, name: other, secrets: [a-secret-of-sixteen] }
                """, environment: SettingsEnvironment(process: [:]))
        var expected = Settings.Server()
        expected.writeTimeout = .seconds(5)
        expected.maxConnections = 50
        expected.connectionsPerAddress = 5
        expected.bodyMemory = 8 << 20
        expected.addressRate = 0
        expected.accountRate = 100
        expected.trustedProxies = ["10.0.0.0/8", "::1"].compactMap { AddressRange($0) }
        expected.proxyHeader = .forwarded
        expected.tls = TLSFiles(certificate: "c.pem", key: "k.pem", clientAuthorities: "a.pem")
        expected.publicURL = "https://127.0.0.1:8000"
        #expect(settings.server == expected)
        #expect(settings.accounts.map(\.clientName) == ["client.example", nil])
        #expect(settings.accounts.map(\.rate) == [nil, 100])
    }

    @Test("An empty text, and empty keys, give the defaults", arguments: ["", "{}", "server:\nlog: ~\n", "server: { port: }", "# nothing"])
    func defaults(yaml: String) throws {
        #expect(try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:])) == Settings())
    }

    @Test(
        "The public URL follows host and port",
        arguments: [("{ port: 9000 }", "http://127.0.0.1:9000"), ("{ host: '::1' }", "http://[::1]:8000")])
    func publicURL(server: String, expected: String) throws {
        let settings = try Settings(yaml: "server: \(server)", environment: SettingsEnvironment(process: [:]))
        #expect(settings.server.publicURL == expected)
    }

    @Test(
        "This machine reaches a gateway that listens on all addresses by loopback, and any other at its address",
        arguments: [
            ("127.0.0.1", "http://127.0.0.1:1"), ("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1"), ("::1", "http://[::1]:1"),
            ("10.0.0.11", "http://10.0.0.11:1"), ("localhost", "http://localhost:1"),
        ])
    func urlOfThisMachine(host: String, expected: String) {
        var server = Settings.Server()
        server.host = host
        #expect(server.localURL(port: 1) == expected)
    }

    @Test("An account has its own public URL or the server's, and the header that contains its senders' secret")
    func accounts() throws {
        let settings = try Settings(
            yaml: """
                server: { public_url: "https://hooks.example/" }
                accounts:
                  - { adapter: twilio, name: one, secrets: [a-secret] }
                  - { adapter: twilio, name: two, secrets: [a-secret], public_url: "https://other.example:8443/in/" }
                  - { adapter: 360dialog, name: three, secrets: ["user:password"], secret_header: X-API-Key }
                """, environment: SettingsEnvironment(process: [:]))
        #expect(settings.accounts.map(\.publicURL) == ["https://hooks.example", "https://other.example:8443/in", "https://hooks.example"])
        #expect(settings.accounts.map(\.secretHeader) == [nil, nil, "x-api-key"])
        #expect(settings.notes == [])
    }

    @Test(
        "If a provider signs the URL, a URL that only this machine can reach is noted",
        arguments: [
            ("twilio", "", true), ("twilio", "public_url: http://localhost:8000", true),
            ("twilio", "public_url: https://hooks.example", false),
            ("360dialog", "", false),
        ])
    func localURL(adapter: String, setting: String, isTold: Bool) throws {
        let yaml = "accounts: [{ adapter: \(adapter), name: main, secrets: [a-secret], \(setting) }]"
        let notes = try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:])).notes
        #expect(notes.map(\.path) == (isTold ? ["accounts[0].public_url"] : []))
        #expect(
            notes.allSatisfy { $0.reason.contains("can be reached only from this machine, but twilio signs the URL to which it posts") })
    }

    @Test(
        "A wrong public URL or header is reported with all other problems",
        arguments: [
            "hooks.example", "ftp://hooks.example", "https://", "https:///path", "https://hooks.example?a=1", "https://hooks.example#a",
            "https://hooks example", "https://:8000",
        ])
    func wrongURL(url: String) throws {
        let error = #expect(throws: SettingsError.self) {
            try Settings(
                yaml: """
                    server: { public_url: "\(url)" }
                    accounts: [{ adapter: 360dialog, name: main, secrets: [a-secret], public_url: "\(url)", secret_header: "x api" }]
                    """, environment: SettingsEnvironment(process: [:]))
        }
        #expect(error?.problems.map(\.path) == ["server.public_url", "accounts[0].secret_header", "accounts[0].public_url"])
        #expect(error?.problems.first?.reason.contains("must be a URL of http:// or https:// with a host and no query or fragment") == true)
        #expect(error?.problems[1].reason.contains("must be the name of a header, such as x-api-key") == true)
    }

    @Test("The variables of Supabase are the defaults of their keys, and a key in the file takes precedence")
    func variables() throws {
        let environment = try SettingsEnvironment(
            process: [
                "SUPABASE_URL": "https://x.supabase.co/", "SUPABASE_SERVICE_ROLE_KEY": "service-key", "SUPABASE_DB_URL": "postgres://p",
                "FEATURE_SUPABASE_WRITE": "false", "SUPABASE_SCHEMA": "acme",
            ])
        for yaml in ["", "supabase: { batch_size: 50 }"] {
            let supabase = try Settings(yaml: yaml, environment: environment).supabase
            #expect(supabase.url == "https://x.supabase.co" && supabase.serviceRoleKey == Secret("service-key"))
            #expect(supabase.dbURL == Secret("postgres://p") && !supabase.write && supabase.schema.name == "acme")
        }
        let written = try Settings(yaml: "supabase: { db_url: postgres://other, write: true }", environment: environment).supabase
        #expect(written.dbURL == Secret("postgres://other") && written.write)
        let error = #expect(throws: SettingsError.self) {
            try Settings(yaml: "", environment: SettingsEnvironment(process: ["FEATURE_SUPABASE_WRITE": "maybe"]))
        }
        #expect(error?.description.contains("supabase.write: FEATURE_SUPABASE_WRITE must be true or false") == true)
    }

    @Test("A named file must exist")
    func missingFile() {
        let error = #expect(throws: SettingsError.self) {
            try Settings.load(path: "/nowhere/switchboard.yaml", environment: SettingsEnvironment(process: [:]))
        }
        #expect(error?.description == "/nowhere/switchboard.yaml cannot be used:\nthere is no such file")
    }

    @Test("If no file is named, a dangling link does not count as missing; settings say which file they come from")
    func danglingLink() throws {
        try TemporaryFolder.with { folder in
            let path = "\(folder)/switchboard.yaml"
            let load = { () throws(SettingsError) in
                try Settings.load(path: nil, environment: SettingsEnvironment(process: [:]), places: SettingsPlaces([path]))
            }
            #expect(try load().file == nil)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "\(folder)/gone.yaml")
            let error = #expect(throws: SettingsError.self) { try load() }
            #expect(
                error?.description
                    == "\(path) cannot be used:\nis a symbolic link to \(folder)/gone.yaml, which does not exist")
            try "{}".write(toFile: "\(folder)/gone.yaml", atomically: true, encoding: .utf8)
            #expect(try load().file == path)
        }
    }

    @Test("Settings may come through a pipe; a device and an endless file are refused")
    func pipe() throws {
        try TemporaryFolder.with { folder in
            let path = "\(folder)/settings"
            #expect(mkfifo(path, 0o600) == 0)
            Thread { try? "server: { port: 8123 }".write(toFile: path, atomically: false, encoding: .utf8) }.start()
            let environment = try SettingsEnvironment(process: [:])
            #expect(try Settings.load(path: path, environment: environment).server.port == 8123)
            let error = #expect(throws: SettingsError.self) { try Settings.load(path: "/dev/zero", environment: environment) }
            #expect(error?.description == "/dev/zero cannot be used:\nis not a regular file")
            try Data(count: 2 << 20).write(to: URL(fileURLWithPath: "\(folder)/large"))
            #expect(throws: SettingsError.self) { try Settings.load(path: "\(folder)/large", environment: environment) }
        }
    }
}

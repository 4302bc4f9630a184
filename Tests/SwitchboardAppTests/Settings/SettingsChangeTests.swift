import Logging
import Messaging
import Testing

@testable import SwitchboardApp

@Suite("What a reload makes of changed settings")
struct SettingsChangeTests {
    /// Each key that the settings have, with a document that changes it alone.
    private static let changes: [String: String] = [
        "server.host": "server: { host: 127.0.0.2 }", "server.port": "server: { port: 9000 }",
        "server.public_url": "server: { public_url: 'https://hooks.example' }", "server.body_limit": "server: { body_limit: 1MiB }",
        "server.batch_limit": "server: { batch_limit: 5 }", "server.header_timeout": "server: { header_timeout: 1s }",
        "server.body_timeout": "server: { body_timeout: 1s }", "server.idle_timeout": "server: { idle_timeout: 1s }",
        "server.write_timeout": "server: { write_timeout: 1s }", "server.max_connections": "server: { max_connections: 5 }",
        "server.connections_per_address": "server: { connections_per_address: 5 }", "server.body_memory": "server: { body_memory: 1GiB }",
        "server.address_rate": "server: { address_rate: 5 }", "server.account_rate": "server: { account_rate: 5 }",
        "server.event_streams": "server: { event_streams: 5 }", "server.trusted_proxies": "server: { trusted_proxies: [10.0.0.1] }",
        "server.proxy_header": "server: { proxy_header: forwarded }",
        "server.tls": "server: { tls: { certificate: a.pem, key: b.pem } }", "server.event_loops": "server: { event_loops: 2 }",
        "journal.path": "journal: { path: other.sqlite }", "journal.keep": "journal: { keep: 40d }",
        "journal.compress_after": "journal: { compress_after: 2d }", "journal.max_size": "journal: { max_size: 1GiB }",
        "journal.keep_dead_letters": "journal: { keep_dead_letters: 1d }",
        "journal.max_dead_letters": "journal: { max_dead_letters: 1GiB }", "journal.keep_refused": "journal: { keep_refused: true }",
        "journal.max_log": "journal: { max_log: 1GiB }", "journal.key_memory": "journal: { key_memory: 1MiB }",
        "journal.min_free_space": "journal: { min_free_space: 1GiB }", "session.idle_timeout": "session: { idle_timeout: 1h }",
        "session.idle_timeouts": "session: { idle_timeouts: { chat: 1h } }", "session.default_region": "session: { default_region: BR }",
        "session.channels": "session: { channels: [sms] }", "supabase.url": "supabase: { url: 'https://x.supabase.co', write: true }",
        "supabase.service_role_key": "supabase: { service_role_key: service-key, write: true }",
        "supabase.db_url": "supabase: { db_url: 'postgres://x' }", "supabase.schema": "supabase: { schema: acme }",
        "supabase.write": "supabase: { write: false }", "supabase.lookup_timeout": "supabase: { lookup_timeout: 1s }",
        "supabase.batch_size": "supabase: { batch_size: 5 }", "supabase.calls_in_flight": "supabase: { calls_in_flight: 5 }",
        "tracing.endpoint": "tracing: { endpoint: 'http://127.0.0.1:4318' }",
        "tracing.sample_ratio": "tracing: { sample_ratio: 0.5 }", "tracing.headers": "tracing: { headers: { x-api-key: the-key } }",
        "log.level": "log: { level: debug }", "log.format": "log: { format: json }", "log.buffer": "log: { buffer: 2MiB }",
        "accounts": "accounts: [{ adapter: twilio, name: main, secrets: [a-secret-of-twilio] }]",
        "clients": "clients: [{ name: shop, key: the-key-of-the-shop }]",
        "operators": "operators: [{ name: ops, token: the-token-of-ops }]",
    ]

    /// The keys whose new values a reload applies; Docs/Operating.md lists them under Reload.
    private static let applied: Set<String> = [
        "server.public_url", "server.batch_limit", "server.account_rate", "server.event_streams", "session.default_region",
        "session.channels", "log.level", "accounts", "clients", "operators",
    ]

    @Test("Every key of the settings is either applied, or named as one that needs a restart", arguments: try keys())
    func everyKey(key: String) throws {
        let yaml = try #require(Self.changes[key], "\(key) is a new key: add a document that changes it to the table of this test")
        let (current, new) = (try settings(""), try settings(yaml, for: key))
        #expect(current != new, "the document does not change \(key)")
        let change = try SettingsChange(from: current, to: new)
        if Self.applied.contains(key) {
            #expect(change.keysOfRestart == [])
            #expect(change.settings == new)
        } else {
            #expect(change.keysOfRestart == [key])
            #expect(change.settings == current)
        }
    }

    @Test("The documents list the keys that a reload applies, and no others")
    func documented() throws {
        let text = try DocumentText.section("## Reload", of: "Operating.md")
        let listed = text.split(separator: "\n").filter { $0.hasPrefix("- `") }.flatMap { line in
            line.prefix { $0 != ":" }.matches(of: /`([a-z_.]+)`/).map { String($0.output.1) }
        }
        #expect(Set(listed) == Self.applied.union(["server.tls", "server.client_ca"]))
    }

    @Test("A server that uses TLS takes other files, and needs a restart to begin or end TLS")
    func tls() throws {
        let plain = try settings("")
        let first = try settings("server: { tls: { certificate: a.pem, key: a.key } }")
        let second = try settings("server: { tls: { certificate: b.pem, key: b.key }, client_ca: ca.pem }")
        #expect(try SettingsChange(from: first, to: second).settings == second)
        #expect(try SettingsChange(from: first, to: second).appliedKeys == ["server.tls"])
        #expect(try SettingsChange(from: first, to: second).keysOfRestart == [])
        #expect(try SettingsChange(from: first, to: plain).keysOfRestart == ["server.tls"])
        #expect(try SettingsChange(from: plain, to: first).settings.server.publicURL == "http://127.0.0.1:8000")
    }

    @Test("A public URL that follows from a new port is not in force before the port is, and neither is that of the accounts")
    func derivedURL() throws {
        let accounts = "accounts: [{ adapter: twilio, name: main, secrets: [a-secret-of-twilio] }]"
        let change = try SettingsChange(from: settings(""), to: settings("server: { port: 9000 }\n\(accounts)"))
        #expect(change.keysOfRestart == ["server.port"])
        #expect(change.settings.server.publicURL == "http://127.0.0.1:8000")
        #expect(change.settings.accounts.map(\.publicURL) == ["http://127.0.0.1:8000"])
        // One that is written is.
        let named = try SettingsChange(
            from: settings(""), to: settings("server: { port: 9000, public_url: 'https://a.example' }\n\(accounts)"))
        #expect(named.settings.accounts.map(\.publicURL) == ["https://a.example"])
    }

    @Test("A key stays named as long as the file differs from what is in force, whatever else is reloaded")
    func repeated() throws {
        let first = try SettingsChange(from: settings(""), to: settings("server: { port: 9000 }"))
        let second = try SettingsChange(from: first.settings, to: settings("server: { port: 9000, batch_limit: 7 }\njournal: { keep: 2d }"))
        #expect(second.keysOfRestart == ["server.port", "journal.keep"])
        #expect(second.settings.server.batchLimit == 7)
        #expect(try SettingsChange(from: second.settings, to: settings("")).keysOfRestart == [])
    }

    @Test("Accounts are not replaced by those for development, which other machines could reach until a restart")
    func development() throws {
        var open = try settings("server: { host: 0.0.0.0 }\naccounts: [{ adapter: twilio, name: main, secrets: [a-secret-of-twilio] }]")
        var empty = try settings("")
        empty.hasDevelopmentAccounts = true
        let error = #expect(throws: SettingsError.self) { try SettingsChange(from: open, to: empty) }
        #expect(error?.problems.map(\.path) == ["accounts"])
        empty.hasDevelopmentAccounts = false
        #expect(throws: SettingsError.self) { try SettingsChange(from: open, to: empty) }
        empty = open
        empty.server.host = "127.0.0.1"
        empty.hasDevelopmentAccounts = true
        open.hasDevelopmentAccounts = true
        #expect(try SettingsChange(from: open, to: empty).keysOfRestart == ["server.host"])
    }

    @Test("The last client is not removed, which would let everybody on this machine start sessions")
    func clients() throws {
        let with = try settings("clients: [{ name: shop, key: the-key-of-the-shop }]")
        let error = #expect(throws: SettingsError.self) { try SettingsChange(from: with, to: try settings("{}")) }
        #expect(error?.problems.map(\.path) == ["clients"])
        #expect(try SettingsChange(from: try settings("{}"), to: with).settings.clients.count == 1)
        #expect(
            try SettingsChange(from: with, to: try settings("clients: [{ name: app, key: the-key-of-the-app }]")).settings.clients.count
                == 1)
    }

    @Test("The keys of sections that a reload applies are named, and no others")
    func appliedKeys() throws {
        let change = try SettingsChange(
            from: settings("log: { level: info }"), to: settings("server: { batch_limit: 5, port: 81 }\nlog: { level: debug }"))
        #expect(change.appliedKeys == ["server.batch_limit", "log.level"] && change.keysOfRestart == ["server.port"])
        #expect(try SettingsChange(from: settings("{}"), to: settings("{}")).appliedKeys.isEmpty)
    }

    @Test("The log names the accounts, clients and operators that were added, removed and changed, but no secret")
    func accountChanges() throws {
        let account = { (name: String, secret: String) in
            Account(adapter: "chat", name: AccountName(rawValue: name), secrets: [Secret(secret)])
        }
        var (before, after) = (Settings(), Settings())
        before.accounts = [account("a", "1"), account("b", "2"), account("c", "3")]
        after.accounts = [account("b", "2"), account("c", "4"), account("d", "5")]
        before.operators = [Settings.Operator(name: "ops", tokens: [Secret("6")])]
        after.operators = [Settings.Operator(name: "crm", tokens: [Secret("7")])]
        before.clients = [Settings.Client(name: "shop", keys: [Secret("8")])]
        after.clients = [Settings.Client(name: "shop", keys: [Secret("9")])]
        let metadata = ReloadedNames(from: before, to: after).metadata
        #expect(metadata["clients.changed"] == ["shop"])
        #expect(metadata["operators.added"] == ["crm"] && metadata["operators.removed"] == ["ops"] && metadata.count == 6)
        #expect(metadata["accounts.added"] == ["/webhooks/chat/d"])
        #expect(metadata["accounts.removed"] == ["/webhooks/chat/a"])
        #expect(metadata["accounts.changed"] == ["/webhooks/chat/c"])
        #expect(ReloadedNames(from: after, to: after).metadata.isEmpty)
    }

    /// The keys that are read, without those of elements and of mappings in a section.
    private static func keys() throws -> [String] {
        let report = SettingsReport(environment: try SettingsEnvironment(process: [:]))
        _ = Settings(root: nil, report: report)
        let sections = Set(report.knownPaths.compactMap { $0.contains(".") ? String($0.prefix { $0 != "." }) : nil })
        // client_ca is a part of TLS.
        return report.knownPaths.filter { !sections.contains($0) && !$0.hasPrefix("server.tls.") && $0 != "server.client_ca" }
    }

    private func settings(_ yaml: String) throws -> Settings { try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:])) }

    /// With half of the two settings of Supabase's REST interface, which are refused without each other.
    private func settings(_ yaml: String, for key: String) throws -> Settings {
        guard ["supabase.url", "supabase.service_role_key"].contains(key) else { return try settings(yaml) }
        var settings = try settings("")
        if key == "supabase.url" {
            settings.supabase.url = "https://x.supabase.co"
        } else {
            settings.supabase.serviceRoleKey = Secret("key")
        }
        return settings
    }
}

import Messaging
import SwitchboardApp
import Testing

@Suite("Wrong settings")
struct SettingsProblemsTests {
    @Test(
        "A wrong value is reported with its key's path, its line and what it should be",
        arguments: [
            ("server:\n  host: a\n  port: abc", "server.port: must be a whole number from 0 to 65535, not “abc” (line 3)"),
            ("server: { port: 65536 }", "server.port: must be a whole number from 0 to 65535, not “65536” (line 1)"),
            ("server: { port: [1] }", "server.port: must be a whole number from 0 to 65535, not a list (line 1)"),
            ("server: { host: {a: b} }", "server.host: must be a text that is not empty, not a mapping (line 1)"),
            ("server: 5", "server: must be a mapping of keys (line 1)"),
            ("- 1", "must be a mapping of keys (line 1)"),
            (
                "server: { body_limit: 4MB }",
                "server.body_limit: must be a size of at most 1GiB, such as 512KiB or 4MiB, not “4MB” (line 1)"
            ),
            (
                "journal: { min_free_space: 9223372036854775807GiB }",
                "journal.min_free_space: must be a size, such as 512KiB, 4MiB, 1GiB or a number of bytes, not “9223372036854775807GiB” (line 1)"
            ),
            (
                "journal: { keep: 30 }",
                "journal.keep: must be a duration, such as 500ms, 10s, 5m, 24h or 30d, of at most 36500d, not “30” (line 1)"
            ),
            (
                "journal: { keep: 36501d }",
                "journal.keep: must be a duration, such as 500ms, 10s, 5m, 24h or 30d, of at most 36500d, not “36501d” (line 1)"
            ),
            (
                "server: { body_limit: 2GiB }",
                "server.body_limit: must be a size of at most 1GiB, such as 512KiB or 4MiB, not “2GiB” (line 1)"
            ),
            (
                "journal: { keep: -1d }",
                "journal.keep: must be a duration, such as 500ms, 10s, 5m, 24h or 30d, of at most 36500d, not “-1d” (line 1)"
            ),
            (
                "session: { idle_timeouts: { chat: x } }",
                "session.idle_timeouts.chat: must be a duration, such as 500ms, 10s, 5m, 24h or 30d, of at most 36500d, not “x” (line 1)"
            ),
            (
                "session: { default_region: in }",
                "session.default_region: must be a country's two upper-case letters (ISO 3166-1), such as IN, not “in” (line 1)"
            ),
            (
                "session: { default_region: XX }",
                "session.default_region: must be a country's two upper-case letters (ISO 3166-1), such as IN, not “XX” (line 1)"
            ),
            ("supabase: { write: maybe }", "supabase.write: must be true or false, not “maybe” (line 1)"),
            (
                "supabase: { url: x.supabase.co, service_role_key: service-key }",
                "supabase.url: must be a URL that begins with http:// or https:// (line 1)"
            ),
            (
                "server: { trusted_proxies: [10.0.0.1/8] }",
                "server.trusted_proxies[0]: must be an address or a range of at most a /8 (IPv6: /7), such as 10.0.0.0/8 or 2001:db8::1, not “10.0.0.1/8” (line 1)"
            ),
            ("server: { proxy_header: x-real-ip }", "server.proxy_header: must be x-forwarded-for, forwarded, not “x-real-ip” (line 1)"),
            ("server: { tls: { key: a } }", "server.tls: must name both certificate and key (line 1)"),
            ("server: { client_ca: a }", "server.client_ca: has no effect without server.tls (line 1)"),
            ("server: { address_rate: -1 }", "server.address_rate: must be a whole number from 0 to 1000000, not “-1” (line 1)"),
            (
                "server: { body_memory: 1MiB }",
                "server.body_memory: must be at least server.body_limit, or the largest body is never taken (line 1)"
            ),
            (
                "accounts: [{ adapter: whatsapp-cloud, name: a, secrets: [of-eight], client_name: b }]",
                "accounts[0].client_name: needs server.tls and server.client_ca: without them no sender is asked for a certificate (line 1)"
            ),
            (
                "server: { tls: { certificate: a, key: b }, client_ca: c }\naccounts:\n"
                    + "- { adapter: whatsapp-cloud, name: a, secrets: [of-eight], client_name: '${EMPTY:-}' }",
                "accounts[0].client_name: EMPTY is empty (line 3); set it in the environment or in .env"
            ),
            (
                "server: { tls: { certificate: '', key: b } }",
                "server.tls.certificate: must be a text that is not empty, not “” (line 1)\n"
                    + "server.tls: must name both certificate and key (line 1)"
            ),
            ("log: { level: loud }", "log.level: must be trace, debug, info, notice, warning, error, critical, not “loud” (line 1)"),
            ("accounts: {}", "accounts: must be a list (line 1)"),
            ("server: { host: '${NOBODY}' }", "server.host: the variable NOBODY is not set (line 1); set it in the environment or in .env"),
            (
                "server: { host: '${NOBODY}.${EMPTY:-x}.${NO_ONE}' }",
                "server.host: the variable NOBODY is not set (line 1); set it in the environment or in .env\n"
                    + "server.host: the variable NO_ONE is not set (line 1); set it in the environment or in .env"
            ),
            ("server: { host: '${A' }", "server.host: expected ${NAME} or ${NAME:-default}, not ${A (line 1)"),
            ("clients: [{ name: a }]", "clients[0].key: is missing; set it to a string of at least 16 characters (line 1)"),
            (
                "clients: [{ name: a, key: key-of-client-a1 }, { name: a, key: key-of-client-a2 }]",
                "clients[1].name: “a” is there twice (line 1)"
            ),
            ("server: { port: 1 }\nserver: { port: 2 }", "server: is there twice: first in line 1, again here (line 2)"),
            (
                "log: {}\nserver:\n  port: 1\n  # a\n  host: a\n\n  \"port\" : 2",
                "port: is there twice: first in line 3, again here (line 7)"
            ),
            ("server: { port: 1, port: 2 }", "port: is there twice (line 1)"),
        ])
    func wrongValue(yaml: String, expected: String) {
        #expect(problems(yaml) == expected)
    }

    private static let webhookSecret = "whsec_dGhlIHNlY3JldCBvZiB0aGUgY2hhdCBhY2NvdW50"

    @Test(
        "A value that would be misread, or would admit everybody, is reported with its line",
        arguments: [
            ("journal: { path: ':memory:' }", "journal.path: must be the path of a file, not “:memory:” (line 1)"),
            ("journal: { path: 'file:x?mode=memory' }", "journal.path: must be the path of a file, not “file:x?mode=memory” (line 1)"),
            ("journal: { path: /var/lib/ }", "journal.path: must be the path of a file, not “/var/lib/” (line 1)"),
            (
                "session:\n  idle_timeouts:\n    Web Chat: 30m",
                "session.idle_timeouts.Web Chat: is not a channel name: it must be 1 to 32 of a-z, 0-9, - and _ (line 3)"
            ),
            (
                "server: { trusted_proxies: [0.0.0.0/0] }",
                "server.trusted_proxies[0]: must be an address or a range of at most a /8 (IPv6: /7), such as 10.0.0.0/8 or 2001:db8::1, not “0.0.0.0/0” (line 1)"
            ),
            (
                "server: { trusted_proxies: ['128.0.0.0/1'] }",
                "server.trusted_proxies[0]: must be an address or a range of at most a /8 (IPv6: /7), such as 10.0.0.0/8 or 2001:db8::1, "
                    + "not “128.0.0.0/1” (line 1)"
            ),
            (
                "server: { trusted_proxies: ['::/0'] }",
                "server.trusted_proxies[0]: must be an address or a range of at most a /8 (IPv6: /7), such as 10.0.0.0/8 or 2001:db8::1, not “::/0” (line 1)"
            ),
            (
                "accounts:\n- adapter: fax\n  name: a\n  secrets: [of-eight]",
                "accounts[0].adapter: there is no adapter “fax”; known: \(AdapterRegistry.shipped.kinds.map(\.rawValue).joined(separator: ", ")) (line 2)"
            ),
            (
                "accounts:\n- adapter: whatsapp-cloud\n  name: a\n  secrets: [of-eight]\n  accepts_session_tokens: true",
                "accounts[0].accepts_session_tokens: a provider signs: only chat and kiosk accounts may be true (line 5)"
            ),
            (
                "accounts: [{ adapter: kiosk, name: a, secrets: [\(webhookSecret)] }]\nclients:\n- { name: a, key: \(webhookSecret) }",
                "clients[0].key: is that of accounts[0] too: each must be unique (line 3)"
            ),
        ])
    func dangerous(yaml: String, expected: String) { #expect(problems(yaml) == expected) }

    @Test(
        "A value without effect, or with a wider effect than it seems, is noted",
        arguments: [
            ("session: { default_region: '${EMPTY}' }", "session.default_region: EMPTY is empty and counts as not set (line 1)"),
            ("journal: { path: '' }", "journal.path: is empty and counts as not set (line 1)"),
            (
                "journal: { keep: 1d, compress_after: 2d }",
                "journal.compress_after: is longer than journal.keep: nothing is ever compressed (line 1)"
            ),
            (
                "accounts: [{ adapter: chat, name: a, secrets: [\(webhookSecret)], verify_token: a-verify-token }]",
                "accounts[0].verify_token: has no effect: this adapter has no handshake (line 1)"
            ),
            (
                "accounts: [{ adapter: whatsapp-cloud, name: a, secrets: [of-eight, of-eight] }]",
                "accounts[0].secrets: has a secret twice (line 1)"
            ),
            (
                "accounts:\n- { adapter: chat, name: a, secrets: [\(webhookSecret)] }\n- { adapter: kiosk, name: b, secrets: [\(webhookSecret)] }",
                "accounts[1].secrets: has a secret that /webhooks/chat/a has too: whoever knows it can post to both (line 3)"
            ),
        ])
    func noted(yaml: String, expected: String) throws {
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: ["EMPTY": ""]))
        #expect(settings.notes.map(\.description) == [expected])
    }

    @Test("A wrong value of a variable is reported with the variable, and a second secret may be missing")
    func variables() throws {
        #expect(
            problems("supabase: { url: '${SUPABASE_URL:-}', service_role_key: service-key }", ["SUPABASE_URL": "x.supabase.co"])
                == "supabase.url: SUPABASE_URL must be a URL that begins with http:// or https:// (line 1)")
        let yaml = "accounts: [{ adapter: whatsapp-cloud, name: a, secrets: [of-eight, '${NEXT:-}'] }]"
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]))
        #expect(settings.accounts.map(\.secrets.count) == [1])
        #expect(settings.notes == [])
    }

    @Test("Accounts of one Meta app share its secret without a note")
    func sharedAppSecret() throws {
        let yaml =
            "accounts: [{ adapter: whatsapp-cloud, name: a, secrets: [of-eight] }, { adapter: whatsapp-cloud, name: b, secrets: [of-eight] }]"
        #expect(try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:])).notes == [])
    }

    @Test("An unknown key is reported with the known ones")
    func unknownKey() {
        #expect(
            problems("server:\n  host: a\n  color: 1")
                == "server.color: unknown key (line 3); known: host, port, public_url, body_limit, batch_limit, header_timeout, "
                + "body_timeout, idle_timeout, write_timeout, max_connections, connections_per_address, body_memory, address_rate, account_rate, "
                + "event_streams, trusted_proxies, proxy_header, tls, client_ca, event_loops"
        )
        #expect(
            problems("color: {}")
                == "color: unknown key (line 1); known: server, journal, session, accounts, clients, operators, supabase, tracing, log")
    }

    @Test(
        "A misspelled key, or one outside its section, is reported with the key that was probably meant",
        arguments: [
            ("journal:\n  pth: a", "journal.pth: unknown key (line 2); did you mean journal.path?"),
            ("sever: {}", "sever: unknown key (line 1); did you mean server?"),
            ("port: 8000", "port: unknown key (line 1); did you mean server.port?"),
            ("accounts: [{ adaptr: chat }]", "accounts[0].adaptr: unknown key (line 1); did you mean accounts[0].adapter?"),
        ])
    func meantKey(yaml: String, expected: String) {
        #expect(problems(yaml).split(separator: "\n").contains { $0 == expected }, "\(problems(yaml))")
    }

    @Test("All problems are reported at once, in the order of their lines")
    func all() {
        let lines = problems("foo: 1\nlog: { level: z }\nserver: { port: x }\njournal: { keep: y }\nbar: 1").split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != ":" } } == ["foo", "log.level", "server.port", "journal.keep", "bar"])
    }

    @Test("A problem of a variable without a line comes last")
    func withoutLine() {
        let lines = problems("foo: 1", ["SUPABASE_DB_URL": "bogus"]).split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != ":" } } == ["foo", "supabase.db_url"])
    }

    @Test(
        "An adapter's objection to an account is reported together with all other problems",
        arguments: [
            ("adapter: whatsap, name: Main, secrets: ['${NO}'], rate: x", ["adapter", "name", "secrets[0]", "rate"]),
            ("adapter: whatsap, secrets: [short]", ["adapter", "name", "secrets[0]"]),
            (
                "adapter: whatsapp-cloud, name: a, secrets: [of-eight], accepts_session_tokens: true, rate: x",
                ["accepts_session_tokens", "rate"]
            ),
            ("adapter: whatsapp-cloud, name: a, secrets: [of-eight], secret_header: x-key, rate: x", ["rate", "secret_header"]),
            (
                "adapter: whatsapp-cloud, name: a, secrets: [of-eight], accepts_session_tokens: true, secret_header: x-key",
                ["accepts_session_tokens", "secret_header"]
            ),
            ("adapter: twilio, secrets: [of-eight], accepts_session_tokens: true", ["accepts_session_tokens", "name"]),
            // An invalid secret is reported once.
            ("adapter: whatsapp-cloud, name: a, secrets: [short]", ["secrets[0]"]), ("adapter: chat, name: a, secrets: []", ["secrets"]),
        ])
    func everyProblemOfAnAccount(account: String, keys: [String]) {
        let lines = problems("accounts: [{ \(account) }]").split(separator: "\n")
        #expect(lines.map { String($0.prefix { $0 != ":" }) }.sorted() == keys.map { "accounts[0].\($0)" }.sorted(), "\(lines)")
    }

    @Test(
        "A text that is not YAML is reported in plain words, with the line to look at",
        arguments: [
            ("server:\n  host: \"abc\njournal: {}\n", "a quote begins here and is not closed (line 2)"),
            ("server: {\n  host: 'abc\n}\n", "a quote begins here and is not closed (line 2)"),
            ("accounts: [ a,\n b\nlog: {}\n", "a list begins here with [ and is not closed by ], or a comma is missing in it (line 1)"),
            ("log: {}\nserver: { host: a\n", "a mapping begins here with { and is not closed by }, or a comma is missing in it (line 2)"),
            ("server:\n\thost: a\n", "indent with spaces, and put a value that begins with such a sign in quotes (line 2)"),
            ("server:\n  host: a: b\n", "a colon stands where none may: "),
            ("server:\n  host: a\n port: 3\n", "its indentation is wrong, or something stands behind a closing quote or bracket (line 3)"),
            ("journal: {}\nserver\n", "a key has no colon behind it (line 2)"),
            ("server: { host: \"a\\q\" }\n", "use single quotes (line 1)"), ("server: { host: *abc }\n", "* must be in quotes (line 1)"),
            ("--- {}\n---\nlog: {}\n", "more than one document: leave out the line --- (line 2)"),
            ("server:\n  host: [", "a value is missing, or a [ or { before it is not closed"),
        ])
    func noYAML(yaml: String, expected: String) {
        let text = problems(yaml)
        #expect(text.hasPrefix("is not YAML: ") && text.contains(expected) && text.contains("(line "), "\(text)")
    }

    @Test("An account's name must be valid in a path", arguments: ["A", "-a", "a b", "a/b", "ä", String(repeating: "a", count: 64)])
    func accountName(name: String) {
        #expect(
            problems("accounts: [{ adapter: whatsapp-cloud, name: '\(name)', secrets: [of-eight] }]")
                == "accounts[0].name: must be 1 to 63 of a–z, 0–9, _ and -, beginning with a letter or a digit, not “\(name)” (line 1)")
    }

    @Test("A name is unique among an adapter's accounts, not among all")
    func duplicateAccount() {
        let account = { (adapter: String) in "{ adapter: \(adapter), name: a, secrets: [\(Self.webhookSecret)] }" }
        #expect(problems("accounts: [\(account("chat")), \(account("kiosk"))]").isEmpty)
        #expect(
            problems("accounts: [\(account("chat")), \(account("chat"))]")
                == "accounts[1]: chat has an account of the name “a” already (line 1)")
    }

    /// The text of the settings' error; empty if there is none.
    func problems(_ yaml: String, _ variables: [String: String] = [:]) -> String {
        do throws(SettingsError) {
            _ = try Settings(yaml: yaml, environment: SettingsEnvironment(process: variables))
            return ""
        } catch {
            return error.description
        }
    }
}

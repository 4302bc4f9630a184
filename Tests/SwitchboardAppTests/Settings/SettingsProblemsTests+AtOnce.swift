import Messaging
import Receiver
import SwitchboardApp
import Testing

// Several problems at once.
extension SettingsProblemsTests {
    @Test(
        "Half of Supabase's settings is reported beside other problems, but not if that half is itself wrong",
        arguments: [
            ("url: 'https://x.supabase.co', schema: Acme", ["schema", "service_role_key"]),
            ("service_role_key: service-key, schema: Acme, batch_size: 0", ["schema", "batch_size", "url"]),
            ("url: x.supabase.co", ["url", "service_role_key"]), ("service_role_key: short", ["service_role_key", "url"]),
            ("url: x.supabase.co, service_role_key: short", ["url", "service_role_key"]),
            ("url: 'https://x.supabase.co', write: maybe", ["write"]), ("url: 'https://x.supabase.co', db_url: bogus", ["db_url"]),
            ("schema: Acme", ["schema"]),
        ])
    func halfOfSupabase(section: String, keys: [String]) {
        let lines = problems("supabase: { \(section) }").split(separator: "\n")
        #expect(lines.map { String($0.prefix { $0 != ":" }) } == keys.map { "supabase.\($0)" }, "\(lines)")
    }

    @Test("A name or key that occurs twice is reported even if one of the two has another problem")
    func sharedName() {
        let lines = problems("clients:\n- { name: a, key: key-of-client-a1 }\n- { name: a, key: short }\n- { key: key-of-client-a1 }")
        let told = [
            "clients[1].key: must be", "clients[1].name: “a” is there twice (line 3)", "clients[2].name: is missing",
            "clients[2].key: is that",
        ]
        #expect(lines.split(separator: "\n").count == 4 && told.allSatisfy(lines.contains), "\(lines)")
    }

    @Test(
        "What only a start requires is reported with the other problems: accounts, and usable TLS files",
        arguments: [
            (SettingsPurpose.accounts, ["server.port"]), (.examine, ["server.port", "server.tls", "accounts"]),
            (.serveReadOnly, ["server.port", "server.tls"]),
            (.serve, ["server.port", "server.tls", "accounts"]),
        ])
    func start(purpose: SettingsPurpose, keys: [String]) {
        let yaml = "server:\n  host: 0.0.0.0\n  port: x\n  tls: { certificate: /none.pem, key: /none.key }\naccounts: []"
        let error = #expect(throws: SettingsError.self) {
            try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]), for: purpose)
        }
        #expect(error?.problems.map(\.path) == keys)
        #expect(error?.problems.allSatisfy { $0.line != nil } == true)
    }

    @Test(
        "A secret without a usable value matters only to what uses it",
        arguments: [
            (SettingsPurpose.journal, []), (.database, ["supabase.db_url"]),
            (.accounts, ["accounts[0].secrets[0]", "accounts[1].secrets", "clients[0].key", "operators[0].token", "supabase.db_url"]),
        ] as [(SettingsPurpose, [String])])
    func secrets(purpose: SettingsPurpose, paths: [String]) throws {
        let yaml = """
            journal: { path: a.sqlite }
            accounts:
            - { adapter: twilio, name: main, secrets: ["${UNSET}"] }
            - { adapter: kiosk, name: hall, secrets: ["${EMPTY:-}"] }
            clients: [{ name: shop, key: "${SHORT}" }]
            operators: [{ name: ops, token: "${EMPTY}" }]
            supabase: { db_url: "${SHORT}" }
            """
        let environment = try SettingsEnvironment(process: ["EMPTY": "", "SHORT": "x"])
        var found: [String] = []
        do throws(SettingsError) {
            let settings = try Settings(yaml: yaml, environment: environment, for: purpose)
            #expect(settings.journal.path == "a.sqlite" && settings.accounts.map(\.secrets.count) == [0, 0])
        } catch {
            found = error.problems.map(\.path)
        }
        #expect(found == paths)
        // A path without its variable would be another journal.
        for key in ["journal: { path: \"${UNSET}/a.sqlite\" }", "server: { prot: 1 }"] {
            #expect(throws: SettingsError.self) { try Settings(yaml: key, environment: environment, for: purpose) }
        }
    }

    @Test("One half of a connection by REST does not keep anybody from using the journal")
    func halfConnection() throws {
        let environment = try SettingsEnvironment(process: ["SUPABASE_URL": "https://a.supabase.co"])
        #expect(try Settings(yaml: "", environment: environment, for: .journal).supabase.serviceRoleKey == nil)
        #expect(throws: SettingsError.self) { try Settings(yaml: "", environment: environment, for: .database) }
    }

    @Test("Problems that only prevent a start do not keep doctor from examining everything else")
    func examined() throws {
        let yaml = "server:\n  host: 0.0.0.0\n  tls: { certificate: /none.pem, key: /none.key }\naccounts: []"
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]), for: .examine)
        #expect(settings.server.tls?.certificate == "/none.pem")
    }

    @Test("Every TLS file that cannot be read is named, not only the first")
    func filesOfTLS() {
        let yaml = "server: { tls: { certificate: /none.pem, key: /none.key }, client_ca: /none.ca }"
        let error = #expect(throws: SettingsError.self) {
            try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]), for: .serveReadOnly)
        }
        let expected = ["/none.pem", "/none.key", "/none.ca"].map { "\($0): there is no such file" }.joined(separator: "; ")
        #expect(error?.problems.map(\.reason) == [expected])
    }
}

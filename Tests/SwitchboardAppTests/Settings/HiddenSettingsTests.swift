import Messaging
import Supabase
import Testing

@testable import SwitchboardApp

@Suite("Values in the wrong place of the settings are described, not quoted")
struct HiddenSettingsTests {
    private static let database = "postgres://me:hush-4711@db.x.supabase.co:5432/postgres"
    private static let key = "sb_secret_hush-4711"

    private func problems(_ yaml: String, _ variables: [String: String] = [:]) -> String {
        do throws(SettingsError) {
            _ = try Settings(yaml: yaml, environment: SettingsEnvironment(process: variables))
            return ""
        } catch {
            return error.description
        }
    }

    @Test(
        "A secret in the variable of a URL is described by its form",
        arguments: [
            (database, "a text that begins with postgres://"), (key, "a text that looks like a secret key (sb_secret_)"),
            ("eyJhbGciOiJIUzI1NiJ9.hush-4711", "a text that looks like a JWT"),
            ("'\(key)'", "a text that looks like a secret key (sb_secret_)"),
            ("me:hush-4711@h", "a text with user and password"),
        ])
    func url(value: String, form: String) {
        let expected = "supabase.url: SUPABASE_URL must be a URL that begins with http:// or https://, not \(form)"
        let variables = ["SUPABASE_URL": value, "SUPABASE_SERVICE_ROLE_KEY": "service-key"]
        #expect(problems("", variables) == expected)
        #expect(problems("supabase: { url: '${SUPABASE_URL:-}' }", variables) == "\(expected) (line 1)")
        #expect(!problems("supabase: { url: \"\(value)\" }").contains("hush"))
    }

    @Test(
        "No setting quotes the value of a variable, or what looks like a secret",
        arguments: [
            "server: { port: V }", "server: { public_url: V }", "server: { body_limit: V }", "server: { trusted_proxies: [V] }",
            "server: { proxy_header: V }", "journal: { keep: V }", "journal: { max_size: V }", "session: { default_region: V }",
            "session: { channels: [V] }", "supabase: { url: V }", "supabase: { write: V }", "supabase: { schema: V }",

            "log: { level: V }", "log: { buffer: V }", "accounts: [{ adapter: V, name: a, secrets: [of-eight] }]",
            "accounts: [{ adapter: kiosk, name: V, secrets: [of-eight] }]", "accounts: [{ adapter: kiosk, name: a, secrets: [V] }]",
            "accounts: [{ adapter: 360dialog, name: a, secrets: [of-eight], secret_header: V }]",
            "supabase: { V: 1 }",
        ])
    func settings(yaml: String) {
        for value in ["\(Self.key) x", Self.database, "hush 4711"] {
            let text = problems(yaml.replacing("V", with: "'${VALUE}'"), ["VALUE": value])
            #expect(!text.isEmpty && !text.contains("hush"), "\(text)")
            guard value != "hush 4711" else { continue }
            let written = problems(yaml.replacing("V", with: "'\(value)'"))
            #expect(!written.isEmpty && !written.contains("hush"), "\(written)")
        }
    }

    @Test(
        "A value in place of a variable's name is not quoted, nor is an incomplete default",
        arguments: ["${sb_secret_hush}", "${hush-4711", "${HUSH:-hush-4711", "${sb_secret_hush"])
    func variable(text: String) {
        let told = problems("server: { host: '\(text)' }")
        #expect(told.contains("expected ${NAME}") && !told.contains("4711") && !told.contains("sb_secret_"), "\(told)")
    }

    @Test("The database's name in the log and doctor's findings contain neither user nor password of a URL")
    func userInfo() throws {
        let yaml = """
            server: { host: 0.0.0.0, public_url: 'https://me:hush@hooks.example' }
            supabase: { url: 'https://me:hush@x.supabase.co', service_role_key: service-key }
            """
        let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]))
        #expect(PersistencePlan(settings.supabase).target == "https://•••@x.supabase.co")
        let findings = SettingsRules(settings).findings
        #expect(findings.contains { $0.message == "https://•••@hooks.example" } && !findings.contains { $0.message.contains("hush") })
    }

    @Test("A part of a password that is read as an option of a URL is not named")
    func option() {
        let told = problems("supabase: { db_url: 'postgres://me@h/d?hush-4711=1' }")
        #expect(told.contains("an option after the question mark is unknown to libpq") && !told.contains("hush"), "\(told)")
    }
}

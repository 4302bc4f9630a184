import Supabase
import Testing

@testable import SwitchboardApp

@Suite("supabase.schema")
struct SchemaSettingTests {
    @Test("The schema is public unless the file or the variable names another, and decides where the database's rows go")
    func plan() throws {
        let section = "url: 'https://x.supabase.co', service_role_key: service-key"
        for (yaml, variables, target) in [
            ("supabase: { \(section) }", [:], "https://x.supabase.co"),
            ("supabase: { \(section), schema: public }", [:], "https://x.supabase.co"),
            ("supabase: { \(section), schema: acme }", [:], "https://x.supabase.co?schema=acme"),
            ("supabase: { \(section), schema: '${WHERE:-acme}' }", [:], "https://x.supabase.co?schema=acme"),
            ("supabase: { \(section), schema: }", ["SUPABASE_SCHEMA": "acme"], "https://x.supabase.co?schema=acme"),
            ("supabase: { \(section), schema: other }", ["SUPABASE_SCHEMA": "acme"], "https://x.supabase.co?schema=other"),
            ("supabase: { db_url: 'postgres://me:hush@h/d', schema: acme }", [:], "h:5432/d?schema=acme"),
        ] as [(String, [String: String], String)] {
            let settings = try Settings(yaml: yaml, environment: SettingsEnvironment(process: variables))
            #expect(PersistencePlan(settings.supabase).target == target, "\(yaml)")
        }
    }

    @Test(
        "A text that is not a name, and a name of another program's schema, are reported with the line",
        arguments: [
            ("Acme", "must be the name of a schema: a–z, 0–9 and _, at most 40, and no digit first, not “Acme”"),
            ("1acme", "must be the name of a schema: a–z, 0–9 and _, at most 40, and no digit first, not “1acme”"),
            ("a-b", "must be the name of a schema: a–z, 0–9 and _, at most 40, and no digit first, not “a-b”"),
            ("user", "must be another name than “user”, which is a word of SQL"),
            ("auth", "must be another name than “auth”, which is PostgreSQL's or Supabase's own"),
            ("switchboard", "must be another name than “switchboard”: Switchboard calls the schema of its internal functions so"),
        ])
    func wrong(name: String, reason: String) throws {
        #expect(problems("supabase:\n  write: true\n  schema: \(name)") == "supabase.schema: \(reason) (line 3)")
        // The value of a variable is not quoted.
        let unquoted = reason.replacing(", not “\(name)”", with: "")
        #expect(problems("", ["SUPABASE_SCHEMA": name]) == "supabase.schema: SUPABASE_SCHEMA \(unquoted)")
    }

    @Test("A database's URL may name the same schema, and no other")
    func ofURL() throws {
        for option in ["schema", "currentSchema", "search_path"] {
            let url = "db_url: 'postgres://me:hush@h/d?\(option)=acme'"
            #expect(problems("supabase: { schema: acme, \(url) }") == "")
            #expect(
                problems("supabase: { \(url) }")
                    == "supabase.db_url: the option \(option) asks for another schema than public, where Switchboard's tables are; "
                    + "leave it out of the URL; the setting supabase.schema says where the tables are (line 1)")
        }
        #expect(problems("supabase: { schema: acme, db_url: 'postgres://h/d?schema=public' }").contains("another schema than acme"))
    }

    @Test("It is read without the rest of the settings, which need not be valid")
    func alone() throws {
        let read = { (yaml: String) throws(SettingsError) in
            try Settings.schema(yaml: yaml, environment: SettingsEnvironment(process: ["FROM": "acme"])).name
        }
        #expect(try read("") == "public")
        #expect(try read("server: { port: '${NOBODY}' }\nsupabase: { ural: 7, schema: '${FROM}' }") == "acme")
        #expect(throws: SettingsError.self) { try read("supabase: { schema: auth }") }
        #expect(throws: SettingsError.self) { try read("supabase: [") }
    }

    /// The text of the settings' error; empty if there is none.
    private func problems(_ yaml: String, _ variables: [String: String] = [:]) -> String {
        do throws(SettingsError) {
            _ = try Settings(yaml: yaml, environment: SettingsEnvironment(process: variables))
            return ""
        } catch {
            return error.description
        }
    }
}

import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("The name of a schema")
struct SchemaNameTests {
    @Test(
        "A plain identifier is accepted, with an internal schema that fits PostgreSQL's limit",
        arguments: ["public", "acme", "_acme", "acme_2", "switchboard_tables", "authors", String(repeating: "a", count: 40)])
    func good(text: String) throws {
        let schema = try #require(SchemaName(text))
        #expect(schema.name == text && SchemaName.fault(of: text) == nil)
        #expect(schema.internalName == (text == "public" ? "switchboard" : "\(text)_switchboard"))
        #expect(schema.internalName.utf8.count <= 63 && SchemaName(schema.internalName) == nil)
    }

    @Test(
        "A text that is not a name, or names a schema of another program, is refused",
        arguments: [
            "", "Acme", "1acme", "a-b", "a.b", "a b", "\"a\"", "é", "acme;", String(repeating: "a", count: 41), "pg_catalog", "pg_acme",
            "information_schema", "switchboard", "acme_switchboard", "auth", "storage", "realtime", "extensions", "graphql",
            "graphql_public",
            "supabase_functions", "supabase_migrations", "vault", "pgsodium_masks", "user", "time", "authorization",
        ])
    func bad(text: String) { #expect(SchemaName(text) == nil) }

    @Test("A reserved word, or a name that PostgreSQL would quote, is refused")
    func words() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        let words = try await database.rows("select word from pg_get_keywords() where catcode <> 'U'")
        #expect(words.count > 140)
        #expect(words.filter { SchemaName($0) != nil } == [])
    }
}

import Testing

@testable import Supabase

/// The scripts for another schema are derived from those for `public`, so every occurrence of one of the two schemas' names needs a rule.
@Suite("SQL for another schema")
struct SchemaTextTests {
    /// A script for `public`.
    struct Script: Sendable, CustomTestStringConvertible {
        let name: String
        let sql: String

        var testDescription: String { name }
    }

    /// All scripts.
    private static let scripts =
        Migration.all.flatMap { [Script(name: $0.file, sql: $0.sql), Script(name: "\($0.file), prepared", sql: $0.statements)] }
        + Recipe.allCases.map { Script(name: "\($0)", sql: $0.sql(in: .public)) }
        + [Script(name: "the survey", sql: SurveyQuery.sql(in: .public))]

    @Test("Every occurrence of `public` or `switchboard` in a script has a rule", arguments: scripts)
    func decided(script: Script) {
        let bytes = Array(script.sql.utf8)
        let words = SchemaWord.all(in: bytes)
        // Words in the sense of SQL: the dot in a qualified name separates two words.
        #expect(words.count == script.sql.matches(of: /\b(public|switchboard)\b/.wordBoundaryKind(.simple)).count)
        for word in words where word.meaning == nil {
            let around = bytes[max(0, word.range.lowerBound - 40)..<min(bytes.count, word.range.upperBound + 40)]
            Issue.record("SchemaWord has no rule for “\(String(decoding: around, as: UTF8.self))”")
        }
    }

    @Test("For another schema each occurrence names that schema, with its own locks; for public nothing is changed", arguments: scripts)
    func moved(script: Script) {
        #expect(SchemaName.public.text(script.sql) == script.sql)
        let moved = SchemaName.acme.text(script.sql)
        let words = SchemaWord.all(in: Array(moved.replacing("acme, public", with: "acme").utf8))
        #expect(words.allSatisfy { $0.meaning == .other })
        let own = moved.ranges(of: ", hashtextextended('acme', 0::bigint))").count
        #expect(own == script.sql.ranges(of: "hashtextextended(").count)
    }

    @Test(
        "The meaning of a word is decided by the text around it",
        arguments: [
            ("alter table public.contacts", "alter table acme.contacts"),
            ("format('alter table public.%I', x)", "format('alter table acme.%I', x)"),
            ("'table public.' || name", "'table acme.' || name"), ("'public'::regnamespace", "'acme'::regnamespace"),
            ("in ('public', 'switchboard')", "in ('acme', 'acme_switchboard')"),
            ("usage on schema public to a", "usage on schema acme to a"),
            ("create schema if not exists switchboard;", "create schema if not exists acme_switchboard;"),
            ("switchboard.new_token()", "acme_switchboard.new_token()"),
            ("-- in `public`, and `switchboard`", "-- in `acme`, and `acme_switchboard`"),
            ("revoke all on public.%I from public, anon", "revoke all on acme.%I from public, anon"),
            ("grant x to public;", "grant x to public;"),
            ("like 'switchboard\\_%'", "like 'switchboard\\_%'"), ("public.switchboard_start(jsonb)", "acme.switchboard_start(jsonb)"),
            ("run `switchboard migrate`", "run `switchboard migrate`"), ("the publication", "the publication"),
            ("f(hashtextextended(g(a, (b))::text, 0), c)", "f(hashtextextended(g(a, (b))::text, hashtextextended('acme', 0::bigint)), c)"),
            ("set search_path = public, pg_temp", "set search_path = acme, public, pg_temp"),
            ("set search_path to public;", "set search_path to acme, public;"), ("'public, extensions'", "'acme, public, extensions'"),
            ("hashtextextended(a, 7)", "hashtextextended(a, 7)"), ("hashtextextended(a", "hashtextextended(a"),
        ])
    func word(sql: String, expected: String) { #expect(SchemaName.acme.text(sql) == expected) }

    @Test(
        "A form without a rule is reported",
        arguments: [
            "on public where", "in public, and", "from switchboard,", "switchboard!",
        ])
    func undecided(sql: String) {
        #expect(SchemaWord.all(in: Array(sql.utf8)).map(\.meaning) == [nil])
        #expect(SchemaName.acme.text(sql) == sql)
    }

    @Test("The scripts for a schema create it first, and have their own versions and names in the same order")
    func ofSchema() {
        #expect(Migration.all(in: .public) == Migration.all)
        let own = Migration.all(in: .acme)
        #expect(own[0].sql.contains("create schema acme;") && own[0].filed.contains("create schema acme;"))
        #expect(own.dropFirst().allSatisfy { !$0.sql.contains("create schema acme;") })
        #expect(own.map(\.name) == Migration.all.map { "\($0.name)_in_acme" })
        #expect(own.map(\.isReplaced) == Migration.all.map(\.isReplaced))
        let names = ["acme", "acme2", "shop", "a", "_", "switchboard_tables"].compactMap { SchemaName($0) } + [.public]
        let versions = names.map { Migration.all(in: $0).map(\.version) }
        for versions in versions { #expect(versions == versions.sorted() && versions.allSatisfy { $0.count == 14 }) }
        #expect(Set(versions.joined()).count == names.count * Migration.all.count)
        // The version of a new script for `public` with another ending could equal that of a script for another schema.
        #expect(Migration.all.allSatisfy { $0.version.hasSuffix("00") || $0.version.hasSuffix("50") })
    }
}

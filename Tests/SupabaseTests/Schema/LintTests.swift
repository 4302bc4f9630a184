import SwitchboardTesting
import Testing

/// The rules of Supabase's database linter (splinter, supabase.github.io/splinter, 2026-11-24), as far as they concern a schema rather than
/// its use. Each query returns the violations of a rule.
@Suite("Supabase's linter")
struct LintTests {
    struct Rule: Sendable, CustomTestStringConvertible {
        let name: String
        let sql: String
        /// A violation that the query must find.
        let breach: String

        var testDescription: String { name }
    }

    @Test("It finds nothing, and would find a violation of each rule", arguments: rules)
    func rule(rule: Rule) async throws {
        let database = try await SchemaDatabase.make()
        #expect(try await database.rows(rule.sql) == [])
        try await database.execute(rule.breach)
        #expect(try await !database.rows(rule.sql).isEmpty)
    }

    static let rules = [
        Rule(
            name: "0001 unindexed_foreign_keys",
            sql: """
                select c.conrelid::regclass, c.conname from pg_constraint c
                where c.contype = 'f' and c.connamespace = 'public'::regnamespace and not exists (
                  select 1 from pg_index i where i.indrelid = c.conrelid and i.indisvalid
                    and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] operator(pg_catalog.@>) c.conkey)
                """, breach: "drop index messages_session_idx"),
        Rule(
            name: "0003 auth_rls_initplan",
            sql: """
                select policyname from pg_policies where schemaname = 'public'
                  and coalesce(qual, '') || coalesce(with_check, '') ~ '(auth\\.(uid|jwt|role|email)|current_setting)\\('
                  and coalesce(qual, '') || coalesce(with_check, '') !~* 'select\\s+(auth\\.(uid|jwt|role|email)|current_setting)\\('
                """, breach: "create policy p on sessions using (current_setting('a', true) = phone)"),
        Rule(
            name: "0004 no_primary_key",
            sql: """
                select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                  and not exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary)
                """, breach: "create table t (a int)"),
        Rule(
            name: "0006 multiple_permissive_policies",
            sql: """
                select p.polrelid::regclass from pg_policy p cross join lateral unnest(p.polroles) r(id)
                where p.polpermissive group by p.polrelid, r.id having count(*) > 1
                """, breach: "create policy p on sessions for select to service_role using (true)"),
        Rule(
            name: "0008 rls_enabled_no_policy",
            sql: """
                select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relrowsecurity
                  and not exists (select 1 from pg_policy p where p.polrelid = c.oid)
                """, breach: "drop policy service_only on events"),
        Rule(
            name: "0009 duplicate_index",
            sql: """
                select min(i.indexrelid::regclass::text) from pg_index i join pg_class c on c.oid = i.indrelid
                where c.relnamespace = 'public'::regnamespace
                group by i.indrelid, i.indkey::text, i.indpred::text, i.indexprs::text, i.indclass::text, i.indoption::text having count(*) > 1
                """, breach: "create index again on messages (session_id)"),
        Rule(
            name: "0010 security_definer_view",
            sql: """
                select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
                  and not coalesce(c.reloptions::text[] && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
                """, breach: "create view v as select 1"),
        Rule(
            name: "0011 function_search_path_mutable",
            sql: """
                select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace
                  and not exists (select 1 from unnest(p.proconfig) c where c like 'search_path=%')
                """, breach: "create function f() returns int language sql as 'select 1'"),
        Rule(
            name: "0013 rls_disabled_in_public",
            sql: """
                select c.relname from pg_class c
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity
                """, breach: "alter table identities disable row level security"),
        Rule(
            name: "0028, 0029 security_definer_function_executable",
            sql: "select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef",
            breach: "alter function switchboard_session security definer"),
    ]
}

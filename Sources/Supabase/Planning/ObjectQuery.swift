/// The queries of objects around the contract's tables that refuse rows or run when a row is written: statements that neither read nor
/// write rows.
enum ObjectQuery {
    /// Each has the parameter `SurveyQuery.contract`. `switchboard_inspect` answers the first two as well.
    static let all = [
        InspectQuery.query(of: "switchboard.refusing_constraints"), InspectQuery.query(of: "switchboard.refusing_objects"), others,
    ]

    private static let others = #"""
        with contract as (select $1::jsonb as c),
        tables as (
          select r.oid, r.relname::text as name from pg_class r, contract
          where r.relnamespace = to_regnamespace('public') and r.relkind in ('r', 'p') and c -> 'columns' ? r.relname::text)
        select jsonb_build_object(
          -- Those that run when a script makes something; not those of extensions and of Supabase. What only notes raises nothing.
          'event_triggers', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'name', e.evtname, 'function', \#(identity("e.evtfoid", in: "pg_proc")),
              'refuses', l.lanname <> 'plpgsql' or p.prosrc ~* '\mraise\s+(?!debug|log|info|notice|warning)') order by e.evtname), '[]')
            from pg_event_trigger e join pg_proc p on p.oid = e.evtfoid join pg_language l on l.oid = p.prolang
            where (e.evttags is null or e.evttags && '{ALTER FUNCTION,ALTER TABLE,COMMENT,CREATE FUNCTION,CREATE INDEX,CREATE POLICY,
                CREATE SCHEMA,CREATE TABLE,CREATE TRIGGER,CREATE VIEW,DROP FUNCTION,DROP INDEX,DROP TRIGGER,GRANT,REVOKE}'::text[])
              and e.evtenabled in ('O', 'A') and pg_get_userbyid(e.evtowner) <> 'supabase_admin' and not exists (
              select from pg_depend d where d.classid = 'pg_event_trigger'::regclass and d.objid = e.oid and d.deptype = 'e')),
          -- Those of Switchboard's names that its scripts cannot replace, and those in its schema of internal functions that it did not make.
          'routines', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'kind', case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
              'name', \#(identity("p.oid", in: "pg_proc")),
              'statement', case n.nspname when 'public' then format(
                  'alter routine %s rename to %I;', \#(identity("p.oid", in: "pg_proc")), 'own_' || p.proname)
                else format('alter routine %s set schema public;', \#(identity("p.oid", in: "pg_proc"))) end)
              order by n.nspname, p.proname, p.oid), '[]')
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace, contract
            where n.nspname = 'public' and c -> 'functions' ? p.proname::text
                and (p.prokind <> 'f' or p.pronargs <> 1 or p.proargtypes[0] <> 'jsonb'::regtype or p.prorettype <> 'jsonb'::regtype)
              or n.nspname = 'switchboard' and (p.prokind <> 'f' or not c -> 'internals' ? p.proname::text)),
          -- Those whose rows this role sees by policies alone.
          'hidden', (
            select coalesce(jsonb_agg(t.name order by t.name), '[]') from tables t
            where row_security_active(t.oid) and pg_has_role((select relowner from pg_class where oid = t.oid), 'usage')),
          'policies', (
            select coalesce(jsonb_agg(jsonb_build_object('table', t.name, 'name', p.polname) order by t.name, p.polname), '[]')
            from tables t join pg_policy p on p.polrelid = t.oid),
          -- Whether this role writes into the list of the Supabase CLI.
          'keeps_list', exists (
            select from pg_class r join pg_namespace n on n.oid = r.relnamespace
            where n.nspname = 'supabase_migrations' and r.relname = 'schema_migrations' and has_schema_privilege(n.oid, 'usage')
              and has_table_privilege(r.oid, 'select') and has_table_privilege(r.oid, 'insert')))
        """#

    private static func identity(_ oid: String, in catalog: String = "pg_class") -> String { SurveyQuery.identity(oid, in: catalog) }
}

/// What is asked about the objects around the contract's tables that refuse rows, or that run when a row is written: one statement, which
/// reads and writes nothing.
enum ObjectQuery {
    /// Its parameter is `SurveyQuery.contract`.
    static let sql = #"""
        with contract as (select $1::jsonb as c),
        tables as (
          select r.oid, r.relname::text as name from pg_class r, contract
          where r.relnamespace = to_regnamespace('public') and r.relkind in ('r', 'p') and c -> 'columns' ? r.relname::text),
        indexes as (
          select t.name as table, r.relname::text as name, i.*, pg_get_expr(i.indpred, i.indrelid) as condition,
            case when k.oid is null then format('drop index if exists %s;', \#(identity("r.oid")))
              else format('alter table %s drop constraint if exists %I;', \#(identity("i.indrelid")), k.conname) end as statement
          from tables t join pg_index i on i.indrelid = t.oid join pg_class r on r.oid = i.indexrelid
          left join pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x'))
        select jsonb_build_object(
          'indexes', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'table', i.table, 'name', i.name, 'unique', i.indisunique or i.indisexclusion,
              'exclusion', i.indisexclusion, 'primary', i.indisprimary, 'valid', i.indisvalid, 'immediate', i.indimmediate, 'condition', i.condition,
              -- An expression is null.
              'columns', (
                select jsonb_agg(a.attname order by k.place) from unnest(i.indkey::int2[]) with ordinality k(number, place)
                left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number and k.number <> 0
                where k.place <= i.indnkeyatts),
              'used', (
                select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a
                where a.attrelid = i.indrelid and a.attnum > 0 and (a.attnum = any (i.indkey) or exists (
                  select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                    and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid = a.attnum))),
              'definition', pg_get_indexdef(i.indexrelid), 'statement', i.statement) order by i.table, i.name), '[]')
            from indexes i),
          'checks', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'table', t.name, 'name', k.conname, 'definition', pg_get_constraintdef(k.oid),
              'columns', (
                select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a
                where a.attrelid = k.conrelid and a.attnum = any (k.conkey))) order by t.name, k.conname), '[]')
            from tables t join pg_constraint k on k.conrelid = t.oid and k.contype = 'c'),
          'foreign_keys', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'table', t.name, 'name', k.conname, 'column', a.attname, 'target', \#(identity("k.confrelid"))) order by t.name, k.conname, a.attnum), '[]')
            from tables t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)),
          -- `update` is whether it fires on one. What a function deletes is read from its text.
          'triggers', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'table', t.name, 'name', g.tgname, 'function', \#(identity("g.tgfoid", in: "pg_proc")), 'update', g.tgtype & 16 <> 0,
              'insert', g.tgtype & 4 <> 0, 'before_row', g.tgtype & 3 = 3, 'deferred', g.tginitdeferred,
              'deletes', p.prosrc ~* format('\mdelete\s+from\s+(only\s+)?("?\w+"?\.)?"?%s\M', t.name),
              'enabled', g.tgenabled in ('O', 'A')) order by t.name, g.tgname), '[]')
            from tables t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal join pg_proc p on p.oid = g.tgfoid),
          -- Tables that a crash empties, and those that have the columns of a type.
          'odd_tables', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'table', t.name, 'unlogged', r.relpersistence = 'u', 'type', \#(identity("y.oid", in: "pg_type"))) order by t.name), '[]')
            from tables t join pg_class r on r.oid = t.oid left join pg_type y on y.oid = r.reloftype
            where r.relpersistence = 'u' or r.reloftype <> 0),
          -- Policies that take rows away from service_role, or from whoever asks.
          'restrictions', (
            select coalesce(jsonb_agg(jsonb_build_object('table', t.name, 'name', p.polname, 'role', s.rolname)
              order by t.name, p.polname, s.rolname), '[]')
            from tables t join pg_policy p on p.polrelid = t.oid and not p.polpermissive and p.polcmd <> 'd'
            join pg_roles s on s.rolname = 'service_role' and not s.rolbypassrls
              or s.rolname = current_user and s.rolname <> 'service_role' and row_security_active(t.oid)
            where exists (select from unnest(p.polroles) r(id) where case r.id when 0 then true else pg_has_role(s.oid, r.id, 'usage') end)),
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
          -- Those of what the gateway does: it inserts and updates.
          'rules', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'table', t.name, 'name', r.rulename, 'definition', regexp_replace(pg_get_ruledef(r.oid), '\s+', ' ', 'g'),
              'statement', format('drop rule if exists %I on %s;', r.rulename, \#(identity("t.oid")))) order by t.name, r.rulename), '[]')
            from tables t join pg_rewrite r on r.ev_class = t.oid and r.ev_type in ('2', '3')),
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

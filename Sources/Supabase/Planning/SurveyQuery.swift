import JSON

/// The query of the catalogs before a migration: one statement, which neither reads nor writes rows.
enum SurveyQuery {
    /// The parameter `$1`: the contract's names.
    static let contract: String = {
        var writer = JSONWriter()
        writer.object { contract in
            contract.key("columns")
            contract.object { tables in
                for (table, columns) in SchemaContract.columns {
                    tables.key(table)
                    tables.object { for (column, type) in columns { $0.member(column, type) } }
                }
            }
            contract.member("view", SchemaContract.statusView)
            contract.key("indexes")
            contract.array { for name in SchemaContract.uniqueIndexes.union(SchemaContract.otherIndexes) { $0.string(name) } }
            contract.key("functions")
            contract.array { for name in SchemaContract.functions.sorted() { $0.string(name) } }
            contract.key("internals")
            contract.array { for name in internals.sorted() { $0.string(name) } }
            contract.key("roles")
            contract.array { for name in SchemaContract.roles { $0.string(name) } }
        }
        return writer.text
    }()

    /// All functions that any script has created in the schema of internal functions.
    private static let internals = Set(
        Migration.all.filter { $0.name.hasPrefix("switchboard_functions") }.flatMap {
            $0.sql.matches(of: #/create or replace function switchboard\.(\w+)\(/#).map { String($0.1) }
        })

    /// SQL for the name of the object with an oid, with its schema and, if needed, quotes.
    static func identity(_ oid: String, in catalog: String = "pg_class") -> String {
        "(pg_identify_object('\(catalog)'::regclass, \(oid), 0)).identity"
    }

    /// Two table expressions for a recursive query. `dropped_views` has, for the oid of a view (`root`), the statement that drops it after
    /// the views that depend on it.
    static let droppedViews = #"""
        views_of_views as (
          select oid as root, oid as view, 0 as depth from pg_class where relkind in ('v', 'm')
          union
          select v.root, r.ev_class, v.depth + 1 from views_of_views v
          join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = v.view
          join pg_rewrite r on r.oid = d.objid and r.ev_class <> v.view and r.rulename = '_RETURN'),
        dropped_views as (
          select root, string_agg(format(
            'drop %s if exists %s;', case relkind when 'm' then 'materialized view' else 'view' end, \#(identity("view"))),
            ' ' order by depth desc) as statement
          from (select root, view, max(depth) as depth from views_of_views group by 1, 2) v join pg_class c on c.oid = v.view
          group by root)
        """#

    /// The query for a schema, which may not exist. The statements in its answer can be run as they are.
    static func sql(in schema: SchemaName) -> String { schema.text(ofPublic) }

    private static let ofPublic = #"""
        with recursive contract as (select $1::jsonb as c),
        names as (
          select key as name from contract, jsonb_object_keys(c -> 'columns') key
          union all select c ->> 'view' from contract
          union all select jsonb_array_elements_text(c -> 'indexes') from contract),
        relations as (
          select r.oid, r.relname as name, r.relkind as kind, r.relowner as owner from pg_class r join names n on n.name = r.relname
          where r.relnamespace = to_regnamespace('public')),
        tables as (select r.* from relations r, contract where r.kind in ('r', 'p') and c -> 'columns' ? r.name::text),
        columns as (
          select t.name as table, a.*, c -> 'columns' -> t.name ->> a.attname::text as wanted
          from contract, tables t join pg_attribute a on a.attrelid = t.oid where a.attnum > 0 and not a.attisdropped),
        -- What refers to a session by its id: the first script changes its type as well.
        references_to_sessions as (
          select f.conrelid as oid, a.attname, a.attnum, format_type(a.atttypid, null) as type
          from columns s
          join pg_constraint f on f.contype = 'f' and f.confrelid = s.attrelid and s.attnum = any (f.confkey)
          join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[array_position(f.confkey, s.attnum)]
          where s.table = 'sessions' and s.attname = 'session_id'),
        watched as (
          select attrelid as oid, attname, attnum, to_regtype(wanted) as wanted from columns c where c.table = 'sessions' and wanted is not null
          union select oid, attname, attnum, 'uuid'::regtype from references_to_sessions),
        \#(droppedViews),
        bindings as (
          select distinct w.oid, w.attname, b.* from watched w
          join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = w.oid and d.refobjsubid = w.attnum
          cross join lateral (
            select case c.contype when 'f' then 'foreign key' else 'check' end as kind, c.conname::text as name,
              c.conrelid as home, nullif(c.confrelid, 0) as target,
              format('alter table %s drop constraint if exists %I;', \#(identity("c.conrelid")), c.conname) as statement
            from pg_constraint c where d.classid = 'pg_constraint'::regclass and c.oid = d.objid and c.contype in ('f', 'c')
            union all
            select case when r.rulename <> '_RETURN' then 'rule' when v.relkind = 'm' then 'materialized view' else 'view' end,
              case when r.rulename = '_RETURN' then \#(identity("v.oid")) else r.rulename::text end, v.oid, null,
              case when r.rulename <> '_RETURN' then format('drop rule if exists %I on %s;', r.rulename, \#(identity("v.oid")))
                else (select w.statement from dropped_views w where w.root = v.oid) end
            from pg_rewrite r join pg_class v on v.oid = r.ev_class where d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
            union all
            select 'statistics object', \#(identity("s.oid", in: "pg_statistic_ext")), s.stxrelid, null,
              format('drop statistics if exists %s;', \#(identity("s.oid", in: "pg_statistic_ext")))
            from pg_statistic_ext s where d.classid = 'pg_statistic_ext'::regclass and s.oid = d.objid and s.stxexprs is not null
            union all
            select 'policy', p.polname::text, p.polrelid, null, format('drop policy if exists %I on %s;', p.polname, \#(identity("p.polrelid")))
            from pg_policy p where d.classid = 'pg_policy'::regclass and p.oid = d.objid
            union all
            select 'trigger', t.tgname::text, t.tgrelid, null, format('drop trigger if exists %I on %s;', t.tgname, \#(identity("t.tgrelid")))
            from pg_trigger t where d.classid = 'pg_trigger'::regclass and t.oid = d.objid and not t.tgisinternal
            union all
            select 'generated column', g.attname::text, g.attrelid, null,
              format('alter table %s alter column %I drop expression if exists;', \#(identity("g.attrelid")), g.attname)
            from pg_attrdef e join pg_attribute g on g.attrelid = e.adrelid and g.attnum = e.adnum and g.attgenerated <> ''
            where d.classid = 'pg_attrdef'::regclass and e.oid = d.objid and not (e.adrelid = w.oid and e.adnum = w.attnum)
            union all
            select 'function', \#(identity("p.oid", in: "pg_proc")), null, null,
              format('drop function if exists %s;', \#(identity("p.oid", in: "pg_proc")))
            from pg_proc p where d.classid = 'pg_proc'::regclass and p.oid = d.objid
            union all
            select 'publication', p.pubname::text, null, null, format('alter publication %I drop table %s;', p.pubname, \#(identity("q.prrelid")))
            from pg_publication_rel q join pg_publication p on p.oid = q.prpubid
            where d.classid = 'pg_publication_rel'::regclass and q.oid = d.objid
            union all
            select 'index', \#(identity("i.indexrelid")), i.indrelid, null, format('drop index if exists %s;', \#(identity("i.indexrelid")))
            from pg_index i where d.classid = 'pg_class'::regclass and i.indexrelid = d.objid
              -- One that merely has the column among its own is built again with it.
              and strpos(concat(pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)), quote_ident(w.attname)) > 0) b),
        \#(IndexQuery.refused),
        functions as (
          select p.oid, p.proname, p.proowner, p.prosrc, n.nspname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
          where n.nspname = 'public' and p.proname like 'switchboard\_%' or n.nspname = 'switchboard')
        select jsonb_build_object(
          'schema', (\#(InspectQuery.sql(in: .public))),
          'functions', (
            select max(substring(prosrc from '''version'', *([0-9]{1,6})')::int) from functions
            where nspname = 'public' and proname = 'switchboard_inspect'),
          'database', current_database(),
          'encoding', getdatabaseencoding(),
          'read_only', pg_is_in_recovery() or current_setting('transaction_read_only')::boolean,
          'creates_schemas', has_database_privilege(current_database(), 'create'),
          'closed_schemas', (
            select coalesce(jsonb_agg(n.nspname order by n.nspname), '[]') from pg_namespace n
            where n.nspname in ('public', 'switchboard') and not has_schema_privilege(n.oid, 'create')),
          'has_schema', to_regnamespace('public') is not null,
          'has_internals', to_regnamespace('switchboard') is not null,
          'unpublished', (
            select coalesce(jsonb_agg(n.name order by n.name), '[]') from pg_publication p, unnest('{messages,sessions}'::text[]) n(name)
            where p.pubname = 'supabase_realtime' and not p.puballtables and pg_has_role(p.pubowner, 'usage') and not exists (
              select from pg_publication_tables t where t.pubname = p.pubname and t.schemaname = 'public' and t.tablename = n.name)),
          'makes_roles', (select rolcreaterole or rolsuper from pg_roles where rolname = current_user),
          'missing_roles', (
            select coalesce(jsonb_agg(r order by r), '[]') from contract, jsonb_array_elements_text(c -> 'roles') r
            where not exists (select from pg_roles where rolname = r)),
          'strangers', (
            select coalesce(jsonb_agg(jsonb_build_object('object', s.object, 'owner', pg_get_userbyid(s.owner)) order by s.object), '[]')
            from (
              select 'table public.' || name as object, owner from tables
              union all select 'view public.' || name, owner from relations where kind = 'v' and name = (select c ->> 'view' from contract)
              union all select 'function ' || \#(identity("oid", in: "pg_proc")), proowner from functions) s
            where not pg_has_role(s.owner, 'usage')),
          'relations', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'name', r.name, 'kind', r.kind, 'table', \#(identity("i.indrelid")),
              -- Whether the view is one of ours.
              'shows_statuses', exists (
                select from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
                  and d.refclassid = 'pg_class'::regclass and d.refobjid = to_regclass('public.message_statuses')
                where w.ev_class = r.oid)) order by r.name), '[]')
            from relations r left join pg_index i on i.indexrelid = r.oid),
          -- Of a table there is a type of its name.
          'types', (
            select coalesce(jsonb_agg(t.typname order by t.typname), '[]') from pg_type t join names n on n.name = t.typname
            where t.typnamespace = to_regnamespace('public') and t.typrelid = 0 and t.typelem = 0),
          'columns', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'table', c.table, 'column', c.attname, 'quoted', quote_ident(c.attname),
              'type', format_type(c.atttypid, null), 'full_type', format_type(c.atttypid, c.atttypmod),
              'category', y.typcategory, 'not_null', c.attnotnull, 'identity', c.attidentity <> '', 'generated', c.attgenerated <> '',
              'in_key', exists (select from pg_index i where i.indrelid = c.attrelid and i.indisprimary and c.attnum = any (i.indkey)),
              'default', pg_get_expr(e.adbin, e.adrelid), 'constant', \#(Migration.isConstant("pg_get_expr(e.adbin, e.adrelid)")),
              -- A domain is what it is a domain of before.
              'castable', y.typbasetype = to_regtype(c.wanted) or exists (
                select from pg_cast k
                where k.castsource = coalesce(nullif(y.typbasetype, 0), y.oid) and k.casttarget = to_regtype(c.wanted))
            ) order by c.table, c.attnum), '[]')
            from columns c join pg_type y on y.oid = c.atttypid left join pg_attrdef e on e.adrelid = c.attrelid and e.adnum = c.attnum),
          'references', (
            select coalesce(jsonb_agg(jsonb_build_object('table', \#(identity("oid")), 'column', attname, 'type', type)
              order by \#(identity("oid")), attname), '[]') from references_to_sessions),
          'bindings', (
            select coalesce(jsonb_agg(jsonb_build_object(
              'table', \#(identity("oid")), 'column', attname, 'kind', kind, 'name', name, 'home', \#(identity("home")),
              'target', \#(identity("target")), 'statement', statement, 'refused', refused)
              order by \#(identity("oid")), attname, kind, name), '[]')
            from (
              select b.*, false as refused from bindings b where (b.oid, b.attname, b.kind, b.name) not in (
                select oid, attname, kind, name from refused_indexes)
              union all select r.*, true from refused_indexes r) b),
          'has_key', exists (select from tables t join pg_index i on i.indrelid = t.oid and i.indisprimary where t.name = 'sessions'))
        """#
}

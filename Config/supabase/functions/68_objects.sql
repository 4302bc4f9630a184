-- What `switchboard doctor` and `switchboard migrate` ask about the objects around Switchboard's tables that refuse, change or lose rows. Each uses
-- none of the other functions, so that its query can be asked by itself. `contract` has the tables' names in `columns`.
create or replace function switchboard.refusing_constraints(contract jsonb) returns jsonb language sql stable as $$
  with contract as (select $1::jsonb as c),
  tables as (
    select r.oid, r.relname::text as name from pg_class r, contract
    where r.relnamespace = to_regnamespace('public') and r.relkind in ('r', 'p') and c -> 'columns' ? r.relname::text),
  indexes as (
    select t.name as table, r.relname::text as name, i.*, pg_get_expr(i.indpred, i.indrelid) as condition,
      case when k.oid is null then format('drop index if exists %s;', (pg_identify_object('pg_class'::regclass, r.oid, 0)).identity)
        else format(
          'alter table %s drop constraint if exists %I;', (pg_identify_object('pg_class'::regclass, i.indrelid, 0)).identity, k.conname)
        end as statement
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
        'table', t.name, 'name', k.conname, 'column', a.attname,
        'target', (pg_identify_object('pg_class'::regclass, k.confrelid, 0)).identity) order by t.name, k.conname, a.attnum), '[]')
      from tables t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)))
$$;

create or replace function switchboard.refusing_objects(contract jsonb) returns jsonb language sql stable as $$
  with contract as (select $1::jsonb as c),
  tables as (
    select r.oid, r.relname::text as name from pg_class r, contract
    where r.relnamespace = to_regnamespace('public') and r.relkind in ('r', 'p') and c -> 'columns' ? r.relname::text)
  select jsonb_build_object(
    -- `update` is whether it fires on one. What a function deletes is read from its text.
    'triggers', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'name', g.tgname, 'function', (pg_identify_object('pg_proc'::regclass, g.tgfoid, 0)).identity,
        'update', g.tgtype & 16 <> 0, 'insert', g.tgtype & 4 <> 0, 'before_row', g.tgtype & 3 = 3, 'deferred', g.tginitdeferred,
        'deletes', p.prosrc ~* format('\mdelete\s+from\s+(only\s+)?("?\w+"?\.)?"?%s\M', t.name),
        'enabled', g.tgenabled in ('O', 'A')) order by t.name, g.tgname), '[]')
      from tables t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal join pg_proc p on p.oid = g.tgfoid),
    -- Tables that a crash empties, and those that have the columns of a type.
    'odd_tables', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'unlogged', r.relpersistence = 'u',
        'type', (pg_identify_object('pg_type'::regclass, y.oid, 0)).identity) order by t.name), '[]')
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
    -- Tables from which one inherits, and those that inherit from it.
    'kin', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'name', (pg_identify_object('pg_class'::regclass, k.other, 0)).identity, 'statement', format(
          case k.relkind when 'p' then 'alter table %1$s detach partition %2$s;' else 'alter table %2$s no inherit %1$s;' end,
          (pg_identify_object('pg_class'::regclass, k.inhparent, 0)).identity, (pg_identify_object('pg_class'::regclass, k.inhrelid, 0)).identity))
        order by t.name, k.inhrelid, k.inhparent), '[]')
      from tables t join pg_class r on r.oid = t.oid and r.relkind = 'r'
      join lateral (
        select h.*, p.relkind, case h.inhrelid when t.oid then h.inhparent else h.inhrelid end as other
        from pg_inherits h join pg_class p on p.oid = h.inhparent where t.oid in (h.inhrelid, h.inhparent)) k on true),
    -- Columns of the project's own in which rows that do not name them have the same value, or one that the row's others decide. One that
    -- refuses such rows is told as that.
    'constants', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'column', a.attname, 'generated', a.attgenerated <> '') order by t.name, a.attnum), '[]')
      from contract, tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where not c -> 'columns' -> t.name ? a.attname::text and (
        -- Nothing is called in it, as `Migration.isConstant` has it.
        a.attgenerated <> '' or pg_catalog.regexp_replace(
          pg_catalog.regexp_replace(pg_get_expr(d.adbin, d.adrelid), '''([^'']|'''')*''', '0', 'g'),
          '::[[:alnum:]_." ]+(\([0-9,]+\))?', '', 'g') ~ '^[-0-9.() ]+$')),
    -- Those of what the gateway does: it inserts and updates.
    'rules', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'name', r.rulename, 'definition', regexp_replace(pg_get_ruledef(r.oid), '\s+', ' ', 'g'),
        'statement', format('drop rule if exists %I on %s;', r.rulename, (pg_identify_object('pg_class'::regclass, t.oid, 0)).identity))
        order by t.name, r.rulename), '[]')
      from tables t join pg_rewrite r on r.ev_class = t.oid and r.ev_type in ('2', '3')))
$$;

-- Null where nobody names tables.
create or replace function switchboard.objects(contract jsonb) returns jsonb language sql stable strict as $$
  select switchboard.refusing_constraints(contract) || switchboard.refusing_objects(contract)
$$;

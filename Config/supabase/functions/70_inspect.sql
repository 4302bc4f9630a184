-- What keeps rows out whatever tables there are, and what the functions are. It uses none of the other functions, so that its query can be asked by
-- itself. The API begins each transaction as one that writes or does not, whatever the default is, and calls this in one that does not.
create or replace function switchboard.conditions() returns jsonb language sql stable as $$
  select jsonb_build_object(
    'read_only', case
      when pg_is_in_recovery() then 'standby'
      when not current_setting('default_transaction_read_only')::boolean then null
      when coalesce(current_setting('request.method', true), '') <> '' then 'api'
      else 'default' end,
    -- What takes back a default of the role or the database that keeps transactions from writing.
    'read_only_resets', (
      select coalesce(jsonb_agg(format('alter %s reset default_transaction_read_only;', case
          when s.setrole = 0 and s.setdatabase = 0 then 'role all'
          when s.setrole = 0 then format('database %I', current_database())
          when s.setdatabase = 0 then format('role %I', session_user)
          else format('role %I in database %I', session_user, current_database()) end) order by s.setrole, s.setdatabase), '[]'::jsonb)
      from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole
      where (s.setdatabase = 0 or d.datname = current_database()) and (s.setrole = 0 or r.rolname = session_user) and exists (
        select 1 from unnest(s.setconfig) c(setting)
        where case split_part(c.setting, '=', 1) when 'default_transaction_read_only' then split_part(c.setting, '=', 2)::boolean end)),
    'encoding', getdatabaseencoding(),
    -- The columns that no two rows of a table share, in alphabetical order: `on conflict` and foreign keys go by these, whatever the key is called.
    'keys', (
      select coalesce(jsonb_agg(jsonb_build_array(c.relname, k.columns)), '[]'::jsonb) from pg_class c join pg_index i on i.indrelid = c.oid
      cross join lateral (
        select jsonb_agg(a.attname order by a.attname collate "C") as columns
        from unnest(i.indkey::int2[]) with ordinality x(number, place)
        left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = x.number and x.number <> 0 where x.place <= i.indnkeyatts) k
      where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p') and i.indisunique and i.indisvalid and i.indimmediate
        and i.indpred is null and i.indexprs is null),
    -- Tables that agents may read and that Realtime has nothing of.
    'unpublished', (
      select coalesce(jsonb_agg(c.relname order by c.relname), '[]'::jsonb) from pg_policy p join pg_class c on c.oid = p.polrelid
      where c.relnamespace = to_regnamespace('public') and p.polname = 'agents_read' and not exists (
        select 1 from pg_publication_tables t
        where t.pubname = 'supabase_realtime' and t.schemaname = 'public' and t.tablename = c.relname)),
    'has_publication', exists (select 1 from pg_publication where pubname = 'supabase_realtime'),
    -- Tables whose owner, the caller, is kept out by row security.
    'forced', (
      select coalesce(jsonb_agg(c.relname order by c.relname), '[]'::jsonb) from pg_class c
      where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p') and row_security_active(c.oid)
        and c.relforcerowsecurity and pg_has_role(c.relowner, 'usage')),
    -- Each function with a digest of its body.
    'bodies', (
      select coalesce(jsonb_agg(jsonb_build_array(
        n.nspname || '.' || p.proname, encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex')) order by n.nspname, p.proname, p.oid), '[]'::jsonb)
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' and p.proname like 'switchboard\_%' or n.nspname = 'switchboard'))
$$;

-- What `switchboard doctor` compares with what it expects. Of the other functions it uses only those about views, conditions and objects, so that its
-- query can be asked by itself where the functions are not there.
create or replace function public.switchboard_inspect(request jsonb) returns jsonb
language sql stable as $$
  with relations as (
    -- A view that runs as its caller is as secure as its tables.
    select c.oid, c.relname as name, c.relkind <> 'v' as is_table, c.relrowsecurity or coalesce(
      c.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}', false) as is_secured from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and c.relname in (
      'contacts', 'identities', 'sessions', 'messages', 'message_statuses', 'message_status_current', 'events', 'dead_letters')),
  tables as (select * from relations where is_table),
  functions as (
    select p.oid, p.proname as name, n.nspname = 'public' as is_entry from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname like 'switchboard\_%' or n.nspname = 'switchboard'),
  strangers as (select r.oid, r.rolname as name from pg_roles r where r.rolname in ('anon', 'authenticated'))
  select jsonb_build_object(
    'version', 13,
    'now', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'server_version', current_setting('server_version_num')::int, 'role', current_user,
    -- A column is demanding that every insert has to name.
    'columns', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'column', a.attname, 'type', format_type(a.atttypid, null),
        'demanding', a.attnotnull and not a.atthasdef and a.attidentity = '') order by t.name, a.attnum), '[]'::jsonb)
      from tables t join pg_attribute a on a.attrelid = t.oid where a.attnum > 0 and not a.attisdropped),
    'row_security', (
      select coalesce(jsonb_agg(jsonb_build_object('table', t.name, 'enabled', t.is_secured) order by t.name), '[]'::jsonb)
      from tables t),
    'indexes', (
      select coalesce(jsonb_agg(i.relname order by i.relname), '[]'::jsonb)
      from tables t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid where x.indisvalid),
    'functions', (select coalesce(jsonb_agg(f.name order by f.name), '[]'::jsonb) from functions f where f.is_entry),
    -- What anon and authenticated may do: where rows are not secured, and where a session's token can be read, is told of each table.
    'open_grants', (
      select coalesce(jsonb_agg(g.entry order by g.entry), '[]'::jsonb) from (
        select jsonb_build_object(
          'object', 'table ' || t.name, 'role', s.name, 'privileges', p.kinds, 'secured', t.is_secured,
          'token', exists (
            select 1 from pg_attribute a where a.attrelid = t.oid and a.attname = 'session_token' and not a.attisdropped
              and has_column_privilege(s.oid, t.oid, a.attnum, 'select'))) as entry
        from relations t cross join strangers s
        cross join lateral (
          select jsonb_agg(k.kind order by k.place) as kinds
          from unnest('{select,insert,update,delete,truncate}'::text[]) with ordinality k(kind, place)
          where has_table_privilege(s.oid, t.oid, k.kind)
            or case when k.place <= 3 then has_any_column_privilege(s.oid, t.oid, k.kind) end) p
        where p.kinds is not null
        union all
        select jsonb_build_object('object', 'function ' || f.name, 'role', s.name)
        from functions f cross join strangers s where has_function_privilege(s.oid, f.oid, 'execute')) g),
    'exposed_views', switchboard.exposed_views(), 'conditions', switchboard.conditions(),
    'objects', switchboard.objects(request -> 'contract'),
    -- What the caller itself may not do.
    'denied', (
      select coalesce(jsonb_agg(d.entry), '[]'::jsonb) from (
        select 'table ' || t.name as entry from tables t
        where not (has_table_privilege(t.oid, 'select') and has_table_privilege(t.oid, 'insert')
                   and has_table_privilege(t.oid, 'update'))
        union all select 'function ' || f.name from functions f where not has_function_privilege(f.oid, 'execute')
        union all select 'rows of ' || t.name from tables t
        where row_security_active(t.oid) and not exists (
          select 1 from pg_policy p cross join lateral unnest(p.polroles) r(id)
          where p.polrelid = t.oid and p.polpermissive and (r.id = 0 or pg_has_role(r.id, 'usage')))) d))
$$;

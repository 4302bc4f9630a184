-- What `switchboard doctor` asks about views. It uses none of the other functions, so that its query can be asked by itself.

-- A JSON array, an object for each view and each role that can reach Switchboard's rows by it. Rows come past row security by a view that has its
-- owner's rights, and by a materialized view whatever it is made of; a view with its caller's rights lets nothing past, and is left out. A view can
-- be made of views. PostgreSQL writes down which columns a view uses, but not those of a row that it takes as a whole.
create or replace function switchboard.exposed_views() returns jsonb language sql stable as $$
  with recursive relations as (
    select c.oid, c.relkind = 'm' as is_copy, c.relkind in ('v', 'm') as is_view, coalesce((
      select option_value::boolean from pg_options_to_table(c.reloptions)
      where option_name = 'security_invoker'), false) as is_invoker
    from pg_class c where c.relkind in ('r', 'p', 'v', 'm')),
  uses as (
    select r.ev_class as view, d.refobjid as used,
      coalesce(bool_or(a.attname = 'session_token'), false) or r.ev_action::text ~ ':varattno 0 ' as is_token
    from pg_rewrite r
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
      and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid and d.refobjsubid > 0
    where r.rulename = '_RETURN' group by r.ev_class, d.refobjid, r.ev_action::text),
  shown as (
    select u.view, t.relname::text as table, u.is_token and t.relname = 'sessions' as is_token
    from uses u join pg_class t on t.oid = u.used
    where t.relnamespace = to_regnamespace('public') and t.relkind in ('r', 'p') and t.relname in (
      'contacts', 'identities', 'sessions', 'messages', 'message_statuses', 'events', 'dead_letters')
    union
    select u.view, s.table, s.is_token from shown s
    join uses u on u.used = s.view join relations v on v.oid = u.view join relations w on w.oid = s.view
    where v.is_copy or v.is_invoker or not w.is_invoker),
  exposed as (
    select c.oid, c.relnamespace, v.is_copy, bool_or(s.is_token) as is_token,
      jsonb_agg(distinct s.table order by s.table) as tables
    from shown s join relations v on v.oid = s.view join pg_class c on c.oid = s.view
    where not v.is_invoker
      and not (c.relname = 'message_status_current' and c.relnamespace = to_regnamespace('public'))
    group by c.oid, c.relnamespace, v.is_copy)
  select coalesce(jsonb_agg(jsonb_build_object(
    'view', (pg_identify_object('pg_class'::regclass, e.oid, 0)).identity, 'materialized', e.is_copy,
    'role', s.rolname, 'tables', e.tables, 'token', e.is_token, 'privileges', p.kinds) order by e.oid::regclass::text, s.rolname), '[]')
  from exposed e join pg_roles s on s.rolname in ('anon', 'authenticated')
  cross join lateral (
    select jsonb_agg(k.kind order by k.place) as kinds
    from unnest('{select,insert,update,delete}'::text[], '{0,8,4,16}'::int[]) with ordinality k(kind, bit, place)
    where (k.kind = 'select' or pg_relation_is_updatable(e.oid, false) & k.bit <> 0)
      and (has_table_privilege(s.oid, e.oid, k.kind)
        or case when k.place <= 3 then has_any_column_privilege(s.oid, e.oid, k.kind) end)) p
  where p.kinds is not null and has_schema_privilege(s.oid, e.relnamespace, 'usage')
$$;


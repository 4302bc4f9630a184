/// The query of the privileges that the scripts revoke and grant: one statement, which neither reads nor writes rows.
///
/// The answer has for each object and role the lost and the gained privileges; it is empty if the scripts change none.
enum GrantQuery {
    /// The parameter is `SurveyQuery.contract`.
    static let sql = #"""
        with contract as (select $1::jsonb as c),
        tables as (
          select r.oid, r.relname::text as name, r.relkind as kind, r.relowner as owner, r.relacl as acl from pg_class r, contract
          where r.relnamespace = to_regnamespace('public')
            and (r.relkind in ('r', 'p') and c -> 'columns' ? r.relname::text or r.relkind = 'v' and r.relname::text = c ->> 'view')),
        sequences as (
          select r.oid, r.relname::text as name, r.relowner as owner, r.relacl as acl from pg_class r
          where r.oid = to_regclass('public.message_statuses_status_id_seq') and r.relkind = 'S'),
        functions as (
          select p.oid, p.proname::text as name, p.proowner as owner, p.proacl as acl
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace, contract
          where n.nspname = 'switchboard' or n.nspname = 'public' and c -> 'functions' ? p.proname::text),
        -- Whose rights the scripts take away; public has no role.
        grantees as (
          select 0::oid as id, lower('PUBLIC') as name
          union all select oid, rolname::text from pg_roles where rolname in ('anon', 'authenticated')),
        -- Their rights in tables, those of columns included.
        held as (
          select t.oid, g.id, lower(a.privilege_type) as privilege, 0 as attnum
          from tables t cross join aclexplode(coalesce(t.acl, acldefault('r', t.owner))) a join grantees g on g.id = a.grantee
          union all
          select t.oid, g.id, lower(a.privilege_type), x.attnum
          from tables t join pg_attribute x on x.attrelid = t.oid and x.attacl is not null and not x.attisdropped
          cross join aclexplode(x.attacl) a join grantees g on g.id = a.grantee),
        -- What a policy lets a role select stays, and what it selects of the view: as `Migration.grantsKept` says.
        readers as (
          select t.oid, g.id, t.name <> 'sessions' and has_table_privilege(g.id, t.oid, 'select') as is_whole
          from tables t join grantees g on g.id <> 0
          where t.kind = 'v' or exists (
            select from pg_policy p cross join lateral unnest(p.polroles) r(id)
            where p.polrelid = t.oid and p.polcmd in ('r', '*') and (r.id = 0 or pg_has_role(g.id, r.id, 'usage')))),
        kept as (
          select oid, id, 0 as attnum, null::text as column from readers where is_whole
          union all
          select r.oid, r.id, a.attnum, quote_ident(a.attname)
          from readers r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
          where not r.is_whole and a.attname <> 'session_token' and has_column_privilege(r.id, r.oid, a.attnum, 'select')),
        changed_rights as (
          select oid, id, privilege as lost, null as gained from held where privilege <> 'select' group by 1, 2, 3
          union all
          -- A column that was to be read and is no more, by itself or with the table.
          select h.oid, h.id, case when h.attnum = 0 and not exists (select from kept k where k.oid = h.oid and k.id = h.id) then 'select'
              else format('select (%s)', string_agg(distinct quote_ident(a.attname), ', ')) end, null
          from held h join pg_attribute a on a.attrelid = h.oid and a.attnum > 0 and not a.attisdropped and h.attnum in (0, a.attnum)
          where h.privilege = 'select' and not exists (select from kept k where k.oid = h.oid and k.id = h.id and k.attnum in (0, a.attnum))
          group by h.oid, h.id, h.attnum
          union all
          select k.oid, k.id, null,
            case when min(k.attnum) = 0 then 'select' else format('select (%s)', string_agg(k.column, ', ' order by k.attnum)) end
          from kept k
          where not exists (
            select from held h where h.oid = k.oid and h.id = k.id and h.privilege = 'select' and h.attnum in (0, k.attnum))
          group by k.oid, k.id),
        grants as (
          select case t.kind when 'v' then 'view' else 'table' end as kind, t.name, g.name as role,
            jsonb_agg(distinct r.lost) filter (where r.lost is not null) as lost,
            jsonb_agg(distinct r.gained) filter (where r.gained is not null) as gained
          from changed_rights r join tables t on t.oid = r.oid join grantees g on g.id = r.id group by 1, 2, 3
          union all
          select 'sequence', s.name, g.name, jsonb_agg(distinct lower(a.privilege_type)), null
          from sequences s cross join aclexplode(coalesce(s.acl, acldefault('s', s.owner))) a
          join grantees g on g.id = a.grantee group by 2, 3
          union all
          select 'function', f.name, g.name, jsonb_agg(distinct lower(a.privilege_type)), null
          from functions f cross join aclexplode(coalesce(f.acl, acldefault('f', f.owner))) a
          join grantees g on g.id = a.grantee group by 2, 3
          union all
          select case t.kind when 'v' then 'view' else 'table' end, t.name, s.rolname, null, jsonb_agg(p.privilege order by p.privilege)
          from tables t join pg_roles s on s.rolname = 'service_role'
          cross join unnest(case t.kind when 'v' then '{select}'::text[] else '{select,insert,update,delete}' end) p(privilege)
          where not has_table_privilege(s.oid, t.oid, p.privilege) group by 1, 2, 3
          union all
          select 'function', f.name, s.rolname, null, '["execute"]' from functions f join pg_roles s on s.rolname = 'service_role'
          where not has_function_privilege(s.oid, f.oid, 'execute')
          union all
          select 'schema', n.nspname, s.rolname, null, '["usage"]' from pg_namespace n join pg_roles s on s.rolname = 'service_role'
          where n.nspname in ('public', 'switchboard') and not has_schema_privilege(s.oid, n.oid, 'usage'))
        select jsonb_build_object(
          'grants', (
            select coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'name', name, 'role', role, 'lost', lost, 'gained', gained)
              order by kind, name, role), '[]') from grants))
        """#
}

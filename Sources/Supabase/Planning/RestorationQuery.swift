/// The query of the statements that restore objects which have to be dropped before a migration. One statement, which neither reads nor
/// writes rows.
enum RestorationQuery {
    /// The parameter is `SurveyQuery.contract`. The objects are those that depend on columns of `sessions`, or of tables that refer to it.
    static let sql = #"""
        with recursive contract as (select $1::jsonb as c),
        sessions as (
          select r.oid from pg_class r, contract
          where r.relnamespace = to_regnamespace('public') and r.relname = 'sessions' and c -> 'columns' ? r.relname::text),
        homes as (
          select oid from sessions
          union select k.conrelid from pg_constraint k join sessions s on k.confrelid = s.oid and k.contype = 'f'),
        dependents as (
          select distinct d.classid, d.objid from pg_depend d join homes h on d.refobjid = h.oid
          -- A view of whole rows depends on no column.
          where d.refclassid = 'pg_class'::regclass and (d.refobjsubid > 0 or d.classid = 'pg_rewrite'::regclass)),
        views_of_views as (
          select v.oid as root, v.oid as view, 0 as depth
          from dependents d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass and r.rulename = '_RETURN'
          join pg_class v on v.oid = r.ev_class
          union
          select v.root, r.ev_class, v.depth + 1 from views_of_views v
          join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = v.view
          join pg_rewrite r on r.oid = d.objid and r.ev_class <> v.view and r.rulename = '_RETURN'),
        views as (
          select v.root, v.view as oid, max(v.depth) as depth, \#(identity("v.view")) as identity,
            case c.relkind when 'm' then 'materialized view' else 'view' end as kind, c.relowner, c.relacl, c.reloptions, c.relispopulated
          from views_of_views v join pg_class c on c.oid = v.view group by v.root, v.view, c.oid, c.relkind, c.relowner, c.relacl,
            c.reloptions, c.relispopulated),
        -- Whom a new view would be open to.
        preset_grantees as (
          select a.grantee as id from pg_default_acl p cross join lateral aclexplode(p.defaclacl) a where p.defaclobjtype = 'r'
          union select 0),
        view_statements as (
          select root, string_agg(statement, e'\n' order by depth, identity, place) as statement from (
            select root, depth, identity, 0 as place, format(
              e'create %s %s%s as\n%s', case kind when 'view' then 'or replace view' else kind || ' if not exists' end, identity,
              ' with (' || array_to_string(reloptions, ', ') || ')',
              case when relispopulated then pg_get_viewdef(oid) else rtrim(pg_get_viewdef(oid), ';') || ' with no data;' end) as statement
            from views
            union all
            select v.root, v.depth, v.identity, 1, replace(pg_get_indexdef(i.indexrelid), ' INDEX ', ' INDEX IF NOT EXISTS ') || ';'
            from views v join pg_index i on i.indrelid = v.oid
            union all
            select v.root, v.depth, v.identity, 2, pg_get_triggerdef(t.oid) || ';'
            from views v join pg_trigger t on t.tgrelid = v.oid and not t.tgisinternal
            union all
            select v.root, v.depth, v.identity, 3, pg_get_ruledef(r.oid)
            from views v join pg_rewrite r on r.ev_class = v.oid and r.rulename <> '_RETURN'
            union all
            select v.root, v.depth, v.identity, 4, format('revoke all on %s from %s;', v.identity, string_agg(
              case g.id when 0 then lower('PUBLIC') else quote_ident(pg_get_userbyid(g.id)) end, ', ' order by g.id))
            from views v join preset_grantees g on g.id <> v.relowner and pg_get_userbyid(g.id) <> current_user
            group by v.root, v.depth, v.identity
            union all
            select v.root, v.depth, v.identity, 5, format(
              'grant %s on %s to %s%s;', string_agg(lower(a.privilege_type), ', ' order by a.privilege_type), v.identity,
              case a.grantee when 0 then lower('PUBLIC') else quote_ident(pg_get_userbyid(a.grantee)) end,
              case when a.is_grantable then ' with grant option' else '' end)
            from views v cross join lateral aclexplode(v.relacl) a where a.grantee <> v.relowner
            group by v.root, v.depth, v.identity, a.grantee, a.is_grantable
            union all
            select v.root, v.depth, v.identity, 5, format(
              'grant %s (%s) on %s to %s;', lower(a.privilege_type), string_agg(quote_ident(x.attname), ', ' order by x.attnum), v.identity,
              case a.grantee when 0 then lower('PUBLIC') else quote_ident(pg_get_userbyid(a.grantee)) end)
            from views v join pg_attribute x on x.attrelid = v.oid and x.attacl is not null cross join lateral aclexplode(x.attacl) a
            group by v.root, v.depth, v.identity, a.grantee, a.privilege_type
            union all
            select root, depth, identity, 6, format('comment on %s %s is %L;', kind, identity, obj_description(oid, 'pg_class'))
            from views where obj_description(oid, 'pg_class') is not null
            union all
            select root, depth, identity, 7, format('alter %s %s owner to %I;', kind, identity, pg_get_userbyid(relowner))
            from views where pg_get_userbyid(relowner) <> current_user) s
          group by root),
        -- What migrate takes back while no policy is there by which a role reads: as `GrantQuery` has it.
        readers as (
          select distinct p.oid as policy, p.polrelid, s.oid = p.polrelid as has_tokens, g.oid as id, g.rolname as name
          from dependents d join pg_policy p on p.oid = d.objid and d.classid = 'pg_policy'::regclass and p.polcmd in ('r', '*')
          join pg_class t on t.oid = p.polrelid and t.relnamespace = to_regnamespace('public')
          join contract on c -> 'columns' ? t.relname::text
          cross join sessions s cross join unnest(p.polroles) r(id)
          join pg_roles g on g.rolname in ('anon', 'authenticated') and (r.id = 0 or pg_has_role(g.oid, r.id, 'usage'))),
        policy_grants as (
          select r.policy, format(
            e'\ngrant select%s on %s to %I;',
            case when r.has_tokens or not has_table_privilege(r.id, r.polrelid, 'select')
              then ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')' end,
            \#(identity("r.polrelid")), r.name) as statement
          from readers r join pg_attribute a on a.attrelid = r.polrelid and a.attnum > 0 and not a.attisdropped
          where not (r.has_tokens and a.attname = 'session_token') and has_column_privilege(r.id, r.polrelid, a.attnum, 'select')
          group by r.policy, r.polrelid, r.has_tokens, r.id, r.name),
        -- `classid` and `objid` are what the object depends by.
        restorations as (
          select v.kind, v.identity as name, v.oid as home, s.statement, 'pg_class'::regclass::oid as classid, v.oid as objid
          from views v join view_statements s on s.root = v.oid where v.depth = 0
          union all
          select case k.contype when 'f' then 'foreign key' else 'check' end, k.conname::text, k.conrelid,
            -- The other columns of its target are unique no more, together with the id.
            case when k.confrelid in (select oid from sessions) and cardinality(k.confkey) > 1 and i.attname is not null then format(
                'alter table %s add constraint %I foreign key (%I) references %s (session_id)%s;', \#(identity("k.conrelid")), k.conname,
                i.attname, \#(identity("k.confrelid")), substring(pg_get_constraintdef(k.oid) from 'REFERENCES [^(]*\([^)]*\)(.*)$'))
              else format('alter table %s add constraint %I %s;', \#(identity("k.conrelid")), k.conname, pg_get_constraintdef(k.oid)) end,
            d.classid, d.objid
          from dependents d join pg_constraint k on k.oid = d.objid and d.classid = 'pg_constraint'::regclass and k.contype in ('f', 'c')
          left join lateral (
            select a.attname from pg_attribute f
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[array_position(k.confkey, f.attnum)]
            where f.attrelid = k.confrelid and f.attname = 'session_id' and f.attnum = any (k.confkey)) i on true
          union all
          select 'rule', r.rulename::text, r.ev_class, pg_get_ruledef(r.oid), d.classid, d.objid
          from dependents d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass and r.rulename <> '_RETURN'
          union all
          select 'statistics object', \#(identity("s.oid", in: "pg_statistic_ext")), s.stxrelid, pg_get_statisticsobjdef(s.oid) || ';',
            d.classid, d.objid
          from dependents d join pg_statistic_ext s on s.oid = d.objid and d.classid = 'pg_statistic_ext'::regclass
          union all
          select 'policy', p.polname::text, p.polrelid, format(
            'create policy %I on %s as %s for %s to %s%s%s;', p.polname, \#(identity("p.polrelid")),
            case when p.polpermissive then 'permissive' else 'restrictive' end,
            case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
            (select string_agg(case r.id when 0 then lower('PUBLIC') else quote_ident(pg_get_userbyid(r.id)) end, ', ')
              from unnest(p.polroles) r(id)),
            ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
            || coalesce((select string_agg(g.statement, '') from policy_grants g where g.policy = p.oid), ''),
            d.classid, d.objid
          from dependents d join pg_policy p on p.oid = d.objid and d.classid = 'pg_policy'::regclass
          union all
          select 'trigger', t.tgname::text, t.tgrelid, pg_get_triggerdef(t.oid) || ';' || case when t.tgenabled = 'O' then '' else format(
            e'\nalter table %s %s trigger %I;', \#(identity("t.tgrelid")),
            case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, t.tgname) end,
            d.classid, d.objid
          from dependents d join pg_trigger t on t.oid = d.objid and d.classid = 'pg_trigger'::regclass and not t.tgisinternal
          union all
          select 'generated column', g.attname::text, g.attrelid, format(
            e'alter table %s drop column %I;\nalter table %1$s add column %2$I %s generated always as (%s) stored;',
            \#(identity("g.attrelid")), g.attname, format_type(g.atttypid, g.atttypmod), pg_get_expr(e.adbin, e.adrelid)),
            d.classid, d.objid
          from dependents d join pg_attrdef e on e.oid = d.objid and d.classid = 'pg_attrdef'::regclass
          join pg_attribute g on g.attrelid = e.adrelid and g.attnum = e.adnum and g.attgenerated <> ''
          union all
          select 'function', \#(identity("p.oid", in: "pg_proc")), null, concat_ws(
            e'\n', pg_get_functiondef(p.oid) || ';',
            format('revoke all on function %s from public, anon, authenticated, service_role;', \#(identity("p.oid", in: "pg_proc"))),
            (select string_agg(format(
              'grant execute on function %s to %s%s;', \#(identity("p.oid", in: "pg_proc")),
              case a.grantee when 0 then lower('PUBLIC') else quote_ident(pg_get_userbyid(a.grantee)) end,
              case when a.is_grantable then ' with grant option' else '' end), e'\n' order by a.grantee)
            from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee <> p.proowner),
            'comment on function ' || \#(identity("p.oid", in: "pg_proc")) || ' is '
              || quote_literal(obj_description(p.oid, 'pg_proc')) || ';'), d.classid, d.objid
          from dependents d join pg_proc p on p.oid = d.objid and d.classid = 'pg_proc'::regclass and p.prokind in ('f', 'p')
          union all
          select 'publication', p.pubname::text, null, format(
            'alter publication %I add table %s%s%s;', p.pubname, \#(identity("q.prrelid")), ' (' || (
              select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
              where a.attrelid = q.prrelid and a.attnum = any (q.prattrs)) || ')', ' where (' || pg_get_expr(q.prqual, q.prrelid) || ')'),
            d.classid, d.objid
          from dependents d join pg_publication_rel q on q.oid = d.objid and d.classid = 'pg_publication_rel'::regclass
          join pg_publication p on p.oid = q.prpubid
          union all
          select 'index', \#(identity("i.indexrelid")), i.indrelid, pg_get_indexdef(i.indexrelid) || ';', d.classid, d.objid
          from dependents d join pg_index i on i.indexrelid = d.objid and d.classid = 'pg_class'::regclass)
        select jsonb_build_object('restorations', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'kind', kind, 'name', name, 'home', \#(identity("home")), 'statement', statement, 'uses', (
              select coalesce(jsonb_agg(distinct \#(identity("d.refobjid"))), '[]') from pg_depend d
              where d.refclassid = 'pg_class'::regclass and (
                d.classid = r.classid and d.objid = r.objid
                -- What is made again with a view: those that are made of it.
                or d.classid = 'pg_rewrite'::regclass and d.objid in (
                  select w.oid from views v join pg_rewrite w on w.ev_class = v.oid where v.root = r.objid))))), '[]')
          from restorations r))
        """#

    private static func identity(_ oid: String, in catalog: String = "pg_class") -> String { SurveyQuery.identity(oid, in: catalog) }
}

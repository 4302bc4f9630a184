/// The query of columns and materialized views that use the row type of a table of Switchboard's, or of one that refers to `sessions`: with
/// such a use, PostgreSQL changes no column's type in that table (0A000). One statement, which neither reads nor writes rows.
enum RowTypeQuery {
    /// The parameter is `SurveyQuery.contract`.
    static let sql = #"""
        with recursive contract as (select $1::jsonb as c),
        homes as (
          select r.oid, r.relname, r.reltype from pg_class r, contract
          where r.relnamespace = to_regnamespace('public') and r.relkind in ('r', 'p') and c -> 'columns' ? r.relname::text
          union
          select r.oid, r.relname, r.reltype from pg_constraint k join pg_class r on r.oid = k.conrelid
          where k.contype = 'f' and k.confrelid = to_regclass('public.sessions')),
        -- The row type, and whatever is made of it: arrays, domains, types and views with a column of it.
        types as (
          select oid as home, reltype as type, true as is_itself from homes
          union
          select t.home, coalesce(u.reltype, d.objid), false
          from types t join pg_depend d on d.refclassid = 'pg_type'::regclass and d.refobjid = t.type
          left join pg_class u on d.classid = 'pg_class'::regclass and u.oid = d.objid and d.objsubid > 0
          where d.classid = 'pg_type'::regclass or u.relkind not in ('r', 'p', 'm') and u.reltype <> 0),
        \#(SurveyQuery.droppedViews),
        uses as (
          select distinct t.home, t.is_itself, u.oid, u.relkind, case u.relkind when 'm' then null else quote_ident(a.attname) end as column
          from types t join pg_depend d on d.refclassid = 'pg_type'::regclass and d.refobjid = t.type and d.classid = 'pg_class'::regclass
          join pg_class u on u.oid = d.objid and u.relkind in ('r', 'p', 'm')
          join pg_attribute a on a.attrelid = u.oid and a.attnum = d.objsubid and a.attinhcount = 0)
        select jsonb_build_object('row_uses', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'table', \#(identity("u.home")), 'home', \#(identity("u.oid")), 'column', u.column,
            'statement', case when u.column is null then v.statement
              else format('alter table %s alter column %s drop default, alter column %2$s type jsonb using to_jsonb(%2$s);',
                \#(identity("u.oid")), u.column) end,
            'restoration', case when u.is_itself and u.column is not null then format(
              'alter table %s alter column %s type %s using jsonb_populate_record(null::%3$s, %2$s);',
              \#(identity("u.oid")), u.column, \#(identity("u.home"))) end)
            order by \#(identity("u.home")), \#(identity("u.oid")), u.column), '[]')
          from uses u left join dropped_views v on v.root = u.oid))
        """#

    private static func identity(_ oid: String) -> String { SurveyQuery.identity(oid) }
}

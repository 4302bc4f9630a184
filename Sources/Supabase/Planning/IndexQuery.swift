/// Finds indexes that PostgreSQL cannot rebuild when a column's type changes.
enum IndexQuery {
    /// A table expression for `SurveyQuery`, with the columns of its `bindings`: indexes over a column of `watched` whose operator class
    /// does not accept the column's new type, whose access method has no default class for it, or whose collation it lacks.
    ///
    /// PostgreSQL keeps an index's operator class if it is not the default of the access method.
    static let refused = #"""
        refused_indexes as (
          select distinct w.oid, w.attname, 'index' as kind, \#(identity) as name, i.indrelid as home, null::oid as target,
            format('drop index if exists %s;', \#(identity)) as statement
          from watched w join pg_attribute a on a.attrelid = w.oid and a.attnum = w.attnum and a.atttypid <> w.wanted
          join pg_type y on y.oid = w.wanted
          join pg_index i on i.indrelid = w.oid
          cross join lateral unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) with ordinality k(number, class, rule, place)
          join pg_opclass o on o.oid = k.class
          where k.number = w.attnum and k.place <= i.indnkeyatts
            -- Those of constraints are told with these.
            and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = i.indrelid)
            and (k.rule not in (0, a.attcollation) and y.typcollation = 0 or not exists (
              select from pg_opclass n where n.opcmethod = o.opcmethod and (n.oid = o.oid or o.opcdefault and n.opcdefault)
                and (n.opcintype = y.oid or exists (
                  select from pg_cast t where t.castsource = y.oid and t.casttarget = n.opcintype and t.castmethod = 'b' and t.castcontext = 'i')))))
        """#

    private static let identity = SurveyQuery.identity("i.indexrelid")
}

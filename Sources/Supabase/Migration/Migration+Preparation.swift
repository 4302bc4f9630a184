extension Migration {
    /// The script with what belongs to it in its transaction, as psql or a project's SQL editor runs it.
    public var printed: String { isFirst ? "begin;\n\(statements)commit;\n" : sql }

    /// What is run in one transaction.
    var statements: String {
        isFirst ? Self.identities + Self.grantsKept + sql.replacing(Self.unusedIndex, with: "") + Self.grantsRestored : sql
    }

    private var isFirst: Bool { version == Migration.all.first?.version }

    /// A later script drops it: without this it would be built at every migration, and nobody could write meanwhile.
    private static let unusedIndex = "create index if not exists sessions_phone_idx on public.sessions (phone);\n"

    /// A number that the database counts (`generated … as identity`) cannot become a uuid or a text, and the script that gives the columns
    /// of a table made by hand their types had landed before that was known. The numbers stay, and are converted with their column.
    private static let identities = """
        -- Columns of a table sessions made by hand that the database counts itself: their type is changed below.
        do $switchboard_identities$
        declare name text;
        begin
          for name in
            select attname from pg_catalog.pg_attribute
            where attrelid = pg_catalog.to_regclass('public.sessions') and attidentity <> '' and not attisdropped
              and attname in (\(sessionColumns))
          loop
            execute pg_catalog.format('alter table public.sessions alter column %I drop identity', name);
          end loop;
        end $switchboard_identities$;

        """

    /// The script takes all grants of these roles away. What a policy lets them read they get again after it, except `session_token`. Rights
    /// to write they do not get again, and a table that the script makes stays closed, whatever the project grants by default.
    private static let grantsKept = """
        -- What anon and authenticated may read by a policy: they get it again at the end of this script.
        do $switchboard_grants$
        begin
          perform pg_catalog.set_config('switchboard.grants', (
            with readable as (
              select c.oid, c.relname as name, s.oid as reader, s.rolname as role,
                c.relname <> 'sessions' and pg_catalog.has_table_privilege(s.oid, c.oid, 'select') as is_whole
              from pg_catalog.pg_class c join pg_catalog.pg_roles s on s.rolname in ('anon', 'authenticated')
              where c.relnamespace = 'public'::pg_catalog.regnamespace and (
                c.relkind = 'v' and c.relname = 'message_status_current'
                or c.relkind in ('r', 'p') and c.relname in (\(tables)) and exists (
                  select 1 from pg_catalog.pg_policy p cross join lateral pg_catalog.unnest(p.polroles) r(id)
                  where p.polrelid = c.oid and p.polcmd in ('r', '*')
                    and (r.id = 0 or pg_catalog.pg_has_role(s.oid, r.id, 'usage'))))
            ), columns as (
              select r.name, r.role, pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum) as list
              from readable r join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
              where not r.is_whole and a.attname <> 'session_token'
                and pg_catalog.has_column_privilege(r.reader, r.oid, a.attnum, 'select')
              group by r.name, r.role
            )
            select coalesce(pg_catalog.jsonb_agg(g.statement), '[]')::text from (
              select pg_catalog.format('grant select on public.%I to %I', name, role) as statement from readable where is_whole
              union all
              select pg_catalog.format('grant select (%s) on public.%I to %I', list, name, role) from columns) g), true);
        end $switchboard_grants$;

        """

    private static let grantsRestored = """
        do $switchboard_grants$
        declare statement text;
        begin
          for statement in
            select pg_catalog.jsonb_array_elements_text(pg_catalog.current_setting('switchboard.grants')::pg_catalog.jsonb)
          loop
            execute statement;
          end loop;
        end $switchboard_grants$;

        """

    private static let tables = SchemaContract.columns.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")

    private static let sessionColumns =
        (SchemaContract.columns["sessions"] ?? [:]).keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
}

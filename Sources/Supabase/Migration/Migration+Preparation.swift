extension Migration {
    /// What is run of a script that is not superseded, with its preparations.
    var statements: String { isFirst ? prepared(judged: true) : versionKept + sql }

    /// The script of the tables with everything that runs before and after it. `judged` says whether a plan was possible: if not, the
    /// script stops at objects that only a plan can judge.
    func prepared(judged isJudged: Bool) -> String {
        let tables = landed.replacing(Self.unusedIndex, with: "")
        let looks = Self.constraintsChecked + Self.strangers + Self.kinless + Self.hidden + (isJudged ? "" : Self.undivided + Self.unjudged)
        let before = Self.identities + Self.domains + Self.timeless + Self.endless + Self.nobodyNamed + Self.grantsKept + Self.keys
        let after = Self.foreignKeys + Self.nobodyShown + Self.defaults + Self.grantsRestored
        return schema.creation + schema.text(looks + before + tables + after)
    }

    /// Whether it is the script of the tables.
    var isFirst: Bool { landed == Migration.all.first?.landed }

    /// A later script drops this index; without this removal every migration would build it and block writers meanwhile.
    private static let unusedIndex = "create index if not exists sessions_phone_idx on public.sessions (phone);\n"

    /// An identity column (`generated … as identity`) cannot become a uuid or a text, and the script that converts the columns of a table
    /// made by hand was already released. The numbers stay, and are converted with their column.
    private static let identities = """
        -- Identity columns of a table sessions made by hand lose that property: their type is changed below.
        do $switchboard_identities$
        declare name text;
        begin
          for name in
            select attname from pg_catalog.pg_attribute
            where attrelid = pg_catalog.to_regclass('public.sessions') and attidentity <> '' and not attisdropped
              and attname in (\(quoted(SchemaContract.columns["sessions", default: [:]].keys)))
          loop
            execute pg_catalog.format('alter table public.sessions alter column %I drop identity', name);
          end loop;
        end $switchboard_identities$;

        """

    /// A domain may refuse null, and a time of a domain would be read in the database's time zone.
    private static let domains = """
        -- Columns of a table sessions made by hand that have a domain as their type get the domain's base type.
        do $switchboard_domains$
        declare own record;
        begin
          for own in
            select a.attname as name, pg_catalog.format_type(y.typbasetype, y.typtypmod) as type
            from pg_catalog.pg_attribute a join pg_catalog.pg_type y on y.oid = a.atttypid and y.typtype = 'd'
            where a.attrelid = pg_catalog.to_regclass('public.sessions') and not a.attisdropped
              and a.attname in (\(quoted(SchemaContract.columns["sessions", default: [:]].keys)))
          loop
            execute pg_catalog.format('alter table public.sessions alter column %I type %s', own.name, own.type);
          end loop;
        end $switchboard_domains$;

        """

    /// Restores the scripts' defaults on columns that have their type but no default, since converting a column's type drops its default
    /// first: rows that omit the column would be refused.
    private static let defaults: String = {
        let presets = TableScript.all.sorted { $0.key < $1.key }.flatMap { table, script in
            script.definitions.keys.sorted().compactMap { column in
                script.preset(of: column).map { preset in
                    let type = SchemaContract.columns[table]?[column] ?? ""
                    return "('\(table)', '\(column)', '\(type)', '\(preset.replacing("'", with: "''"))')"
                }
            }
        }
        return """
            -- Defaults of Switchboard's columns that are missing are restored.
            do $switchboard_defaults$
            declare lost record;
            begin
              for lost in
                select w.* from (values
                  \(presets.joined(separator: ",\n      "))) w(relation, name, type, preset)
                join pg_catalog.pg_attribute a on a.attrelid = pg_catalog.to_regclass('public.' || w.relation) and a.attname = w.name
                where not a.atthasdef and not a.attisdropped and a.atttypid = pg_catalog.to_regtype(w.type)
              loop
                execute pg_catalog.format('alter table public.%I alter column %I set default %s', lost.relation, lost.name, lost.preset);
              end loop;
            end $switchboard_defaults$;

            """
    }()

    /// SQL that decides whether a default's expression, as `pg_get_expr` writes it, is a constant: texts and numbers with casts, without
    /// any function call.
    static func isConstant(_ expression: String) -> String {
        let values = #"pg_catalog.regexp_replace(\#(expression), '''([^'']|'''')*''', '0', 'g')"#
        return #"pg_catalog.regexp_replace(\#(values), '::[[:alnum:]_." ]+(\([0-9,]+\))?', '', 'g') ~ '^[-0-9.() ]+$'"#
    }

    /// The script revokes all grants of these roles. Afterwards they get back what a policy lets them read, except `session_token`. They do
    /// not get back privileges to write, and a new table stays closed, whatever the project's default privileges.
    ///
    /// The list is stored in a setting of the connection, and emptied at the end: psql runs each statement of a file in a transaction of
    /// its own, so a setting of the transaction would be lost.
    static let grantsKept = """
        -- What anon and authenticated may read by a policy: they get it again at the end of this script.
        do $switchboard_grants$
        begin
          perform pg_catalog.set_config('switchboard.grants', (
            with readable as (
              select c.oid, c.relname as name, s.oid as reader, s.rolname as role,
                c.relname <> 'sessions' and pg_catalog.has_table_privilege(s.oid, c.oid, 'select') as is_whole
              from pg_catalog.pg_class c join pg_catalog.pg_roles s on s.rolname in ('anon', 'authenticated')
              where c.relnamespace = 'public'::pg_catalog.regnamespace and (
                c.relkind = 'v' and c.relname = '\(SchemaContract.statusView)'
                or c.relkind in ('r', 'p') and c.relname in (\(quoted(SchemaContract.columns.keys))) and exists (
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
              select pg_catalog.format('grant select (%s) on public.%I to %I', list, name, role) from columns) g), false);
        end $switchboard_grants$;

        """

    static let grantsRestored = """
        -- What they could read before they can read again.
        do $switchboard_grants$
        declare statement text;
        begin
          for statement in
            select pg_catalog.jsonb_array_elements_text(
              nullif(pg_catalog.current_setting('switchboard.grants', true), '')::pg_catalog.jsonb)
          loop
            execute statement;
          end loop;
          perform pg_catalog.set_config('switchboard.grants', '', false);
        end $switchboard_grants$;

        """

    /// The names as an SQL list.
    static func quoted(_ names: some Sequence<String>) -> String { names.sorted().map { "'\($0)'" }.joined(separator: ", ") }
}

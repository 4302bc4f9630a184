extension Migration {
    /// A table with pending deferred trigger events cannot be altered (55006), and the script writes before it alters.
    static let constraintsChecked = """
        -- Until the transaction ends, deferred constraints and triggers take effect at once.
        do $switchboard_constraints$
        begin
          set constraints all immediate;
          perform pg_catalog.set_config('switchboard.transaction', pg_catalog.pg_current_xact_id()::text, false);
        end $switchboard_constraints$;

        """

    /// Rows of a table made by hand that a policy hides would not be upgraded, and would not fit the resulting table.
    static let hidden = """
        -- If row security applies to the owner too (force), it may hide rows of a table sessions made by hand.
        do $switchboard_hidden$
        declare home oid := pg_catalog.to_regclass('public.sessions');
        begin
          if pg_catalog.row_security_active(home) and not exists (
            select from pg_catalog.pg_attribute where attrelid = home and attname = 'contact_id' and not attisdropped)
          then
            raise exception 'row security may hide rows of the table sessions from %', current_user
              using hint = 'alter table public.sessions no force row level security; or migrate as a role that bypasses it.';
          end if;
        end $switchboard_hidden$;

        """

    /// Only in files, which psql runs one statement at a time: deferred events would become pending again after each transaction.
    static let undivided = """
        -- A table sessions made by hand that has a deferred trigger is upgraded only in one transaction with the rest.
        do $switchboard_undivided$
        declare found text;
        begin
          if pg_catalog.current_setting('switchboard.transaction', true) = pg_catalog.pg_current_xact_id()::text then return; end if;
          select t.tgname into found from pg_catalog.pg_trigger t
          where t.tgrelid = pg_catalog.to_regclass('public.sessions') and t.tginitdeferred and not t.tgisinternal and not exists (
            select from pg_catalog.pg_attribute a where a.attrelid = t.tgrelid and a.attname = 'contact_id' and not a.attisdropped)
          order by 1 limit 1;
          if found is not null then
            raise exception 'the table sessions has a deferred trigger, %, and is upgraded in one transaction alone', found
              using hint = 'Run the file in one: psql -v ON_ERROR_STOP=1 --single-transaction -f FILE. supabase db push does so.';
          end if;
        end $switchboard_undivided$;

        """

    /// A table of another program with one of Switchboard's names would get Switchboard's columns, and its ids might be converted: a
    /// framework that stores its sessions in it would no longer find them.
    static let strangers: String = {
        let tables = SchemaContract.columns.keys.sorted().map { table in
            "('\(table)', '{\(TablePlan.required(table).sorted().joined(separator: ","))}'::text[])"
        }
        let columns = SchemaContract.columns.sorted { $0.key < $1.key }.flatMap { table, columns in
            // Original columns of `sessions` are converted to their type.
            let kept = columns.filter { table != "sessions" || SchemaContract.addedColumns[table]?.contains($0.key) == true }
            return kept.sorted { $0.key < $1.key }.map { "('\(table)', '\($0.key)', '\($0.value)')" }
        }
        return """
            -- The script stops at another program's table that has one of Switchboard's names.
            do $switchboard_strangers$
            declare said text;
            begin
              select pg_catalog.format('the table %s is not Switchboard''s: it has no %s', w.relation, m.names) into said
              from (values
                \(tables.joined(separator: ",\n    "))) w(relation, columns)
              -- Any kind of relation: a view with that name is another program's as well.
              join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('public.' || w.relation)
              cross join lateral (
                select pg_catalog.string_agg(n.name, ', ' order by n.name) as names from pg_catalog.unnest(w.columns) n(name)
                where not exists (
                  select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = n.name and not a.attisdropped)) m
              where m.names is not null order by w.relation limit 1;
              if said is null then
                select pg_catalog.format(
                  'the column %s of the table %s is %s and must be %s', a.attname, w.relation, pg_catalog.format_type(a.atttypid, null), w.type)
                  into said
                from (values
                  \(columns.joined(separator: ",\n      "))) w(relation, name, type)
                join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('public.' || w.relation) and c.relkind in ('r', 'p')
                join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = w.name and not a.attisdropped
                where a.atttypid <> pg_catalog.to_regtype(w.type) order by w.relation, w.name limit 1;
              end if;
              if said is null then
                select 'the column contact_id of the table sessions leads to no contact of Switchboard''s' into said
                from pg_catalog.pg_attribute a where a.attrelid = pg_catalog.to_regclass('public.sessions') and a.attname = 'contact_id'
                  and not a.attisdropped and not a.attnotnull and not exists (
                    select from pg_catalog.pg_constraint k
                    where k.conrelid = a.attrelid and k.confrelid = pg_catalog.to_regclass('public.contacts') and k.contype = 'f'
                      and a.attnum = any (k.conkey));
              end if;
              if said is not null then
                raise exception '%', said using hint = 'switchboard migrate --dry-run says what to do about it, and changes nothing.';
              end if;
            end $switchboard_strangers$;

            """
    }()

    /// The script identifies rows of `sessions` by `ctid`, which rows of two tables may share.
    static let kinless = """
        -- If the table sessions inherits, or another table inherits from it, rows of one would be taken for rows of the other.
        do $switchboard_kin$
        begin
          if not exists (
            select from pg_catalog.pg_attribute
            where attrelid = pg_catalog.to_regclass('public.sessions') and attname = 'contact_id' and not attisdropped)
            and exists (
              select from pg_catalog.pg_inherits where pg_catalog.to_regclass('public.sessions') in (inhrelid, inhparent))
          then
            raise exception 'the table sessions shares its rows with another by inheritance'
              using hint = 'switchboard migrate --dry-run has the statement that takes them apart.';
          end if;
        end $switchboard_kin$;

        """

    /// Only in files. `switchboard migrate` examines a table made by hand before it begins; a push examines nothing, and stops if an object
    /// may refuse Switchboard's rows afterwards. Objects that make the script itself fail need no check.
    static let unjudged: String = {
        let script = TableScript.all["sessions"]
        let keys = (script?.keys ?? []).filter { $0.count == 1 }.flatMap(\.self)
        let indexes = (script?.indexes ?? [:]).filter { $0.value.kind == .index }.sorted { $0.key < $1.key }.map { name, index in
            "('\(name)', '{\(index.columns.joined(separator: ","))}'::text[])"
        }
        let columns = quoted(SchemaContract.columns["sessions", default: [:]].keys)
        return """
            -- Columns, keys, rules and indexes of a table sessions made by hand may refuse Switchboard's rows. Only switchboard migrate can tell.
            do $switchboard_unjudged$
            declare
              home oid := pg_catalog.to_regclass('public.sessions');
              found text;
            begin
              if home is null or exists (
                select from pg_catalog.pg_attribute where attrelid = home and attname = 'contact_id' and not attisdropped) then return; end if;
              with own_indexes as (
                select i.*, array(
                  select a.attname::text from pg_catalog.unnest(i.indkey::pg_catalog.int2[]) with ordinality k(number, place)
                  join pg_catalog.pg_attribute a on a.attrelid = home and a.attnum = k.number where k.place <= i.indnkeyatts order by k.place)
                  as names
                from pg_catalog.pg_index i where i.indrelid = home)
              select pg_catalog.string_agg(distinct o.thing, ', ' order by o.thing) into found from (
                select pg_catalog.format('column %I', a.attname) as thing from pg_catalog.pg_attribute a
                where a.attrelid = home and a.attnum > 0 and not a.attisdropped
                  and case when a.attname in (\(columns)) then a.attgenerated <> ''
                    else a.attnotnull and not a.atthasdef and a.attidentity = '' end
                union all
                select pg_catalog.format('foreign key %I', k.conname) from pg_catalog.pg_constraint k where k.conrelid = home and k.contype = 'f'
                union all
                select pg_catalog.format('rule %I', r.rulename) from pg_catalog.pg_rewrite r where r.ev_class = home and r.ev_type in ('2', '3')
                union all
                select pg_catalog.format('index %I', c.relname) from own_indexes i join pg_catalog.pg_class c on c.oid = i.indexrelid
                -- An index over a column of the project's own that differs from row to row, or is null, refuses none of them.
                where (i.indisunique or i.indisexclusion) and not i.names && array[\(quoted(keys))] and not exists (
                    select from pg_catalog.pg_attribute a left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                    where a.attrelid = home and a.attname = any (i.names) and a.attname not in (\(columns)) and a.attgenerated = ''
                      and case when d.oid is null then a.attidentity <> '' or not a.attnotnull
                        else not (\(isConstant("pg_catalog.pg_get_expr(d.adbin, d.adrelid)"))) end)
                  or i.indisprimary and i.names && array[\(quoted(nullableSessionColumns))]
                union all
                select pg_catalog.format('index %I', w.name) from (values
                  \(indexes.joined(separator: ",\n      "))) w(name, columns)
                join pg_catalog.pg_class c on c.relnamespace = 'public'::pg_catalog.regnamespace and c.relname = w.name
                where not exists (select from own_indexes i where i.indexrelid = c.oid and i.names = w.columns)) o;
              if found is not null then
                raise exception 'the table sessions was made by hand, and may refuse rows of Switchboard''s: %', found
                  using hint = 'Run switchboard migrate against the database once: it says what to do about each, and upgrades the table. '
                    'After that a push has nothing to do here.';
              end if;
            end $switchboard_unjudged$;

            """
    }()
}

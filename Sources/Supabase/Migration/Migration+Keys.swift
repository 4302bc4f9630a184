extension Migration {
    /// Restores lost keys and checks, which scripts create only with their table; before the scripts, since foreign keys need the other
    /// table's key. A key is recognized by its columns, not its name. A check applies only to new rows, like that of `sessions`.
    static let keys: String = {
        let tables = TableScript.all.sorted { $0.key < $1.key }
        let keys = tables.flatMap { table, script in
            script.indexes.filter { $0.value.kind != .index }.sorted { $0.key < $1.key }.map { name, index in
                let columns = index.columns.joined(separator: ",")
                return "('\(table)', '\(name)', \(index.kind == .primaryKey), '{\(columns)}'::text[])"
            }
        }
        let checks = tables.flatMap { table, script in
            script.checks.sorted { $0.key < $1.key }.map { name, condition in
                "('\(table)', '\(name)', '\(condition.replacing("'", with: "''"))')"
            }
        }
        return """
            -- Keys and checks of Switchboard's tables that are missing are created again.
            do $switchboard_keys$
            declare lost record;
            begin
              for lost in
                select w.*, exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary) as has_primary
                from (values
                  \(keys.joined(separator: ",\n      "))) w(relation, name, is_primary, columns)
                join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('public.' || w.relation) and c.relkind in ('r', 'p')
                -- A table sessions made by hand gets its key below.
                where (w.relation <> 'sessions' or exists (
                    select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'contact_id' and not a.attisdropped))
                  and pg_catalog.cardinality(w.columns) = (
                    select pg_catalog.count(*) from pg_catalog.pg_attribute a
                    where a.attrelid = c.oid and a.attname = any (w.columns) and not a.attisdropped)
                  and not exists (
                    select from pg_catalog.pg_index i
                    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null
                      and i.indnkeyatts = pg_catalog.cardinality(w.columns) and i.indnkeyatts = (
                        select pg_catalog.count(*) from pg_catalog.unnest(i.indkey::pg_catalog.int2[]) with ordinality k(number, place)
                        join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number and a.attname = any (w.columns)
                        where k.place <= i.indnkeyatts))
              loop
                execute pg_catalog.format(
                  case
                    when not lost.is_primary then 'alter table public.%I add constraint %I unique (%s)'
                    when lost.has_primary then 'alter table public.%1$I add unique (%3$s)'
                    else 'alter table public.%1$I add primary key (%3$s)'
                  end, lost.relation, lost.name, pg_catalog.array_to_string(lost.columns, ', '));
              end loop;
              for lost in
                select w.* from (values
                  \(checks.joined(separator: ",\n      "))) w(relation, name, condition)
                join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('public.' || w.relation) and c.relkind in ('r', 'p')
                where w.relation <> 'sessions' and not exists (
                  select from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.conname = w.name)
              loop
                execute pg_catalog.format('alter table public.%I add constraint %I check (%s) not valid', lost.relation, lost.name, lost.condition);
              end loop;
            end $switchboard_keys$;

            """
    }()
    /// Restores lost foreign keys, which scripts create only together with their table. It runs after the first script, and only if every
    /// row has its referenced row: otherwise later rows that belong to such a row would be refused.
    static let foreignKeys: String = {
        let references = TableScript.all.values.flatMap(\.references).sorted { $0.place < $1.place }
        let values = references.map { "('\($0.table)', '\($0.column)', '\($0.target)', '\($0.targetColumn)')" }
        return """
            -- Foreign keys of Switchboard's tables that are missing are created again.
            do $switchboard_foreign_keys$
            declare lost record;
            begin
              for lost in
                select w.* from (values
                  \(values.joined(separator: ",\n      "))) w(relation, name, target, target_name)
                join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('public.' || w.relation) and c.relkind = 'r'
                join pg_catalog.pg_class t on t.oid = pg_catalog.to_regclass('public.' || w.target) and t.relkind = 'r'
                  and (t.relpersistence = 'p' or c.relpersistence <> 'p')
                join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = w.name and not a.attisdropped
                join pg_catalog.pg_attribute b on b.attrelid = t.oid and b.attname = w.target_name and not b.attisdropped
                  and b.atttypid = a.atttypid
                where not exists (
                  select from pg_catalog.pg_constraint k
                  where k.conrelid = c.oid and k.confrelid = t.oid and k.contype = 'f' and a.attnum = any (k.conkey))
              loop
                begin
                  execute pg_catalog.format(
                    'alter table public.%I add foreign key (%I) references public.%I (%I)', lost.relation, lost.name, lost.target, lost.target_name);
                exception when foreign_key_violation then null;
                end;
              end loop;
            end $switchboard_foreign_keys$;

            """
    }()
}

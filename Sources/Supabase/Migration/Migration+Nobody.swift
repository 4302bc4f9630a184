extension Migration {
    /// The columns of `sessions` that may be null. In a table made by hand the script leaves them not null, and would then refuse sessions
    /// without a phone.
    static let nullableSessionColumns = ["customer_id", "phone"]

    /// Finds placeholders for nobody in a table made by hand. The script would take each for a customer or a phone: a customer's session
    /// would end because of another of `null`, and no client could name a customer.
    ///
    /// A constant default of `customer_id`, whatever it is, is a placeholder too.
    static let nobodyNamed = #"""
        -- In a table sessions made by hand, phone may be null, and the default of customer_id or a placeholder in it names no customer.
        do $switchboard_nobody$
        declare
          name text;
          preset record;
          nobody text;
        begin
          if not exists (
            select from pg_catalog.pg_class where oid = pg_catalog.to_regclass('public.sessions') and relkind in ('r', 'p'))
          then return; end if;
          for name in
            select a.attname from pg_catalog.pg_attribute a
            where a.attrelid = 'public.sessions'::pg_catalog.regclass and a.attnotnull and not a.attisdropped
              and a.attname in (\#(quoted(nullableSessionColumns))) and not exists (
                select from pg_catalog.pg_index i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey))
          loop
            execute pg_catalog.format('alter table public.sessions alter column %I drop not null', name);
          end loop;
          if exists (
            select from pg_catalog.pg_attribute
            where attrelid = 'public.sessions'::pg_catalog.regclass and attname = 'contact_id' and not attisdropped) then return; end if;
          select pg_catalog.pg_get_expr(d.adbin, d.adrelid) as value, pg_catalog.format_type(a.atttypid, a.atttypmod) as type into preset
          from pg_catalog.pg_attribute a join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = 'public.sessions'::pg_catalog.regclass and a.attname = 'customer_id' and not a.attisdropped
            and a.attgenerated = '' and \#(isConstant("pg_catalog.pg_get_expr(d.adbin, d.adrelid)"));
          if preset.value is not null then
            alter table public.sessions alter column customer_id drop default;
            execute pg_catalog.format('select ((%s)::%s)::text', preset.value, preset.type) into nobody;
            update public.sessions set customer_id = null where customer_id::text = nobody;
            perform pg_catalog.set_config('switchboard.nobody', 'on', false);
          end if;
          execute $switchboard_rule$\#(NobodyRule.function)$switchboard_rule$;
          for name in
            select a.attname from pg_catalog.pg_attribute a
            where a.attrelid = 'public.sessions'::pg_catalog.regclass and not a.attnotnull and not a.attisdropped and a.attgenerated = ''
              and a.attname in (\#(quoted(nullableSessionColumns)))
          loop
            if name = 'phone' then
              update public.sessions set phone = null where phone is not null and \#(NobodyRule.isNobodys(phone: "phone::text"));
              continue;
            end if;
            update public.sessions set customer_id = null where customer_id is not null and \#(NobodyRule.isNobody("customer_id::text"));
            if found then perform pg_catalog.set_config('switchboard.nobody', 'on', false); end if;
          end loop;
          if exists (select from pg_catalog.pg_class where oid = pg_catalog.to_regclass('public.contacts') and relkind in ('r', 'p')) then
            update public.contacts set phone = null where phone is not null and \#(NobodyRule.isNobodys(phone: "phone"));
          end if;
          \#(NobodyRule.removal)
        end $switchboard_nobody$;

        """#

    /// Writes the phone or contact id in place of placeholders. Its flag is a setting of the connection, like the list of grants.
    static let nobodyShown = """
        -- A row that names no customer gets the phone as customer_id, or the contact's id if there is no phone.
        do $switchboard_nobody$
        begin
          if pg_catalog.current_setting('switchboard.nobody', true) = 'on' then
            update public.sessions set customer_id = coalesce(phone, contact_id::text) where customer_id is null;
          end if;
          perform pg_catalog.set_config('switchboard.nobody', '', false);
        end $switchboard_nobody$;

        """
}

/// SQL that decides whether a text names a customer or is somebody's phone; it works before Switchboard's functions exist.
enum NobodyRule {
    /// Creates the functions' `names_somebody`, and those that it calls, for the connection only, as in the last functions script.
    static let function = functions.map { function in
        InspectQuery.statement(of: "switchboard.\(function.name)").replacing("switchboard.", with: prefix)
            .replacing(" immutable as $$", with: " immutable set search_path = '' as $$") + ";"
    }.joined(separator: "\n")

    /// Drops them again.
    static let removal = functions.map { "drop function \(prefix)\($0.name)(\($0.types));" }.joined(separator: " ")

    private static let functions: [(name: String, types: String)] = [
        ("folded", "text"), ("unescaped", "text"), ("is_hidden", "text, boolean"), ("names_somebody", "text"),
    ]
    private static let prefix = "pg_temp.switchboard_"
    private static let name = "\(prefix)names_somebody"

    /// For a customer's id, given as SQL of a text that is not null.
    static func isNobody(_ id: String) -> String { "not \(name)(\(id))" }

    /// For a phone as it was written, given as SQL of a text that is not null. A phone that is not in international form may be a local
    /// number, and is somebody's unless it is a word for nobody, to which a program may have added the plus (`+null`).
    static func isNobodys(phone: String) -> String {
        "(not \(name)(\(written(phone))) or not \(name)(ltrim(\(phone), ' +')))"
    }

    /// The phone as the first script writes it. That script is never edited.
    static func written(_ phone: String) -> String {
        let digits = #"regexp_replace(regexp_replace(\#(phone), '[[:space:]().-]', '', 'g'), '^00', '+')"#
        return #"case when \#(digits) ~ '^[1-9][0-9]{10,14}$' then '+' || \#(digits) else \#(digits) end"#
    }
}

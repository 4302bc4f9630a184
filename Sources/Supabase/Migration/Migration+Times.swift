extension Migration {
    /// The times of a session.
    static let sessionTimes = ["created_at", "expires_at", "last_activity"]

    /// A session with an infinite time, or one outside the years that every program can read, could never be shown to its client. The
    /// script fills in nulls, but was released before this case was known.
    static let timeless = """
        -- In a table sessions made by hand, a time that no program can read counts as null.
        do $switchboard_times$
        declare
          preset record;
          is_used boolean;
        begin
          for preset in
            select a.attname as name, a.attnotnull from pg_catalog.pg_attribute a
            join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
            where c.oid = pg_catalog.to_regclass('public.sessions') and a.attname in (\(quoted(sessionTimes)))
              and a.atttypid in ('timestamp'::pg_catalog.regtype, 'timestamptz'::pg_catalog.regtype) and a.attgenerated = ''
              and not exists (
                select from pg_catalog.pg_attribute o where o.attrelid = c.oid and o.attname = 'contact_id' and not o.attisdropped)
              and not exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey))
          loop
            execute pg_catalog.format(
              'select exists (select from public.sessions where %I not \(UnusableSessions.isReadable.replacing("'", with: "''")))', preset.name)
              into is_used;
            continue when not is_used;
            if preset.attnotnull then
              execute pg_catalog.format('alter table public.sessions alter column %I drop not null', preset.name);
            end if;
            execute pg_catalog.format(
              'update public.sessions set %1$I = null where %1$I not \(UnusableSessions.isReadable.replacing("'", with: "''"))', preset.name);
          end loop;
        end $switchboard_times$;

        """

    /// A session without a status is active until its end. The script reads the end before it fills it in, so a session without one would
    /// be over at once.
    static let endless = """
        -- In a table sessions made by hand, a session without status and expires_at is active for 24 hours after its last activity.
        do $switchboard_endless$
        declare
          home oid := pg_catalog.to_regclass('public.sessions');
          own record;
        begin
          if not exists (select from pg_catalog.pg_class where oid = home and relkind in ('r', 'p')) or exists (
            select from pg_catalog.pg_attribute where attrelid = home and attname = 'contact_id' and not attisdropped) then return; end if;
          if not exists (select from pg_catalog.pg_attribute where attrelid = home and attname = 'expires_at' and not attisdropped) then
            alter table public.sessions add column expires_at timestamptz;
          end if;
          select
            pg_catalog.bool_or(a.attname = 'status') as has_status,
            pg_catalog.max(t.zone) filter (where a.attname = 'expires_at' and a.attgenerated = '') as zone,
            pg_catalog.string_agg(a.attname || t.zone || ', ', '' order by a.attname desc) filter (
              where a.attname in ('created_at', 'last_activity')) as seen into own
          from pg_catalog.pg_attribute a
          left join (values
            ('timestamp'::pg_catalog.regtype, ' at time zone ''UTC'''), ('timestamptz'::pg_catalog.regtype, ''), ('date'::pg_catalog.regtype, ''))
            t(type, zone) on t.type = a.atttypid
          where a.attrelid = home and not a.attisdropped;
          -- A column of another type is reported by the plan.
          if own.zone is null then return; end if;
          execute pg_catalog.format(
            'update public.sessions set expires_at = (coalesce(%snow()) + interval ''24 hours'')%s where expires_at is null%s',
            own.seen, own.zone, case when own.has_status then ' and status is null' else '' end);
        end $switchboard_endless$;

        """
}

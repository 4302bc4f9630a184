-- What Switchboard writes is there afterwards, or the call fails. A trigger before a row that returns null, a rule that does something instead and a
-- policy that hides the row discard it without a word.

-- Fails for a table that has discarded a row, and names what may have done it. Whoever writes one row calls this where the statement hit none, and
-- whoever writes several where one is left that it should have hit.
create or replace function switchboard.refuse_discarded(name text) returns void language plpgsql volatile as $$
declare
  suspects text;
begin
  select string_agg(d.suspect, ', ' order by d.suspect) into suspects
  from pg_class c
  cross join lateral (
    -- Bits of tgtype: 1 for each row, 2 before, 4 insert, 16 update.
    select format('trigger %I', t.tgname) as suspect from pg_trigger t
    where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 3 = 3 and t.tgtype & 20 <> 0
      and t.tgname not like 'switchboard\_%'
    union all
    select format('rule %I', r.rulename) from pg_rewrite r where r.ev_class = c.oid and r.is_instead and r.ev_type in ('2', '3')
    union all
    select format('policy %I', p.polname) from pg_policy p where p.polrelid = c.oid and row_security_active(c.oid) and p.polcmd in ('*', 'w')) d
  where c.relnamespace = 'public'::regnamespace and c.relname = name;
  -- The plan of a statement that a rule replaced by nothing names no table, and would outlive the rule in connections that are kept.
  execute 'discard plans';
  raise sqlstate '23000' using message = format('a trigger on the table %s discards rows', name) || coalesce(': ' || suspects, '');
end $$;

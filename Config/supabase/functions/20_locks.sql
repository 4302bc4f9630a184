-- One person at a time: calls about one person follow each other, and no two calls wait for each other.
--
-- A call takes a lock for each person before it reads or changes anything of theirs: for those that it names (by the least form of their number,
-- by each of their identities and by their contact's id) and for those that these lead to in the database (by their contact's id). Locks are
-- taken in the order of their numbers. Whom a call finds is looked up while it holds its locks; where it finds a person whom it has not locked,
-- it releases all its locks and starts over with that person's among them.
--
-- The numbers are of the type that hashtextextended takes: a function of that name in `public` that takes an int would be the better match.

create or replace function switchboard.named_locks(batch jsonb) returns bigint[] language plpgsql stable as $$
begin
  return (
    with people as (
      select r.contact_id, least((select min(p) from jsonb_array_elements_text(r.phones) p), r.phone) as phone
      from (select * from jsonb_to_recordset(batch -> 'contacts') as c(contact_id text, phone text, phones jsonb)
            union all select * from jsonb_to_recordset(batch -> 'sessions') as s(contact_id text, phone text, phones jsonb)) r
    )
    select coalesce(array_agg(hashtextextended(k.key, 0::bigint)), '{}') from (
      select p.contact_id as key from people p union select p.phone from people p
      union select i.kind || '/' || s.scope || '/' || i.value from switchboard.given_identities(batch -> 'identities') i
      cross join lateral unnest(i.scopes) s(scope)
      union select i.contact_id::text from switchboard.item_contacts(batch) i) k
    where k.key is not null);
end $$;

create or replace function switchboard.found_locks(batch jsonb) returns bigint[] language plpgsql stable as $$
begin
  return (
    with strangers as (
      select c.contact_id, c.merged_into, c.phone, c.phones
      from jsonb_to_recordset(batch -> 'contacts') as c(contact_id uuid, merged_into uuid, phone text, phones jsonb)
      union all
      -- A session that is stored with its contact leads to nobody else.
      select x.contact_id, s.contact_id, x.phone, x.phones
      from jsonb_to_recordset(batch -> 'sessions') as x(session_id uuid, contact_id uuid, phone text, phones jsonb)
      left join lateral (select k.contact_id from public.sessions k where k.session_id = x.session_id limit 1) s on true
      where s.contact_id is distinct from x.contact_id
    ), identities as (
      select i.* from switchboard.given_identities(batch -> 'identities') i
    ), ids as (
      select s.contact_id from strangers s union select s.merged_into from strangers s
      union select g.contact_id from switchboard.given_changes(batch) g
      union
      select k.contact_id from identities i
      -- A look-up a scope: a list of them would be answered from a scan, where it was planned while the table was empty.
      cross join lateral unnest(i.scopes) c(scope)
      cross join lateral (
        select d.contact_id from public.identities d where d.kind = i.kind and d.scope = c.scope and d.value = i.value limit 1) k
    ), numbers as (
      select s.phone from strangers s union select p from strangers s cross join lateral jsonb_array_elements_text(s.phones) p
      union select i.number from identities i
      union select '+' || regexp_replace(g.former, '[^0-9]', '', 'g') from switchboard.given_changes(batch) g
    )
    select coalesce(array_agg(distinct hashtextextended(coalesce(switchboard.canonical(f.merged_into), f.contact_id)::text, 0::bigint)), '{}') from (
      select c.contact_id, c.merged_into from ids
      cross join lateral (select k.contact_id, k.merged_into from public.contacts k where k.contact_id = ids.contact_id limit 1) c
      union all
      select c.contact_id, c.merged_into from numbers
      cross join lateral (select k.contact_id, k.merged_into from public.contacts k where k.phone = numbers.phone limit 1) c
      union all
      -- Whose the number was before may be whom the batch means.
      select p.contact_id, p.merged_into from numbers
      cross join lateral (select k.number_from from public.contacts k where k.phone = numbers.phone limit 1) c
      cross join lateral (select k.contact_id, k.merged_into from public.contacts k where k.contact_id = c.number_from limit 1) p) f);
end $$;

-- Locks are counted for the whole server: a call with very many takes the one lock of all persons instead, of which every other takes a share.
create or replace function switchboard.take_locks(numbers bigint[]) returns void language plpgsql volatile as $$
declare
  everybody constant bigint := hashtextextended('switchboard', 0::bigint);
begin
  if cardinality(numbers) > 1000 then
    perform pg_advisory_xact_lock(everybody);
  else
    perform pg_advisory_xact_lock_shared(everybody);
    perform count(pg_advisory_xact_lock(l.number)) from (select distinct unnest(numbers) as number order by number) l;
  end if;
end $$;

-- Most batches are items of sessions that are active here and there and only move: one look at each tells, and nobody has to be placed.
create or replace function switchboard.look_at_sessions(
  batch jsonb, out is_plain boolean, out has_moves boolean, out has_news boolean, out known_contacts uuid[]) language plpgsql stable as $$
begin
  select not batch ? 'contacts' and not exists (select 1 from switchboard.given_changes(batch))
           and coalesce(bool_and(coalesce(k.plain, false)), true), coalesce(bool_or(k.moves), false),
         coalesce(bool_or(coalesce(k.news, true)), false), coalesce(array_agg(x.contact_id) filter (where k.known), '{}')
    into is_plain, has_moves, has_news, known_contacts
  from jsonb_to_recordset(batch -> 'sessions') as x(
    session_id uuid, contact_id uuid, customer_id text, phone text, phones jsonb, status text, last_activity timestamptz,
    expires_at timestamptz, changed boolean)
  left join lateral (
    select s.status = 'active' and s.expires_at > now() and s.contact_id = x.contact_id
           and x.status = 'active' and x.changed is not true as plain,
           s.contact_id = x.contact_id as known,
           s.last_activity < x.last_activity or s.expires_at < x.expires_at as moves,
           s.customer_id is distinct from x.customer_id or s.last_activity > x.last_activity or s.expires_at > x.expires_at
           or x.phone is not null and not coalesce(x.phones ? s.phone, false) as news
    from public.sessions s where s.session_id = x.session_id limit 1) k on true;
end $$;

-- Takes the locks of a batch, and says how its sessions are under them (`look_at_sessions`).
create or replace function switchboard.lock_persons(
  batch jsonb, out is_plain boolean, out has_moves boolean, out has_news boolean, out known_contacts uuid[]) language plpgsql volatile as $$
declare
  locked bigint[] := switchboard.named_locks(batch);
  found_persons bigint[];
begin
  loop
    begin
      perform switchboard.take_locks(locked);
      select * into is_plain, has_moves, has_news, known_contacts from switchboard.look_at_sessions(batch);
      exit when is_plain;
      found_persons := switchboard.found_locks(batch);
      exit when not exists (select unnest(found_persons) except select unnest(locked));
      -- The exception releases the locks that were taken within this block.
      raise sqlstate 'SB001';
    exception when sqlstate 'SB001' then
      locked := locked || found_persons;
    end;
  end loop;
end $$;

-- Switchboard's functions: all that the gateway writes goes through them, so that any number of instances agree.
-- Each takes one JSON object and answers one. Whoever calls must be service_role.
--
-- One person at a time: a call first takes a lock for each person that it names (least of the number's forms, else the contact's id), in the
-- order of the locks' numbers. Two calls about one person follow each other, and no two calls wait for each other.

create or replace function public.switchboard_time(t timestamptz) returns text
language sql stable set search_path = '' as $$
  select pg_catalog.to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

create or replace function public.switchboard_session_row(s public.sessions) returns jsonb
language sql stable set search_path = '' as $$
  select pg_catalog.jsonb_build_object(
    'session_id', s.session_id, 'contact_id', s.contact_id, 'customer_id', s.customer_id, 'phone', s.phone, 'channel', s.channel,
    'session_token', s.session_token, 'status', s.status, 'created_at', public.switchboard_time(s.created_at),
    'last_activity', public.switchboard_time(s.last_activity), 'expires_at', public.switchboard_time(s.expires_at), 'metadata', s.metadata)
$$;

create or replace function public.switchboard_contact_row(c public.contacts) returns jsonb
language sql stable set search_path = '' as $$
  select pg_catalog.jsonb_build_object(
    'contact_id', c.contact_id, 'phone', c.phone, 'customer_id', c.customer_id, 'display_name', c.display_name,
    'created_at', public.switchboard_time(c.created_at), 'updated_at', public.switchboard_time(c.updated_at), 'merged_into', c.merged_into)
$$;

-- 256 bits, URL-safe.
create or replace function public.switchboard_token() returns text
language sql volatile set search_path = '' as $$
  select pg_catalog.rtrim(pg_catalog.translate(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
    pg_catalog.gen_random_uuid()::text || pg_catalog.gen_random_uuid()::text || pg_catalog.gen_random_uuid()::text, 'UTF8')), 'base64'),
    '+/', '-_'), '=')
$$;

-- A UUID of version 7: 48 bits of milliseconds, the rest random.
create or replace function public.switchboard_uuid() returns uuid
language sql volatile set search_path = '' as $$
  select overlay(
    overlay(pg_catalog.replace(pg_catalog.gen_random_uuid()::text, '-', '')
      placing pg_catalog.lpad(pg_catalog.to_hex((extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint), 12, '0') from 1 for 12)
    placing '7' from 13 for 1)::uuid
$$;

-- A JSON merge patch (RFC 7396).
create or replace function public.switchboard_patch(target jsonb, patch jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  result jsonb := case when pg_catalog.jsonb_typeof(target) = 'object' then target else '{}'::jsonb end;
  name text;
  value jsonb;
begin
  if pg_catalog.jsonb_typeof(patch) <> 'object' then return patch; end if;
  for name, value in select p.key, p.value from pg_catalog.jsonb_each(patch) p loop
    if pg_catalog.jsonb_typeof(value) = 'null' then
      result := result - name;
    else
      result := result || pg_catalog.jsonb_build_object(name, public.switchboard_patch(result -> name, value));
    end if;
  end loop;
  return result;
end $$;

-- The locks of all persons that a batch names.
create or replace function public.switchboard_lock(batch jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform pg_catalog.count(pg_catalog.pg_advisory_xact_lock(l.number)) from (
    select distinct pg_catalog.hashtextextended(k.key, 0) as number from (
      select coalesce((select min(p) from pg_catalog.jsonb_array_elements_text(r -> 'phones') p), r ->> 'phone', r ->> 'contact_id') as key
      from (select * from pg_catalog.jsonb_array_elements(batch -> 'contacts')
            union all select * from pg_catalog.jsonb_array_elements(batch -> 'sessions')) rows(r)
      union all
      select r ->> 'kind' || '/' || (r ->> 'scope') || '/' || (r ->> 'value')
      from pg_catalog.jsonb_array_elements(batch -> 'identities') r where r ->> 'kind' <> 'phone') k
    where k.key is not null order by number) l;
end $$;

-- The contact that an id stands for by now; null for one that is not stored.
create or replace function public.switchboard_canonical(id uuid) returns uuid
language plpgsql stable set search_path = '' as $$
declare
  here uuid;
  next uuid := id;
begin
  while next is not null loop
    here := next;
    select c.merged_into into next from public.contacts c where c.contact_id = here;
    if not found then return null; end if;
  end loop;
  return here;
end $$;

-- Of two active sessions of one person the older goes on, and the other leads to it, with its items. Where clients named two customers, as
-- they can while instances do not know of each other, the younger ends instead: nothing is shown of the other's session.
create or replace function public.switchboard_merge_sessions(younger uuid, older uuid) returns void
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  lost public.sessions;
  stays public.sessions;
begin
  select * into lost from public.sessions s where s.session_id = younger;
  select * into stays from public.sessions s where s.session_id = older;
  if lost.customer_id <> stays.customer_id
     and lost.customer_id not in (coalesce(lost.phone, ''), lost.contact_id::text, coalesce(stays.phone, ''))
     and stays.customer_id not in (coalesce(stays.phone, ''), stays.contact_id::text, coalesce(lost.phone, '')) then
    update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, pg_catalog.now()) where s.session_id = younger;
    return;
  end if;
  update public.sessions s set status = 'merged', metadata = s.metadata || pg_catalog.jsonb_build_object('merged_into', older)
  where s.session_id = younger returning s.* into lost;
  update public.sessions s set
    last_activity = greatest(s.last_activity, lost.last_activity), expires_at = greatest(s.expires_at, lost.expires_at),
    customer_id = case when s.customer_id is null or s.customer_id = s.phone or s.customer_id = s.contact_id::text
                       then coalesce(lost.customer_id, s.customer_id) else s.customer_id end
  where s.session_id = older;
  update public.messages m set session_id = older where m.session_id = younger;
  update public.events e set session_id = older where e.session_id = younger;
  -- Whatever led to the lost one leads to its survivor at once: a look-up takes one step.
  update public.sessions s set metadata = s.metadata || pg_catalog.jsonb_build_object('merged_into', older)
  where s.contact_id = lost.contact_id and s.status = 'merged' and s.metadata ->> 'merged_into' = younger::text;
end $$;

-- Two contacts turned out to be one person: the loser's row stays and leads to the survivor, and so do its identities and sessions.
create or replace function public.switchboard_merge_contacts(loser uuid, survivor uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  lost public.contacts;
  mine public.sessions;
  theirs public.sessions;
begin
  select * into lost from public.contacts c where c.contact_id = loser;
  update public.contacts c set phone = null, merged_into = survivor, updated_at = greatest(c.updated_at, pg_catalog.now()) where c.contact_id = loser;
  update public.contacts c set merged_into = survivor where c.merged_into = loser;
  update public.contacts c set
    phone = coalesce(c.phone, lost.phone), customer_id = coalesce(c.customer_id, lost.customer_id),
    display_name = coalesce(c.display_name, lost.display_name)
  where c.contact_id = survivor;
  update public.identities i set contact_id = survivor where i.contact_id = loser;
  update public.sessions s set status = 'expired'
  where s.contact_id in (loser, survivor) and s.status = 'active' and s.expires_at <= pg_catalog.now();
  select * into theirs from public.sessions s where s.contact_id = loser and s.status = 'active';
  select * into mine from public.sessions s where s.contact_id = survivor and s.status = 'active';
  if theirs.session_id is not null and mine.session_id is not null then
    if (mine.created_at, mine.session_id) <= (theirs.created_at, theirs.session_id) then
      perform public.switchboard_merge_sessions(theirs.session_id, mine.session_id);
    else
      perform public.switchboard_merge_sessions(mine.session_id, theirs.session_id);
    end if;
  end if;
  update public.sessions s set contact_id = survivor, phone = coalesce(c.phone, s.phone)
  from public.contacts c where c.contact_id = survivor and s.contact_id = loser;
end $$;

-- The number that an identity is, as it was received with its country code; null for any other identity.
create or replace function public.switchboard_e164(identity jsonb) returns text
language sql immutable set search_path = '' as $$
  select case when identity ->> 'kind' = 'phone' and coalesce(identity ->> 'scope', '') = ''
    then '+' || pg_catalog.regexp_replace(identity ->> 'value', '[^0-9]', '', 'g') end
$$;

-- Stores a contact as an instance knows it, and returns the one that it is: one person, one contact.
create or replace function public.switchboard_place_contact(incoming jsonb, identities jsonb) returns uuid
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  given uuid := (incoming ->> 'contact_id')::uuid;
  number text := incoming ->> 'phone';
  numbers text[] := case when incoming ->> 'phone' is null then '{}' else array(
    select pg_catalog.jsonb_array_elements_text(coalesce(incoming -> 'phones', '[]'::jsonb)) union select incoming ->> 'phone') end;
  customer text := incoming ->> 'customer_id';
  made timestamptz := coalesce((incoming ->> 'created_at')::timestamptz, pg_catalog.now());
  changed timestamptz := coalesce((incoming ->> 'updated_at')::timestamptz, made);
  successor uuid := (incoming ->> 'merged_into')::uuid;
  own uuid := public.switchboard_canonical(given);
  mine public.contacts;
  other public.contacts;
  is_new boolean := own is null;
begin
  -- An instance that had never met the person was told that their number changed: it is whoever has the number from which they come.
  if own is null then
    select c.* into other from pg_catalog.jsonb_array_elements(identities) r
    cross join lateral (select k.* from public.contacts k where k.phone = public.switchboard_e164(r) limit 1) c
    where c.phone <> all (numbers) and c.created_at < changed
      and (customer is null or c.customer_id is null or customer = c.customer_id)
    order by c.created_at limit 1;
    if found then
      insert into public.contacts (contact_id, merged_into, created_at, updated_at) values (given, other.contact_id, made, changed);
      own := other.contact_id;
      is_new := false;
    end if;
  end if;
  if own is null then
    insert into public.contacts (contact_id, customer_id, display_name, created_at, updated_at)
    values (given, customer, incoming ->> 'display_name', made, changed);
    own := given;
  end if;
  select * into mine from public.contacts c where c.contact_id = own;

  -- The instance has merged it by itself.
  if successor is not null then
    if public.switchboard_canonical(successor) is null then
      insert into public.contacts (contact_id, created_at, updated_at) values (successor, made, made);
    end if;
    successor := public.switchboard_canonical(successor);
    if successor <> own then perform public.switchboard_merge_contacts(own, successor); end if;
    return successor;
  end if;

  -- A row of a stored contact that is older than what is stored tells nothing.
  if not is_new and changed > mine.updated_at then
    update public.contacts c set
      customer_id = coalesce(customer, c.customer_id), display_name = coalesce(incoming ->> 'display_name', c.display_name), updated_at = changed
    where c.contact_id = own;
  end if;

  if number is not null and (is_new or mine.phone is null or (changed > mine.updated_at and mine.phone <> all (numbers))) then
    select * into other from public.contacts c where c.phone = any (numbers) and c.contact_id <> own limit 1;
    if not found then
      update public.contacts c set phone = number where c.contact_id = own;
      update public.sessions s set phone = number where s.contact_id = own and s.status = 'active';
    elsif mine.phone is not null and customer is not null and other.customer_id is not null and customer <> other.customer_id then
      -- Numbers pass from one customer to another: the later word counts.
      if changed > other.updated_at then
        update public.contacts c set phone = null where c.contact_id = other.contact_id;
        update public.contacts c set phone = number where c.contact_id = own;
        update public.sessions s set phone = number where s.contact_id = own and s.status = 'active';
      end if;
    else
      if mine.phone is not null then update public.contacts c set phone = null where c.contact_id = own; end if;
      if (other.created_at, other.contact_id) <= (mine.created_at, mine.contact_id) then
        perform public.switchboard_merge_contacts(own, other.contact_id);
        own := other.contact_id;
      else
        perform public.switchboard_merge_contacts(other.contact_id, own);
      end if;
    end if;
  end if;

  -- The same provider's id is the same person, unless the business knows two customers.
  for other in
    select distinct c.* from pg_catalog.jsonb_array_elements(identities) r
    cross join lateral (
      select k.contact_id from public.identities k
      where k.kind = r ->> 'kind' and k.scope = r ->> 'scope' and k.value = r ->> 'value' limit 1) i
    cross join lateral (select k.* from public.contacts k where k.contact_id = i.contact_id limit 1) c
    where r ->> 'kind' <> 'phone' and i.contact_id <> own and c.merged_into is null
    order by c.contact_id
  loop
    select * into mine from public.contacts c where c.contact_id = own;
    continue when other.contact_id = own;
    continue when mine.customer_id is not null and other.customer_id is not null and mine.customer_id <> other.customer_id;
    continue when mine.phone is not null and other.phone is not null;
    if (other.created_at, other.contact_id) <= (mine.created_at, mine.contact_id) then
      perform public.switchboard_merge_contacts(own, other.contact_id);
      own := other.contact_id;
    else
      perform public.switchboard_merge_contacts(other.contact_id, own);
    end if;
  end loop;

  insert into public.identities as i (kind, scope, value, contact_id, first_seen)
  select r ->> 'kind', r ->> 'scope', r ->> 'value', own, coalesce((r ->> 'first_seen')::timestamptz, pg_catalog.now())
  from pg_catalog.jsonb_array_elements(identities) r order by 1, 2, 3
  on conflict (kind, scope, value) do update set contact_id = excluded.contact_id where i.contact_id <> excluded.contact_id;
  return own;
end $$;

-- Contacts that are nobody else: neither their id, nor a form of their number, nor an identity of theirs is stored, or is another's in the
-- batch. They are most of those that come for the first time; all in one go. Returns their ids.
create or replace function public.switchboard_place_new_contacts(contacts jsonb, identities jsonb) returns uuid[]
language plpgsql volatile set search_path = '' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  placed uuid[];
begin
  with named as (
    select i.kind, i.scope, i.value, i.contact_id, i.first_seen,
           pg_catalog.count(*) over (partition by i.kind, i.scope, i.value) > 1 or k.is_known is not null or p.is_known is not null as is_taken
    from pg_catalog.jsonb_to_recordset(identities) as i(kind text, scope text, value text, contact_id uuid, first_seen timestamptz)
    left join lateral (
      select true as is_known from public.identities d where d.kind = i.kind and d.scope = i.scope and d.value = i.value limit 1) k on true
    -- A number, present or former, that somebody has.
    left join lateral (
      select true as is_known from public.contacts c
      where i.kind = 'phone' and i.scope = '' and c.phone = '+' || pg_catalog.regexp_replace(i.value, '[^0-9]', '', 'g') limit 1) p on true
  ), entangled as (
    select distinct n.contact_id from named n where n.is_taken
  ), incoming as (
    select (r ->> 'contact_id')::uuid as contact_id, r ->> 'phone' as phone, r ->> 'customer_id' as customer_id,
           r ->> 'display_name' as display_name, (r ->> 'created_at')::timestamptz as created_at, (r ->> 'updated_at')::timestamptz as updated_at,
           n.numbers, pg_catalog.count(*) over (partition by coalesce(n.least, r ->> 'contact_id')) > 1 as is_twice
    from pg_catalog.jsonb_array_elements(contacts) r
    cross join lateral (
      select pg_catalog.array_agg(p) as numbers, min(p) as least
      from (select pg_catalog.jsonb_array_elements_text(r -> 'phones') as p union select r ->> 'phone') p where p is not null) n
    where r ->> 'merged_into' is null
  ), fresh as (
    select i.* from incoming i
    left join lateral (select true as is_known from public.contacts c where c.contact_id = i.contact_id limit 1) a on true
    left join lateral (select true as is_known from public.contacts c where c.phone = any (i.numbers) limit 1) b on true
    where not i.is_twice and a.is_known is null and b.is_known is null and i.contact_id not in (select e.contact_id from entangled e)
  ), stored as (
    insert into public.contacts (contact_id, phone, customer_id, display_name, created_at, updated_at)
    select f.contact_id, f.phone, f.customer_id, f.display_name, coalesce(f.created_at, pg_catalog.now()),
           coalesce(f.updated_at, f.created_at, pg_catalog.now())
    from fresh f order by f.contact_id
    on conflict do nothing
    returning contact_id
  ), linked as (
    insert into public.identities (kind, scope, value, contact_id, first_seen)
    select n.kind, n.scope, n.value, n.contact_id, coalesce(n.first_seen, pg_catalog.now())
    from named n where n.contact_id in (select t.contact_id from stored t) order by n.kind, n.scope, n.value
    on conflict do nothing
  )
  select pg_catalog.array_agg(t.contact_id) into placed from stored t;
  return coalesce(placed, '{}');
end $$;

-- Columns that the project has added keep their defaults.
create or replace function public.switchboard_insert_session(s public.sessions) returns void
language sql volatile set search_path = '' as $$
  insert into public.sessions
    (session_id, customer_id, phone, channel, session_token, status, created_at, last_activity, expires_at, metadata, contact_id)
  values
    (s.session_id, s.customer_id, s.phone, s.channel, s.session_token, s.status, s.created_at, s.last_activity, s.expires_at, s.metadata,
     s.contact_id)
$$;

-- Stores a session as an instance knows it: at most one active a person, and what has ended stays ended.
create or replace function public.switchboard_place_session(incoming jsonb) returns void
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  given public.sessions := pg_catalog.jsonb_populate_record(null::public.sessions, incoming);
  is_changed boolean := coalesce((incoming ->> 'changed')::boolean, false);
  stored public.sessions;
  active public.sessions;
  contact public.contacts;
begin
  given.contact_id := public.switchboard_canonical(given.contact_id);
  select c.* into contact from public.contacts c where c.contact_id = given.contact_id;
  given.contact_id := contact.contact_id;
  given.phone := coalesce(contact.phone, given.phone);
  given.metadata := coalesce(given.metadata, '{}'::jsonb);
  if contact.customer_id is not null and (given.customer_id is null or given.customer_id in (given.phone, incoming ->> 'contact_id')) then
    given.customer_id := contact.customer_id;
  end if;
  select * into stored from public.sessions s where s.session_id = given.session_id;

  if found then
    if stored.status <> 'active' then return; end if;
    update public.sessions s set
      last_activity = greatest(s.last_activity, given.last_activity),
      expires_at = case given.status when 'logged_out' then least(s.expires_at, given.expires_at)
                                     else greatest(s.expires_at, given.expires_at) end,
      status = case given.status
        when 'expired' then case when greatest(s.expires_at, given.expires_at) <= pg_catalog.now() then 'expired' else 'active' end
        else given.status end,
      customer_id = case when s.customer_id is null or s.customer_id in (s.phone, s.contact_id::text)
                         then coalesce(given.customer_id, s.customer_id) else s.customer_id end,
      metadata = case
        when given.status = 'merged' then s.metadata || given.metadata
        when not is_changed then s.metadata
        when given.last_activity > s.last_activity then s.metadata || given.metadata
        else given.metadata || s.metadata end
    where s.session_id = given.session_id;
    return;
  end if;

  if given.status = 'active' and given.expires_at <= pg_catalog.now() then given.status := 'expired'; end if;
  if given.status = 'active' then
    update public.sessions s set status = 'expired'
    where s.contact_id = given.contact_id and s.status = 'active' and s.expires_at <= pg_catalog.now();
    select * into active from public.sessions s where s.contact_id = given.contact_id and s.status = 'active';
    if found then
      if (active.created_at, active.session_id) <= (given.created_at, given.session_id) then
        given.status := 'expired';
        perform public.switchboard_insert_session(given);
        perform public.switchboard_merge_sessions(given.session_id, active.session_id);
      else
        update public.sessions s set status = 'expired' where s.session_id = active.session_id;
        perform public.switchboard_insert_session(given);
        perform public.switchboard_merge_sessions(active.session_id, given.session_id);
      end if;
      return;
    end if;
  end if;
  perform public.switchboard_insert_session(given);
end $$;

-- Active sessions that come for the first time, of contacts that have no active one; all in one go. Returns their ids.
create or replace function public.switchboard_place_new_sessions(sessions jsonb) returns uuid[]
language plpgsql volatile set search_path = '' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  placed uuid[];
begin
  with stored as (
    insert into public.sessions
      (session_id, customer_id, phone, channel, session_token, status, created_at, last_activity, expires_at, metadata, contact_id)
    select x.session_id,
           case when c.customer_id is not null and (x.customer_id is null or x.customer_id in (c.phone, x.phone, x.contact_id::text))
                then c.customer_id else x.customer_id end,
           coalesce(c.phone, x.phone), x.channel, x.session_token, x.status, x.created_at, x.last_activity, x.expires_at,
           coalesce(x.metadata, '{}'::jsonb), x.contact_id
    from pg_catalog.jsonb_to_recordset(sessions) as x(
      session_id uuid, customer_id text, phone text, channel text, session_token text, status text, created_at timestamptz,
      last_activity timestamptz, expires_at timestamptz, metadata jsonb, contact_id uuid)
    left join lateral (select true as is_known from public.sessions s where s.session_id = x.session_id limit 1) k on true
    left join lateral (
      select true as is_known from public.sessions s where s.contact_id = x.contact_id and s.status = 'active' limit 1) a on true
    cross join lateral (
      select n.phone, n.customer_id from public.contacts n where n.contact_id = x.contact_id and n.merged_into is null limit 1) c
    where x.status = 'active' and x.expires_at > pg_catalog.now() and k.is_known is null and a.is_known is null
    order by x.created_at, x.session_id
    on conflict do nothing
    returning session_id
  )
  select pg_catalog.array_agg(t.session_id) into placed from stored t;
  return coalesce(placed, '{}');
end $$;

-- Contacts that a batch names and that neither it nor the database has, as far as the session tells of them; `known` need not be looked for.
create or replace function public.switchboard_place_unknown_contacts(batch jsonb, known uuid[]) returns void
-- A plan for each list of known ones would take longer than it saves.
language plpgsql volatile set search_path = '' set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  row jsonb;
begin
  for row in
    select r from pg_catalog.jsonb_array_elements(batch -> 'sessions') r
    left join lateral (
      select true as is_known from public.contacts c
      where (r ->> 'contact_id')::uuid <> all (known) and c.contact_id = (r ->> 'contact_id')::uuid limit 1) k on true
    where (r ->> 'contact_id')::uuid <> all (known) and k.is_known is null order by r ->> 'contact_id'
  loop
    perform public.switchboard_place_contact(
      pg_catalog.jsonb_build_object(
        'contact_id', row -> 'contact_id', 'phone', row -> 'phone', 'phones', row -> 'phones', 'created_at', row -> 'created_at',
        'customer_id', case when row ->> 'customer_id' in (row ->> 'phone', row ->> 'contact_id') then 'null'::jsonb else row -> 'customer_id' end),
      '[]'::jsonb);
  end loop;
  insert into public.contacts (contact_id)
  select distinct (r ->> 'contact_id')::uuid
  from (select * from pg_catalog.jsonb_array_elements(batch -> 'messages')
        union all select * from pg_catalog.jsonb_array_elements(batch -> 'events')) rows(r)
  left join lateral (
    select true as is_known from public.contacts c
    where (r ->> 'contact_id')::uuid <> all (known) and c.contact_id = (r ->> 'contact_id')::uuid limit 1) k on true
  where r ->> 'contact_id' is not null and (r ->> 'contact_id')::uuid <> all (known) and k.is_known is null
  order by 1 on conflict do nothing;
end $$;

-- Where the items of a session belong that is not active any more: {"<session>": {"to": uuid, "since": time, "all": boolean}}.
-- A merged session's items belong to its survivor. What a person did after a session had ended belongs to the next one, which is opened
-- where there is none.
create or replace function public.switchboard_redirections(batch jsonb) returns jsonb
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  redirections jsonb := '{}'::jsonb;
  ended public.sessions;
  target public.sessions;
  first_late timestamptz;
begin
  for ended in
    select s.* from pg_catalog.jsonb_array_elements(batch -> 'sessions') r
    cross join lateral (select k.* from public.sessions k where k.session_id = (r ->> 'session_id')::uuid limit 1) s
    where s.status <> 'active' order by r ->> 'session_id'
  loop
    target := null;
    if ended.status = 'merged' then
      select * into target from public.sessions s where s.session_id = (ended.metadata ->> 'merged_into')::uuid;
      continue when not found;
      redirections := redirections || pg_catalog.jsonb_build_object(
        ended.session_id, pg_catalog.jsonb_build_object('to', target.session_id, 'since', '-infinity', 'all', true));
      continue when target.status = 'active';
    else
      target := ended;
    end if;
    select min((r ->> 'received_at')::timestamptz) into first_late
    from (select m, true from pg_catalog.jsonb_array_elements(batch -> 'messages') m
          union all select e, false from pg_catalog.jsonb_array_elements(batch -> 'events') e) rows(r, is_message)
    where r ->> 'session_id' = ended.session_id::text and (r ->> 'moves')::boolean
      and (r ->> 'received_at')::timestamptz >= target.expires_at
      -- What is stored already has its place.
      and not case when is_message then exists (
          select 1 from public.messages m
          where m.provider = r ->> 'provider' and m.account = r ->> 'account' and m.external_id = r ->> 'external_id' limit 1)
        else exists (
          select 1 from public.events e
          where e.provider = r ->> 'provider' and e.account = r ->> 'account' and e.external_id = r ->> 'external_id'
            and e.type = r ->> 'type' limit 1) end;
    continue when first_late is null;
    -- The journal has it as ended, too: it belongs there.
    continue when exists (
      select 1 from pg_catalog.jsonb_array_elements(batch -> 'sessions') r
      where r ->> 'session_id' = ended.session_id::text and r ->> 'status' <> 'active');
    redirections := redirections || pg_catalog.jsonb_build_object(
      ended.session_id, pg_catalog.jsonb_build_object(
        'to', public.switchboard_successor(target, first_late, (
          select (r ->> 'expires_at')::timestamptz from pg_catalog.jsonb_array_elements(batch -> 'sessions') r
          where r ->> 'session_id' = ended.session_id::text limit 1)),
        'since', target.expires_at, 'all', false));
  end loop;
  return redirections;
end $$;

-- The session that goes on after an ended one, opened where there is none.
create or replace function public.switchboard_successor(ended public.sessions, at timestamptz, until timestamptz) returns uuid
language plpgsql volatile set search_path = '' as $$
declare
  successor uuid;
begin
  update public.sessions s set status = 'expired'
  where s.contact_id = ended.contact_id and s.status = 'active' and s.expires_at <= pg_catalog.now();
  update public.sessions s set last_activity = greatest(s.last_activity, at), expires_at = greatest(s.expires_at, until)
  where s.contact_id = ended.contact_id and s.status = 'active' returning s.session_id into successor;
  if successor is null then
    insert into public.sessions
      (session_id, customer_id, phone, channel, session_token, status, created_at, last_activity, expires_at, contact_id)
    values
      (public.switchboard_uuid(), ended.customer_id, ended.phone, ended.channel, public.switchboard_token(),
       case when until > pg_catalog.now() then 'active' else 'expired' end, least(at, pg_catalog.now()), at, until, ended.contact_id)
    returning session_id into successor;
  end if;
  return successor;
end $$;

-- Takes a batch of rows of a gateway's journal: all of it or nothing, and once, however often it comes.
create or replace function public.switchboard_ingest(batch jsonb) returns jsonb
language plpgsql volatile security invoker
-- Plans that were made while tables were empty must not scan them when they are full.
set search_path = '' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  received jsonb;
  rows_received bigint;
  redirected jsonb := '{}'::jsonb;
  row jsonb;
  stored_messages bigint := 0;
  stored_statuses bigint := 0;
  stored_events bigint := 0;
  stored_letters bigint := 0;
  is_plain boolean;
  has_moves boolean;
  has_news boolean;
  known_contacts uuid[];
  has_ended boolean := false;
  new_contacts uuid[] := '{}';
  new_sessions uuid[] := '{}';
begin
  if pg_catalog.jsonb_typeof(batch) is distinct from 'object' or batch ->> 'version' is distinct from '1' then
    raise sqlstate '22023' using message = 'batch must be an object of version 1';
  end if;
  select coalesce(pg_catalog.jsonb_object_agg(l.key, pg_catalog.jsonb_array_length(l.value)), '{}'::jsonb),
         coalesce(pg_catalog.sum(pg_catalog.jsonb_array_length(l.value)), 0)
    into received, rows_received
  from pg_catalog.jsonb_each(batch) l where pg_catalog.jsonb_typeof(l.value) = 'array';
  if rows_received > 5000 then
    raise sqlstate '54000' using message = 'at most 5000 rows a call';
  end if;
  perform public.switchboard_lock(batch);

  -- Most batches are items of sessions that are active here and there and only move: one look at each tells, and nobody has to be placed.
  select not batch ? 'contacts' and coalesce(pg_catalog.bool_and(coalesce(k.is_plain, false)), true),
         coalesce(pg_catalog.bool_or(coalesce(k.moves, true)), false), coalesce(pg_catalog.bool_or(coalesce(k.is_news, true)), false),
         coalesce(pg_catalog.array_agg(x.contact_id) filter (where k.is_known), '{}')
    into is_plain, has_moves, has_news, known_contacts
  from pg_catalog.jsonb_to_recordset(batch -> 'sessions') as x(
    session_id uuid, contact_id uuid, customer_id text, status text, last_activity timestamptz, expires_at timestamptz, changed boolean)
  left join lateral (
    select s.status = 'active' and s.expires_at > pg_catalog.now() and s.contact_id = x.contact_id
           and x.status = 'active' and x.changed is not true as is_plain,
           s.contact_id = x.contact_id as is_known,
           s.last_activity < x.last_activity or s.expires_at < x.expires_at as moves,
           s.customer_id is distinct from x.customer_id or s.last_activity > x.last_activity or s.expires_at > x.expires_at as is_news
    from public.sessions s where s.session_id = x.session_id limit 1) k on true;
  has_news := has_news or not is_plain;

  if not is_plain then
    if batch ? 'contacts' then
      new_contacts := public.switchboard_place_new_contacts(batch -> 'contacts', coalesce(batch -> 'identities', '[]'::jsonb));
    end if;
    for row in
      select r from pg_catalog.jsonb_array_elements(batch -> 'contacts') r
      where (r ->> 'contact_id')::uuid <> all (new_contacts) order by r ->> 'contact_id'
    loop
      perform public.switchboard_place_contact(row, coalesce(
        (select pg_catalog.jsonb_agg(i) from pg_catalog.jsonb_array_elements(batch -> 'identities') i
         where i ->> 'contact_id' = row ->> 'contact_id'), '[]'::jsonb));
    end loop;
    known_contacts := known_contacts || new_contacts;
  end if;
  perform public.switchboard_place_unknown_contacts(batch, known_contacts);

  -- What only moved, moves.
  if has_moves then
    update public.sessions s set last_activity = greatest(s.last_activity, x.last_activity), expires_at = greatest(s.expires_at, x.expires_at)
    from pg_catalog.jsonb_to_recordset(batch -> 'sessions')
      as x(session_id uuid, status text, last_activity timestamptz, expires_at timestamptz, changed boolean)
    -- coalesce keeps the planner from the index of active sessions, all of which it would read for each batch.
    where s.session_id = x.session_id and coalesce(s.status, '') = 'active' and x.status = 'active' and x.changed is not true
      and (s.last_activity < x.last_activity or s.expires_at < x.expires_at);
  end if;
  if not is_plain then
    new_sessions := public.switchboard_place_new_sessions(batch -> 'sessions');
    for row in
      select r from pg_catalog.jsonb_array_elements(batch -> 'sessions') r
      -- A look-up a row: `not exists` would be answered from a scan of the whole index.
      left join lateral (select true as is_known from public.sessions s where s.session_id = (r ->> 'session_id')::uuid limit 1) k on true
      where ((r ->> 'changed')::boolean or r ->> 'status' <> 'active' or k.is_known is null)
        and (r ->> 'session_id')::uuid <> all (new_sessions)
      order by r ->> 'created_at', r ->> 'session_id'
    loop
      perform public.switchboard_place_session(row);
    end loop;

    select exists (
      select 1 from pg_catalog.jsonb_array_elements(batch -> 'sessions') r
      cross join lateral (select s.status from public.sessions s where s.session_id = (r ->> 'session_id')::uuid limit 1) s
      where s.status <> 'active') into has_ended;
    if has_ended then redirected := public.switchboard_redirections(batch); end if;
  end if;

  insert into public.messages (
    message_id, session_id, contact_id, provider, account, line, external_id, channel, direction, sender, type, text, content, context,
    sent_at, received_at, delivery_id)
  select m.message_id, coalesce(
           case when has_ended and ((redirected -> m.session_id::text ->> 'all')::boolean
                  or m.moves and m.received_at >= (redirected -> m.session_id::text ->> 'since')::timestamptz)
                then (redirected -> m.session_id::text ->> 'to')::uuid end, m.session_id),
         c.id, m.provider, m.account, m.line, m.external_id, m.channel, m.direction, m.sender, m.type, m.text,
         coalesce(m.content, '{}'::jsonb), m.context, m.sent_at, m.received_at, m.delivery_id
  from pg_catalog.jsonb_to_recordset(batch -> 'messages') as m(
    message_id uuid, session_id uuid, contact_id uuid, provider text, account text, line text, external_id text, channel text, direction text,
    sender text, type text, text text, content jsonb, context jsonb, sent_at timestamptz, received_at timestamptz, delivery_id uuid, moves boolean)
  left join lateral (select coalesce(k.merged_into, k.contact_id) as id from public.contacts k where k.contact_id = m.contact_id limit 1) c on true
  order by m.provider, m.account, m.external_id
  on conflict do nothing;
  get diagnostics stored_messages = row_count;

  if batch ? 'events' then
    insert into public.events (
      event_id, kind, type, session_id, contact_id, provider, account, line, external_id, data, occurred_at, received_at, delivery_id)
    select m.event_id, m.kind, m.type, coalesce(
             case when has_ended and ((redirected -> m.session_id::text ->> 'all')::boolean
                    or m.moves and m.received_at >= (redirected -> m.session_id::text ->> 'since')::timestamptz)
                  then (redirected -> m.session_id::text ->> 'to')::uuid end, m.session_id),
           c.id, m.provider, m.account, m.line, m.external_id, coalesce(m.data, '{}'::jsonb), m.occurred_at, m.received_at, m.delivery_id
    from pg_catalog.jsonb_to_recordset(batch -> 'events') as m(
      event_id uuid, kind text, type text, session_id uuid, contact_id uuid, provider text, account text, line text, external_id text, data jsonb,
      occurred_at timestamptz, received_at timestamptz, delivery_id uuid, moves boolean)
    left join lateral (select coalesce(k.merged_into, k.contact_id) as id from public.contacts k where k.contact_id = m.contact_id limit 1) c on true
    order by m.provider, m.account, m.external_id, m.type
    on conflict do nothing;
    get diagnostics stored_events = row_count;
  end if;

  if batch ? 'message_statuses' then
    insert into public.message_statuses (
      provider, account, line, external_id, status, occurred_at, received_at, recipient, errors, detail, delivery_id, item_key)
    select m.provider, m.account, m.line, m.external_id, m.status, m.occurred_at, m.received_at, m.recipient, m.errors, m.detail, m.delivery_id,
           m.item_key
    from pg_catalog.jsonb_to_recordset(batch -> 'message_statuses') as m(
      provider text, account text, line text, external_id text, status text, occurred_at timestamptz, received_at timestamptz, recipient text,
      errors jsonb, detail jsonb, delivery_id uuid, item_key text)
    order by m.item_key
    on conflict do nothing;
    get diagnostics stored_statuses = row_count;
  end if;

  if batch ? 'dead_letters' then
    insert into public.dead_letters (dead_letter_id, stage, reason, detail, delivery_id, record, created_at, resolved_at, fingerprint)
    select distinct on (coalesce(m.fingerprint, m.dead_letter_id::text))
           m.dead_letter_id, m.stage, m.reason, m.detail, m.delivery_id, m.record, m.created_at, m.resolved_at, m.fingerprint
    from pg_catalog.jsonb_to_recordset(batch -> 'dead_letters') as m(
      dead_letter_id uuid, stage text, reason text, detail text, delivery_id uuid, record jsonb, created_at timestamptz, resolved_at timestamptz,
      fingerprint text)
    order by coalesce(m.fingerprint, m.dead_letter_id::text), m.resolved_at
    -- It comes again when somebody settled it, perhaps in the same call.
    on conflict (fingerprint) do update set resolved_at = excluded.resolved_at
    where dead_letters.resolved_at is null and excluded.resolved_at is not null;
    get diagnostics stored_letters = row_count;
  end if;

  return pg_catalog.jsonb_build_object(
    'version', 1, 'batch_id', batch -> 'batch_id',
    'received', received,
    'stored', pg_catalog.jsonb_build_object(
      'messages', stored_messages, 'message_statuses', stored_statuses, 'events', stored_events, 'dead_letters', stored_letters),
    'contacts', case when is_plain then '[]'::jsonb else (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('contact_id', g.id, 'canonical', public.switchboard_contact_row(row(c.*)::public.contacts))), '[]'::jsonb)
      from (select distinct (r ->> 'contact_id')::uuid as id
            from (select * from pg_catalog.jsonb_array_elements(batch -> 'contacts')
                  union all select * from pg_catalog.jsonb_array_elements(batch -> 'sessions')) rows(r)) g
      cross join lateral (select k.merged_into from public.contacts k where k.contact_id = g.id and k.merged_into is not null limit 1) l
      cross join lateral (select k.* from public.contacts k where k.contact_id = public.switchboard_canonical(l.merged_into) limit 1) c) end,
    'sessions', case when not has_news then '[]'::jsonb else (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'session_id', x.session_id, 'status', s.status, 'stored', public.switchboard_session_row(row(s.*)::public.sessions),
        'successor', case when s.status <> 'active' then (
          select public.switchboard_session_row(a) from public.sessions a where a.contact_id = s.contact_id and a.status = 'active' limit 1) end)), '[]'::jsonb)
      from pg_catalog.jsonb_to_recordset(batch -> 'sessions') as x(
        session_id uuid, contact_id uuid, customer_id text, status text, last_activity timestamptz, expires_at timestamptz, metadata jsonb,
        changed boolean)
      cross join lateral (select k.* from public.sessions k where k.session_id = x.session_id limit 1) s
      where s.status <> x.status or s.contact_id <> x.contact_id or s.customer_id is distinct from x.customer_id
        or s.last_activity <> x.last_activity or s.expires_at <> x.expires_at or (x.changed and s.metadata <> x.metadata)) end,
    'moved', case when not has_ended then '[]'::jsonb else (
      select coalesce(pg_catalog.jsonb_agg(moved.entry), '[]'::jsonb) from (
        select pg_catalog.jsonb_build_object('message_id', m.message_id, 'session_id', m.session_id) as entry
        from pg_catalog.jsonb_array_elements(batch -> 'messages') r
        cross join lateral (select k.* from public.messages k where k.message_id = (r ->> 'message_id')::uuid limit 1) m
        where m.session_id::text <> r ->> 'session_id'
        union all
        select pg_catalog.jsonb_build_object('event_id', m.event_id, 'session_id', m.session_id)
        from pg_catalog.jsonb_array_elements(batch -> 'events') r
        cross join lateral (select k.* from public.events k where k.event_id = (r ->> 'event_id')::uuid limit 1) m
        where m.session_id::text <> r ->> 'session_id') moved) end);
end $$;

-- Opens or restores the session of a person.
create or replace function public.switchboard_start(request jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = '' set enable_seqscan = off
as $$
declare
  placed uuid;
  contact public.contacts;
  draft public.sessions := pg_catalog.jsonb_populate_record(null::public.sessions, request -> 'session');
  live public.sessions;
  named text := request ->> 'customer_id';
  until timestamptz;
  is_new boolean := false;
begin
  perform public.switchboard_lock(pg_catalog.jsonb_build_object(
    'contacts', pg_catalog.jsonb_build_array(request -> 'contact'), 'identities', coalesce(request -> 'identities', '[]'::jsonb)));
  begin
    placed := public.switchboard_place_contact(request -> 'contact', coalesce(request -> 'identities', '[]'::jsonb));
    select c.* into contact from public.contacts c where c.contact_id = placed;
    update public.sessions s set status = 'expired'
    where s.contact_id = contact.contact_id and s.status = 'active' and s.expires_at <= pg_catalog.now();
    select * into live from public.sessions s where s.contact_id = contact.contact_id and s.status = 'active';
    until := pg_catalog.now() + pg_catalog.make_interval(secs => coalesce(
      request -> 'idle_seconds_of' ->> coalesce(live.channel, draft.channel), request ->> 'idle_seconds')::double precision);
    if live.session_id is not null and named is not null and contact.customer_id <> named then
      raise sqlstate 'SB409' using message = 'another customer';
    end if;
    if named is not null and contact.customer_id is distinct from named then
      update public.contacts c set customer_id = named, updated_at = pg_catalog.now() where c.contact_id = contact.contact_id
      returning c.* into contact;
    end if;
    if live.session_id is null then
      is_new := true;
      if exists (select 1 from public.sessions s where s.session_id = draft.session_id) then
        -- It was live where it was drafted, and has been ended elsewhere.
        draft.session_id := public.switchboard_uuid();
        draft.session_token := public.switchboard_token();
        draft.created_at := pg_catalog.now();
      end if;
      insert into public.sessions
        (session_id, customer_id, phone, channel, session_token, status, created_at, last_activity, expires_at, metadata, contact_id)
      values
        (draft.session_id, coalesce(named, contact.customer_id, contact.phone, contact.contact_id::text), contact.phone, draft.channel,
         draft.session_token, 'active', coalesce(draft.created_at, pg_catalog.now()), pg_catalog.now(), until,
         public.switchboard_patch(coalesce(draft.metadata, '{}'::jsonb), coalesce(request -> 'metadata', '{}'::jsonb)), contact.contact_id)
      returning * into live;
      -- The journal's own live session comes here for the first time: it is not a new one.
      is_new := not coalesce((request ->> 'is_live')::boolean, false);
    else
      update public.sessions s set
        last_activity = greatest(s.last_activity, pg_catalog.now()), expires_at = greatest(s.expires_at, until),
        customer_id = coalesce(named, s.customer_id), metadata = public.switchboard_patch(s.metadata, coalesce(request -> 'metadata', '{}'::jsonb))
      where s.session_id = live.session_id returning s.* into live;
    end if;
  exception when sqlstate 'SB409' then
    return pg_catalog.jsonb_build_object('outcome', 'conflict', 'session', null);
  end;
  return pg_catalog.jsonb_build_object(
    'outcome', case when is_new then 'created' else 'restored' end, 'contact', public.switchboard_contact_row(contact),
    'session', public.switchboard_session_row(live));
end $$;

-- The session that a token leads to; of one that was merged, the session that it became.
create or replace function public.switchboard_session_of(token text) returns setof public.sessions
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
declare
  found_session public.sessions;
  next uuid;
begin
  select * into found_session from public.sessions s where s.session_token = token;
  while found_session.status = 'merged' loop
    next := (found_session.metadata ->> 'merged_into')::uuid;
    select * into found_session from public.sessions s where s.session_id = next;
  end loop;
  if found_session.session_id is not null then return next found_session; end if;
end $$;

create or replace function public.switchboard_session(request jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce((
    select pg_catalog.jsonb_build_object(
      'outcome', case when s.status = 'active' and s.expires_at > pg_catalog.now() then 'live' else 'ended' end,
      'session', public.switchboard_session_row(row(s.*)::public.sessions),
      'contact', (select public.switchboard_contact_row(row(c.*)::public.contacts) from public.contacts c where c.contact_id = s.contact_id))
    from public.switchboard_session_of(request ->> 'session_token') s), '{"outcome":"unknown"}'::jsonb)
$$;

create or replace function public.switchboard_end(request jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = '' as $$
declare
  ended public.sessions;
begin
  update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, pg_catalog.now())
  where s.session_id = (select t.session_id from public.switchboard_session_of(request ->> 'session_token') t)
    and s.status = 'active' and s.expires_at > pg_catalog.now()
  returning s.* into ended;
  if ended.session_id is null then return '{"outcome":"unknown"}'::jsonb; end if;
  return pg_catalog.jsonb_build_object('outcome', 'ended', 'session', public.switchboard_session_row(ended));
end $$;

-- Writes `expired` into sessions whose time is over; never waits for a row that somebody else has.
create or replace function public.switchboard_sweep(request jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = '' as $$
declare
  count bigint;
begin
  update public.sessions s set status = 'expired' where s.session_id in (
    select d.session_id from public.sessions d where d.status = 'active' and d.expires_at <= pg_catalog.now()
    limit coalesce((request ->> 'limit')::bigint, 1000) for update skip locked);
  get diagnostics count = row_count;
  return pg_catalog.jsonb_build_object('expired', count);
end $$;

-- What `switchboard doctor` compares with what it expects. It uses none of the other functions, so that its query can be asked by itself where
-- the functions are not there.
create or replace function public.switchboard_inspect(request jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with relations as (
    select c.oid, c.relname as name, c.relkind <> 'v' as is_table, c.relrowsecurity as is_secured from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and c.relname in (
      'contacts', 'identities', 'sessions', 'messages', 'message_statuses', 'message_status_current', 'events', 'dead_letters')),
  tables as (select * from relations where is_table),
  functions as (
    select p.oid, p.proname as name from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'switchboard\_%'),
  strangers as (select r.oid, r.rolname as name from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated'))
  select pg_catalog.jsonb_build_object(
    'version', 1,
    'now', pg_catalog.to_char(pg_catalog.clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'server_version', pg_catalog.current_setting('server_version_num')::int,
    'role', current_user,
    -- A column is demanding that every insert has to name.
    'columns', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'table', t.name, 'column', a.attname, 'type', pg_catalog.format_type(a.atttypid, null),
        'demanding', a.attnotnull and not a.atthasdef and a.attidentity = '') order by t.name, a.attnum), '[]'::jsonb)
      from tables t join pg_catalog.pg_attribute a on a.attrelid = t.oid where a.attnum > 0 and not a.attisdropped),
    'row_security', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('table', t.name, 'enabled', t.is_secured) order by t.name), '[]'::jsonb)
      from tables t),
    'indexes', (
      select coalesce(pg_catalog.jsonb_agg(i.relname order by i.relname), '[]'::jsonb)
      from tables t join pg_catalog.pg_index x on x.indrelid = t.oid join pg_catalog.pg_class i on i.oid = x.indexrelid where x.indisvalid),
    'functions', (select coalesce(pg_catalog.jsonb_agg(f.name order by f.name), '[]'::jsonb) from functions f),
    'open_grants', (
      select coalesce(pg_catalog.jsonb_agg(g.entry), '[]'::jsonb) from (
        select pg_catalog.jsonb_build_object('object', 'table ' || t.name, 'role', s.name) as entry
        from relations t cross join strangers s
        where pg_catalog.has_table_privilege(s.oid, t.oid, 'select, insert, update, delete, truncate')
          or pg_catalog.has_any_column_privilege(s.oid, t.oid, 'select, insert, update')
        union all
        select pg_catalog.jsonb_build_object('object', 'function ' || f.name, 'role', s.name)
        from functions f cross join strangers s where pg_catalog.has_function_privilege(s.oid, f.oid, 'execute')) g),
    -- What the caller itself may not do.
    'denied', (
      select coalesce(pg_catalog.jsonb_agg(d.entry), '[]'::jsonb) from (
        select 'table ' || t.name as entry from tables t
        where not (pg_catalog.has_table_privilege(t.oid, 'select') and pg_catalog.has_table_privilege(t.oid, 'insert')
                   and pg_catalog.has_table_privilege(t.oid, 'update'))
        union all
        select 'function ' || f.name from functions f where not pg_catalog.has_function_privilege(f.oid, 'execute')
        union all
        select 'rows of ' || t.name from tables t
        where pg_catalog.row_security_active(t.oid) and not exists (
          select 1 from pg_catalog.pg_policy p cross join lateral pg_catalog.unnest(p.polroles) r(id)
          where p.polrelid = t.oid and p.polpermissive
            and (r.id = 0 or pg_catalog.pg_has_role(r.id, 'usage')))) d))
$$;

do $$
declare
  function regprocedure;
begin
  for function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'switchboard\_%'
  loop
    execute pg_catalog.format('revoke all on function %s from public, anon, authenticated', function);
    execute pg_catalog.format('grant execute on function %s to service_role', function);
  end loop;
end $$;

-- PostgREST keeps a copy of the schema: it is told that there is more.
notify pgrst, 'reload schema';

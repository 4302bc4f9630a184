-- Takes a batch of rows of a gateway's journal: all of it or nothing, and once, however often it comes.

-- Stores the contacts of a batch; returns the ids of those that are new.
create or replace function switchboard.place_contacts(batch jsonb) returns uuid[] language plpgsql volatile as $$
declare
  new_contacts uuid[] := '{}';
  led jsonb := '{}';
  given jsonb;
begin
  if batch ? 'contacts' then
    new_contacts := switchboard.place_new_contacts(batch -> 'contacts', coalesce(batch -> 'identities', '[]'::jsonb));
    led := switchboard.led_elsewhere(batch, new_contacts);
  end if;
  for given in
    select r from jsonb_array_elements(batch -> 'contacts') r
    where (r ->> 'contact_id')::uuid <> all (new_contacts) order by r ->> 'contact_id'
  loop
    perform switchboard.place_contact(given, coalesce(
      (select jsonb_agg(i) from jsonb_array_elements(batch -> 'identities') i where i ->> 'contact_id' = given ->> 'contact_id'), '[]'::jsonb));
  end loop;
  perform switchboard.join_renewed(batch);
  perform switchboard.join_changed(batch, led);
  return new_contacts;
end $$;

-- Stores the sessions of a batch that did more than move.
create or replace function switchboard.place_sessions(batch jsonb) returns void language plpgsql volatile as $$
declare
  new_sessions uuid[] := switchboard.place_new_sessions(batch);
  given jsonb;
begin
  for given in
    select r from jsonb_array_elements(batch -> 'sessions') r
    -- A look-up a row: `not exists` would be answered from a scan of the whole index.
    left join lateral (select true as is_known from public.sessions s where s.session_id = (r ->> 'session_id')::uuid limit 1) k on true
    where ((r ->> 'changed')::boolean or r ->> 'status' <> 'active' or k.is_known is null)
      and (r ->> 'session_id')::uuid <> all (new_sessions)
    order by r ->> 'created_at', r ->> 'session_id'
  loop
    perform switchboard.place_session(given);
  end loop;
end $$;

-- Items: each of these stores what is new of a batch and returns how many rows that was. Only what has the same key is there already: a row that a
-- unique index of the project's own refuses is refused, and one that a trigger of the project's own discards has been refused by it.

-- Whether a failed status is stored under another key: gateways of earlier versions made keys of how its errors were written. Of a status that no
-- provider gave a time it is told when it was received, which is another time when it comes again.
create or replace function switchboard.is_failure_known(given jsonb) returns boolean language plpgsql stable as $$
declare
  failure public.message_statuses := jsonb_populate_record(null::public.message_statuses, given);
begin
  return failure.errors is not null and exists (
    select 1 from public.message_statuses s
    where s.provider = failure.provider and s.account = failure.account and s.external_id = failure.external_id
      and s.status = failure.status and s.item_key <> failure.item_key and s.errors = failure.errors
      and (s.recipient, s.detail) is not distinct from (failure.recipient, failure.detail)
      and (s.occurred_at = failure.occurred_at or s.occurred_at = s.received_at and failure.occurred_at = failure.received_at));
end $$;

-- Fails where not all rows of a list are there, a message has not completed the stored one, or a letter that was resolved is not: `stored` is how
-- many of them were new.
create or replace function switchboard.check_all_there(batch jsonb, list text, stored bigint) returns void language plpgsql stable as $$
declare
  are_there boolean;
begin
  if stored >= coalesce(jsonb_array_length(batch -> list), 0) then return; end if;
  select coalesce(bool_and(k.is_there), true) into are_there
  from jsonb_to_recordset(batch -> list) as r(
    provider text, account text, external_id text, type text, item_key text, fingerprint text, dead_letter_id uuid, content jsonb,
    session_id uuid, resolved_at timestamptz, status text, recipient text, errors jsonb, detail jsonb, occurred_at timestamptz,
    received_at timestamptz)
  left join lateral (
    select case list
      when 'messages' then exists (
        select 1 from public.messages m
        where m.provider = r.provider and m.account = r.account and m.external_id = r.external_id
          and not switchboard.completes(
            batch -> 'placeholders' -> r.provider, r.type, r.content, r.session_id, m.type, m.content, m.session_id) limit 1)
      when 'events' then exists (
        select 1 from public.events e
        where e.provider = r.provider and e.account = r.account and e.external_id = r.external_id and e.type = r.type limit 1)
      when 'message_statuses' then
        exists (select 1 from public.message_statuses s where s.item_key = r.item_key limit 1)
        or r.errors is not null and switchboard.is_failure_known(to_jsonb(r) - 'type' - 'content')
      else exists (
        select 1 from public.dead_letters d
        where (r.resolved_at is null or d.resolved_at is not null)
          and case when r.fingerprint is null then d.dead_letter_id = r.dead_letter_id else d.fingerprint = r.fingerprint end limit 1)
      end as is_there) k on true;
  if not are_there then
    perform switchboard.refuse_discarded(list);
  end if;
end $$;

create or replace function switchboard.store_messages(batch jsonb, redirections jsonb) returns bigint language plpgsql volatile as $$
declare
  stored bigint;
begin
  insert into public.messages as s (
    message_id, session_id, contact_id, provider, account, line, external_id, channel, direction, sender, type, text, content, context,
    sent_at, received_at, delivery_id)
  -- A placeholder and the message that completed it may be in one call.
  select distinct on (m.provider, m.account, m.external_id) m.message_id,
         case when redirections is null then m.session_id
              else coalesce(switchboard.redirected(redirections -> m.session_id::text, m.moves, m.received_at), m.session_id) end,
         c.id, m.provider, m.account, m.line, m.external_id, m.channel, m.direction, m.sender, m.type, m.text,
         coalesce(m.content, '{}'::jsonb), m.context, m.sent_at, m.received_at, m.delivery_id
  from jsonb_to_recordset(batch -> 'messages') as m(
    message_id uuid, session_id uuid, contact_id uuid, provider text, account text, line text, external_id text, channel text, direction text,
    sender text, type text, text text, content jsonb, context jsonb, sent_at timestamptz, received_at timestamptz, delivery_id uuid, moves boolean)
  left join lateral (select coalesce(k.merged_into, k.contact_id) as id from public.contacts k where k.contact_id = m.contact_id limit 1) c on true
  order by m.provider, m.account, m.external_id,
           m.type = 'unsupported' and switchboard.is_placeholder(batch -> 'placeholders' -> m.provider, m.type, m.content), m.session_id is null
  on conflict (provider, account, external_id) do update set
    session_id = coalesce(s.session_id, excluded.session_id), contact_id = coalesce(s.contact_id, excluded.contact_id), line = excluded.line,
    channel = excluded.channel, direction = excluded.direction, sender = excluded.sender, type = excluded.type, text = excluded.text,
    content = excluded.content, context = excluded.context, sent_at = excluded.sent_at, received_at = excluded.received_at,
    delivery_id = excluded.delivery_id
  where switchboard.completes(
    batch -> 'placeholders' -> s.provider, excluded.type, excluded.content, excluded.session_id, s.type, s.content, s.session_id);
  get diagnostics stored = row_count;
  perform switchboard.check_all_there(batch, 'messages', stored);
  return stored;
end $$;

create or replace function switchboard.store_events(batch jsonb, redirections jsonb) returns bigint language plpgsql volatile as $$
declare
  stored bigint;
begin
  insert into public.events (
    event_id, kind, type, session_id, contact_id, provider, account, line, external_id, data, occurred_at, received_at, delivery_id)
  select m.event_id, m.kind, m.type,
         case when redirections is null then m.session_id
              else coalesce(switchboard.redirected(redirections -> m.session_id::text, m.moves, m.received_at), m.session_id) end,
         c.id, m.provider, m.account, m.line, m.external_id, coalesce(m.data, '{}'::jsonb), m.occurred_at, m.received_at, m.delivery_id
  from jsonb_to_recordset(batch -> 'events') as m(
    event_id uuid, kind text, type text, session_id uuid, contact_id uuid, provider text, account text, line text, external_id text, data jsonb,
    occurred_at timestamptz, received_at timestamptz, delivery_id uuid, moves boolean)
  left join lateral (select coalesce(k.merged_into, k.contact_id) as id from public.contacts k where k.contact_id = m.contact_id limit 1) c on true
  order by m.provider, m.account, m.external_id, m.type
  on conflict (provider, account, external_id, type) do nothing;
  get diagnostics stored = row_count;
  perform switchboard.check_all_there(batch, 'events', stored);
  return stored;
end $$;

create or replace function switchboard.store_statuses(batch jsonb) returns bigint language plpgsql volatile as $$
declare
  stored bigint;
begin
  insert into public.message_statuses (
    provider, account, line, external_id, status, rank, occurred_at, received_at, recipient, errors, detail, delivery_id, item_key)
  select m.provider, m.account, m.line, m.external_id, m.status, m.rank, m.occurred_at, m.received_at, m.recipient, m.errors, m.detail,
         m.delivery_id, m.item_key
  from jsonb_to_recordset(batch -> 'message_statuses') as m(
    provider text, account text, line text, external_id text, status text, rank smallint, occurred_at timestamptz, received_at timestamptz,
    recipient text, errors jsonb, detail jsonb, delivery_id uuid, item_key text)
  where m.errors is null or not switchboard.is_failure_known(to_jsonb(m))
  order by m.item_key
  on conflict (item_key) do nothing;
  get diagnostics stored = row_count;
  perform switchboard.check_all_there(batch, 'message_statuses', stored);
  return stored;
end $$;

create or replace function switchboard.store_dead_letters(batch jsonb) returns bigint language plpgsql volatile as $$
declare
  stored bigint;
begin
  insert into public.dead_letters as d (
    dead_letter_id, stage, reason, detail, delivery_id, record, created_at, resolved_at, fingerprint)
  select distinct on (coalesce(m.fingerprint, m.dead_letter_id::text))
         m.dead_letter_id, m.stage, m.reason, m.detail, m.delivery_id, m.record, m.created_at, m.resolved_at, m.fingerprint
  from jsonb_to_recordset(batch -> 'dead_letters') as m(
    dead_letter_id uuid, stage text, reason text, detail text, delivery_id uuid, record jsonb, created_at timestamptz, resolved_at timestamptz,
    fingerprint text)
  order by coalesce(m.fingerprint, m.dead_letter_id::text), m.resolved_at
  -- A letter is sent a second time once it was resolved, perhaps in the same call.
  on conflict (fingerprint) do update set resolved_at = excluded.resolved_at
  where d.resolved_at is null and excluded.resolved_at is not null;
  get diagnostics stored = row_count;
  perform switchboard.check_all_there(batch, 'dead_letters', stored);
  return stored;
end $$;

-- What the instance does not know of the contacts that it named: as whom each goes on, whose number is another one by now, and who has the number.
create or replace function switchboard.changed_contacts(batch jsonb) returns jsonb language plpgsql stable as $$
begin
  return (
    with moved as (
      select c.contact_id, x.phones from jsonb_to_recordset(batch -> 'sessions') as x(contact_id uuid, phone text, phones jsonb)
      cross join lateral (
        select k.contact_id from public.contacts k
        where k.contact_id = x.contact_id and k.merged_into is null and not coalesce(x.phones ? k.phone, false) limit 1) c
      where x.phone is not null
    ), told as (
      select g.id as given, switchboard.canonical(l.merged_into) as id, 1 as place
      from (select distinct (r ->> 'contact_id')::uuid as id
            from (select jsonb_array_elements(batch -> 'contacts') union all select jsonb_array_elements(batch -> 'sessions')) rows(r)) g
      cross join lateral (select k.merged_into from public.contacts k where k.contact_id = g.id and k.merged_into is not null limit 1) l
      union
      select m.contact_id, m.contact_id, 2 from moved m
      union
      select h.contact_id, h.contact_id, 3 from moved m
      cross join lateral jsonb_array_elements_text(m.phones) p
      cross join lateral (select k.contact_id from public.contacts k where k.phone = p limit 1) h
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'contact_id', t.given, 'canonical', switchboard.contact_json(row(c.*)::public.contacts)) order by t.place), '[]'::jsonb)
    from told t cross join lateral (select k.* from public.contacts k where k.contact_id = t.id limit 1) c);
end $$;

-- What it does not know of its sessions: those that are otherwise here, and which goes on after one that has ended.
create or replace function switchboard.changed_sessions(batch jsonb) returns jsonb language plpgsql stable as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'session_id', x.session_id, 'status', s.status, 'stored', switchboard.session_json(row(s.*)::public.sessions),
      'successor', case when s.status <> 'active' then (
        select switchboard.session_json(a) from public.sessions a where a.contact_id = s.contact_id and a.status = 'active' limit 1) end)), '[]'::jsonb)
    from switchboard.given_sessions(batch) x
    cross join lateral (select k.* from public.sessions k where k.session_id = x.session_id limit 1) s
    where s.status <> x.status or s.contact_id <> x.contact_id or s.customer_id is distinct from x.customer_id
      or x.phone is not null and not coalesce(x.phones ? s.phone, false) or s.customer_named <> x.customer_named or s.last_activity <> x.last_activity or s.expires_at <> x.expires_at or (x.changed and s.metadata <> x.metadata));
end $$;

-- Which of its items belong to other sessions than it said.
create or replace function switchboard.moved_items(batch jsonb) returns jsonb language plpgsql stable as $$
begin
  return (
    select coalesce(jsonb_agg(moved.entry), '[]'::jsonb) from (
      select jsonb_build_object('message_id', m.message_id, 'session_id', m.session_id) as entry
      from jsonb_array_elements(batch -> 'messages') r
      cross join lateral (select k.* from public.messages k where k.message_id = (r ->> 'message_id')::uuid limit 1) m
      where m.session_id::text <> r ->> 'session_id'
      union all
      select jsonb_build_object('event_id', m.event_id, 'session_id', m.session_id)
      from jsonb_array_elements(batch -> 'events') r
      cross join lateral (select k.* from public.events k where k.event_id = (r ->> 'event_id')::uuid limit 1) m
      where m.session_id::text <> r ->> 'session_id') moved);
end $$;

-- How many rows of each table a batch has; fails where it is none, or too large.
create or replace function switchboard.count_rows(batch jsonb) returns jsonb language plpgsql immutable as $$
declare
  counts jsonb;
  total bigint;
begin
  if jsonb_typeof(batch) is distinct from 'object' or batch ->> 'version' is distinct from '1' then
    raise sqlstate '22023' using message = 'batch must be an object of version 1';
  end if;
  select coalesce(jsonb_object_agg(l.key, jsonb_array_length(l.value)), '{}'::jsonb), coalesce(sum(jsonb_array_length(l.value)), 0)
    into counts, total
  from jsonb_each(batch) l where jsonb_typeof(l.value) = 'array';
  if total > 5000 then
    raise sqlstate '54000' using message = 'at most 5000 rows a call';
  end if;
  return counts;
end $$;

create or replace function public.switchboard_ingest(batch jsonb) returns jsonb language plpgsql volatile as $$
declare
  received jsonb := switchboard.count_rows(batch);
  look record;
  known_contacts uuid[];
  -- Null while all sessions of the batch go on.
  redirections jsonb;
  stored jsonb;
begin
  select * into look from switchboard.lock_persons(batch);
  if not look.is_plain then
    known_contacts := look.known_contacts || switchboard.place_contacts(batch);
    perform switchboard.place_contacts_of_sessions(batch, known_contacts);
  end if;
  perform switchboard.place_contacts_of_items(batch, coalesce(known_contacts, look.known_contacts));
  if look.has_moves then perform switchboard.move_sessions(batch); end if;
  if not look.is_plain then
    perform switchboard.place_sessions(batch);
    if exists (
      select 1 from jsonb_to_recordset(batch -> 'sessions') as x(session_id uuid)
      cross join lateral (select s.status from public.sessions s where s.session_id = x.session_id limit 1) s
      where s.status <> 'active')
    then
      redirections := switchboard.redirections(batch);
    end if;
  end if;
  stored := jsonb_build_object(
    'messages', switchboard.store_messages(batch, redirections),
    'events', case when batch ? 'events' then switchboard.store_events(batch, redirections) else 0 end,
    'message_statuses', case when batch ? 'message_statuses' then switchboard.store_statuses(batch) else 0 end,
    'dead_letters', case when batch ? 'dead_letters' then switchboard.store_dead_letters(batch) else 0 end);
  return jsonb_build_object(
    'version', 1, 'batch_id', batch -> 'batch_id', 'received', received, 'stored', stored,
    'contacts', case when look.is_plain and not look.has_news then '[]'::jsonb else switchboard.changed_contacts(batch) end,
    'sessions', case when look.is_plain and not look.has_news then '[]'::jsonb else switchboard.changed_sessions(batch) end,
    'moved', case when redirections is null then '[]'::jsonb else switchboard.moved_items(batch) end,
    -- What is stored for the first time differs from nothing.
    'differing', case when exists (
      select 1 from jsonb_each_text(stored) s where s.key <> 'dead_letters' and (received ->> s.key)::bigint > s.value::bigint)
      then switchboard.differing_items(batch) else '[]'::jsonb end);
end $$;

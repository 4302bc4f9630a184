-- What happens at an instance to a session that the database has merged into another, before the instance has heard of it: it happens to the
-- session that goes on; and no customer is shown another's.

-- Whether a client named the customer of a session: until then it is called by its phone, or by its contact.
create or replace function public.switchboard_is_named(customer text, phone text, contact uuid) returns boolean
language sql immutable set search_path = '' as $$
  select customer is not null and customer is distinct from phone and customer is distinct from contact::text
$$;

-- Tells the session that goes on what an instance says of the one that was merged into it. Who ended the one has ended the other: to the person
-- they are one. Where a client named another customer than that of the session that goes on, they never were: the younger ends.
create or replace function public.switchboard_place_merged_session(stored public.sessions, given public.sessions, is_changed boolean) returns void
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  survivor public.sessions;
begin
  select * into survivor from public.switchboard_session_of(stored.session_token);
  if not found or given.status not in ('active', 'logged_out') then return; end if;
  if given.customer_id <> survivor.customer_id
     and public.switchboard_is_named(given.customer_id, given.phone, given.contact_id)
     and public.switchboard_is_named(survivor.customer_id, survivor.phone, survivor.contact_id) then
    update public.sessions s set
      status = 'logged_out', customer_id = given.customer_id, metadata = (s.metadata || given.metadata) - 'merged_into',
      expires_at = least(s.expires_at, pg_catalog.now())
    where s.session_id = stored.session_id;
  elsif given.status = 'logged_out' then
    update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, given.expires_at)
    where s.session_id = survivor.session_id and coalesce(s.status, '') = 'active';
    update public.sessions s set
      status = 'logged_out', expires_at = least(s.expires_at, given.expires_at), metadata = s.metadata - 'merged_into'
    where s.session_id = stored.session_id;
  elsif is_changed then
    update public.sessions s set
      last_activity = greatest(s.last_activity, given.last_activity), expires_at = greatest(s.expires_at, given.expires_at),
      customer_id = case when public.switchboard_is_named(s.customer_id, s.phone, s.contact_id) then s.customer_id
                         else coalesce(given.customer_id, s.customer_id) end,
      metadata = case when given.last_activity > s.last_activity then s.metadata || given.metadata else given.metadata || s.metadata end
    where s.session_id = survivor.session_id and coalesce(s.status, '') = 'active';
  end if;
end $$;

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
    if stored.status = 'merged' then
      if given.customer_id in (incoming ->> 'phone', incoming ->> 'contact_id') then given.customer_id := null; end if;
      perform public.switchboard_place_merged_session(stored, given, is_changed);
    end if;
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
    if public.switchboard_is_named(given.customer_id, given.phone, given.contact_id) then
      update public.contacts c set customer_id = given.customer_id
      where c.contact_id = given.contact_id and c.customer_id is distinct from given.customer_id;
    end if;
  end if;
  perform public.switchboard_insert_session(given);
end $$;

-- Stores a contact as an instance knows it, and returns the one that it is: one person, one contact. While a session of one customer is live
-- nobody makes the contact another's.
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
      customer_id = case when exists (
          select 1 from public.sessions s
          where s.contact_id = own and s.status = 'active' and s.expires_at > pg_catalog.now() and s.customer_id <> customer
            and public.switchboard_is_named(s.customer_id, s.phone, s.contact_id))
        then c.customer_id else coalesce(customer, c.customer_id) end,
      display_name = coalesce(incoming ->> 'display_name', c.display_name), updated_at = changed
    where c.contact_id = own;
  end if;

  if number is not null and (is_new or mine.phone is null or (changed > mine.updated_at and mine.phone <> all (numbers))) then
    select * into other from public.contacts c where c.phone = any (numbers) and c.contact_id <> own limit 1;
    if not found then
      update public.contacts c set phone = number where c.contact_id = own;
      update public.sessions s set phone = number where s.contact_id = own and s.status = 'active';
    elsif mine.phone is not null and coalesce(customer, mine.customer_id) <> other.customer_id then
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
      select * into target from public.switchboard_session_of(ended.session_token);
      continue when not found;
      -- Where an instance does not know yet that it was merged, what the person does there is done in the session that goes on.
      update public.sessions s set last_activity = greatest(s.last_activity, x.last_activity), expires_at = greatest(s.expires_at, x.expires_at)
      from pg_catalog.jsonb_to_recordset(batch -> 'sessions')
        as x(session_id uuid, status text, last_activity timestamptz, expires_at timestamptz)
      where s.session_id = target.session_id and coalesce(s.status, '') = 'active' and x.session_id = ended.session_id and x.status = 'active'
        and (s.last_activity < x.last_activity or s.expires_at < x.expires_at);
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
    if live.session_id is not null and named is not null and named <> (case
         when public.switchboard_is_named(live.customer_id, live.phone, live.contact_id) then live.customer_id else contact.customer_id end) then
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

do $$
declare
  function regprocedure;
begin
  for function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in ('switchboard_is_named', 'switchboard_place_merged_session')
  loop
    execute pg_catalog.format('revoke all on function %s from public, anon, authenticated', function);
    execute pg_catalog.format('grant execute on function %s to service_role', function);
  end loop;
end $$;

-- PostgREST keeps a copy of the schema: it is told that there is more.
notify pgrst, 'reload schema';

-- What clients do with their sessions, one at a time.

-- Whoever starts has the number now. Returns who that is: not the contact to whom the number led at the instance, where it has another one by now.
create or replace function switchboard.place_starter(request jsonb, drafted uuid) returns uuid language plpgsql volatile as $$
declare
  given jsonb := request -> 'contact';
  starter uuid;
begin
  if given ->> 'phone' is null then return drafted; end if;
  select c.contact_id into starter from public.contacts c where c.phone = any (switchboard.numbers_of(given)) limit 1;
  if starter is null then
    insert into public.contacts (contact_id, phone, number_since, number_from)
    values (switchboard.new_uuid(), given ->> 'phone', now(), drafted) returning contact_id into starter;
    if not found then perform switchboard.refuse_discarded('contacts'); end if;
    perform switchboard.place_identities(starter, coalesce(request -> 'identities', '[]'::jsonb));
  end if;
  return starter;
end $$;

-- The customer whom a client named in the draft of a start, where the draft is a session that is live at the instance and has not come here yet.
create or replace function switchboard.drafted_customer(request jsonb) returns text language plpgsql stable as $$
begin
  return (
    select d.customer_id from jsonb_to_record(request -> 'session') as d(session_id uuid, customer_id text, customer_named boolean)
    where (request ->> 'is_live')::boolean and d.customer_named and switchboard.names_somebody(d.customer_id)
      and not exists (select 1 from public.sessions s where s.session_id = d.session_id));
end $$;

-- The request's contact, its live session, if any, and whom the contact of the instance's draft is, where that is somebody else. Whoever names
-- another customer than that of the live session, here or at the instance, gets none: SB409.
create or replace function switchboard.claim_contact(
  request jsonb, out contact public.contacts, out live public.sessions, out drafted public.contacts) language plpgsql volatile as $$
declare
  named text := request ->> 'customer_id';
  own uuid := switchboard.place_contact(request -> 'contact', coalesce(request -> 'identities', '[]'::jsonb));
  placed uuid := switchboard.place_starter(request, own);
begin
  if own <> placed then select c.* into drafted from public.contacts c where c.contact_id = own; end if;
  perform switchboard.expire_sessions(array[placed]);
  select c.* into contact from public.contacts c where c.contact_id = placed;
  select s.* into live from public.sessions s where s.contact_id = placed and s.status = 'active';
  if live.session_id is null and drafted.contact_id is null then
    named := coalesce(named, switchboard.drafted_customer(request));
    if named <> switchboard.drafted_customer(request) then raise sqlstate 'SB409' using message = 'another customer'; end if;
  elsif named <> (case when live.customer_named then live.customer_id else contact.customer_id end) and live.session_id is not null then
    raise sqlstate 'SB409' using message = 'another customer';
  end if;
  -- Where clients named two customers at instances that did not hear of each other, the contact's is that of the session that lived last.
  if named is not null and contact.customer_id is distinct from named and (live.session_id is null or contact.customer_id is null) then
    update public.contacts c set customer_id = named, updated_at = now() where c.contact_id = placed returning c.* into contact;
    if not found then perform switchboard.refuse_discarded('contacts'); end if;
  end if;
end $$;

-- Opens or restores the session of a person. A word for nobody in the place of the customer is none: a gateway refuses it, those of earlier versions
-- did not.
create or replace function public.switchboard_start(request jsonb) returns jsonb language plpgsql volatile as $$
declare
  claimed record;
  draft public.sessions := jsonb_populate_record(null::public.sessions, request -> 'session');
  live public.sessions;
  patch jsonb := coalesce(request -> 'metadata', '{}'::jsonb);
  until timestamptz;
  is_draft_used boolean;
begin
  if not switchboard.names_somebody(request ->> 'customer_id') then request := request - 'customer_id'; end if;
  perform switchboard.lock_persons(jsonb_build_object(
    'contacts', jsonb_build_array(request -> 'contact'), 'identities', coalesce(request -> 'identities', '[]'::jsonb)));
  begin
    select * into claimed from switchboard.claim_contact(request);
  exception when sqlstate 'SB409' then
    return jsonb_build_object('outcome', 'conflict', 'session', null);
  end;
  live := claimed.live;
  -- A draft that was live at the instance, and has been ended elsewhere or is somebody else's, is none.
  is_draft_used := not exists (select 1 from public.sessions s where s.session_id = draft.session_id)
    and (coalesce((request ->> 'is_live')::boolean, false) and (claimed.drafted).contact_id is not null) is not true;
  if live.session_id is null and not is_draft_used then
    draft.session_id := switchboard.new_uuid();
    draft.session_token := switchboard.new_token();
    draft.created_at := now();
    draft.channel := coalesce(request ->> 'channel', draft.channel);
    draft.metadata := '{}'::jsonb;
  end if;
  until := now() + make_interval(secs => coalesce(
    request -> 'idle_seconds_of' ->> coalesce(live.channel, draft.channel), request ->> 'idle_seconds')::double precision);
  if live.session_id is null then
    draft.contact_id := (claimed.contact).contact_id;
    draft.phone := (claimed.contact).phone;
    draft.customer_id := coalesce((claimed.contact).customer_id, draft.phone, draft.contact_id::text);
    draft.customer_named := (claimed.contact).customer_id is not null;
    draft.status := 'active';
    draft.created_at := coalesce(draft.created_at, now());
    draft.last_activity := now();
    draft.expires_at := until;
    draft.metadata := switchboard.merge_patch(coalesce(draft.metadata, '{}'::jsonb), patch);
    perform switchboard.insert_session(draft);
    select * into live from public.sessions s where s.session_id = draft.session_id;
  else
    update public.sessions s set
      last_activity = greatest(s.last_activity, now()), expires_at = greatest(s.expires_at, until),
      customer_id = coalesce(request ->> 'customer_id', s.customer_id), customer_named = s.customer_named or request ->> 'customer_id' is not null,
      metadata = switchboard.merge_patch(s.metadata, patch)
    where s.session_id = live.session_id returning s.* into live;
    if not found then perform switchboard.refuse_discarded('sessions'); end if;
  end if;
  return jsonb_build_object(
    -- The journal's own live session that comes here for the first time is not a new one.
    'outcome', case when (claimed.live).session_id is null and not (is_draft_used and coalesce((request ->> 'is_live')::boolean, false))
                    then 'created' else 'restored' end,
    'contact', switchboard.contact_json(claimed.contact),
    'drafted', case when (claimed.drafted).contact_id is not null then switchboard.contact_json(claimed.drafted) end,
    'session', switchboard.session_json(live));
end $$;

-- Whoever asks learns of a merged session too, whose token it is: it knows the token from then on.
create or replace function public.switchboard_session(request jsonb) returns jsonb language sql stable as $$
  select coalesce((
    select jsonb_build_object(
      'outcome', case when s.status = 'active' and s.expires_at > now() then 'live' else 'ended' end,
      'session', switchboard.session_json(row(s.*)::public.sessions),
      'contact', (select switchboard.contact_json(row(c.*)::public.contacts) from public.contacts c where c.contact_id = s.contact_id),
      'merged', (
        select switchboard.session_json(row(m.*)::public.sessions) from public.sessions m
        where m.session_token = request ->> 'session_token' and m.status = 'merged'))
    from switchboard.session_of(request ->> 'session_token') s), '{"outcome":"unknown"}'::jsonb)
$$;

create or replace function public.switchboard_end(request jsonb) returns jsonb language plpgsql volatile as $$
declare
  ended public.sessions;
  person uuid := (select t.contact_id from switchboard.session_of(request ->> 'session_token') t);
begin
  -- Without the person's lock their sessions may be merged meanwhile, and the token then leads to one that goes on.
  if person is not null then
    perform switchboard.lock_persons(jsonb_build_object('contacts', jsonb_build_array(jsonb_build_object('contact_id', person))));
  end if;
  update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, now())
  where s.session_id = (select t.session_id from switchboard.session_of(request ->> 'session_token') t)
    and s.status = 'active' and s.expires_at > now()
  returning s.* into ended;
  if ended.session_id is null then
    if exists (
      select 1 from switchboard.session_of(request ->> 'session_token') t where t.status = 'active' and t.expires_at > now())
    then
      perform switchboard.refuse_discarded('sessions');
    end if;
    return '{"outcome":"unknown"}'::jsonb;
  end if;
  return jsonb_build_object('outcome', 'ended', 'session', switchboard.session_json(ended));
end $$;

-- Writes `expired` into sessions whose time is over, and gives those the times of now whose times are of a clock that was ahead: they would live
-- until then. Never waits for a row that somebody else has.
create or replace function public.switchboard_sweep(request jsonb) returns jsonb language plpgsql volatile as $$
declare
  most bigint := coalesce((request ->> 'limit')::bigint, 1000);
  expired bigint;
  returned bigint;
begin
  update public.sessions s set last_activity = now(), expires_at = now() + greatest(s.expires_at - s.last_activity, interval '0')
  where s.session_id in (
    select d.session_id from public.sessions d where d.status = 'active' and d.last_activity > now() + interval '5 minutes'
    limit most for update skip locked);
  get diagnostics returned = row_count;
  update public.sessions s set status = 'expired' where s.session_id in (
    select d.session_id from public.sessions d where d.status = 'active' and d.expires_at <= now() limit most for update skip locked);
  get diagnostics expired = row_count;
  return jsonb_build_object('expired', expired, 'returned', returned);
end $$;

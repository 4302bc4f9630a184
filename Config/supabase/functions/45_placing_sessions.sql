-- Tells the session that goes on what an instance says of the one that was merged into it. Who ended the one has ended the other: to the person
-- they are one. Where a client named another customer than that of the session that goes on, they never were: the younger ends.
create or replace function switchboard.place_merged_session(stored public.sessions, given public.sessions, is_changed boolean) returns void
language plpgsql volatile as $$
declare
  survivor public.sessions;
begin
  select * into survivor from switchboard.session_of(stored.session_token);
  if not found or given.status not in ('active', 'logged_out', 'merged') then return; end if;
  if given.customer_named and survivor.customer_named and given.customer_id <> survivor.customer_id then
    update public.sessions s set
      status = 'logged_out', customer_id = given.customer_id, customer_named = true, metadata = (s.metadata || given.metadata) - 'merged_into',
      expires_at = least(s.expires_at, now())
    where s.session_id = stored.session_id;
    if not found then perform switchboard.refuse_discarded('sessions'); end if;
  elsif given.status = 'logged_out' then
    update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, given.expires_at)
    where s.session_id = survivor.session_id and coalesce(s.status, '') = 'active';
    if not found and exists (select 1 from public.sessions s where s.session_id = survivor.session_id and s.status = 'active') then
      perform switchboard.refuse_discarded('sessions');
    end if;
    update public.sessions s set
      status = 'logged_out', expires_at = least(s.expires_at, given.expires_at), metadata = s.metadata - 'merged_into'
    where s.session_id = stored.session_id;
    if not found then perform switchboard.refuse_discarded('sessions'); end if;
  elsif is_changed and given.status = 'active' then
    update public.sessions s set
      last_activity = greatest(s.last_activity, given.last_activity), expires_at = greatest(s.expires_at, given.expires_at),
      customer_id = case when s.customer_named or not given.customer_named then s.customer_id else given.customer_id end,
      customer_named = s.customer_named or given.customer_named,
      metadata = case when given.last_activity > s.last_activity then s.metadata || given.metadata else given.metadata || s.metadata end
    where s.session_id = survivor.session_id and coalesce(s.status, '') = 'active';
    if not found and exists (select 1 from public.sessions s where s.session_id = survivor.session_id and s.status = 'active') then
      perform switchboard.refuse_discarded('sessions');
    end if;
  end if;
end $$;

-- Tells an active session what an instance says of it. Where clients have named two customers in it, both have its token: it ends, so that neither
-- is shown what is the other's.
create or replace function switchboard.update_session(given public.sessions, is_changed boolean) returns void language plpgsql volatile as $$
begin
  update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, now())
  where s.session_id = given.session_id and s.customer_named and given.customer_named and s.customer_id <> given.customer_id
    and given.status in ('active', 'expired') and greatest(s.expires_at, given.expires_at) > now();
  if found then return; end if;
  if given.customer_named and exists (
    select 1 from public.sessions s
    where s.session_id = given.session_id and s.customer_named and s.customer_id <> given.customer_id
      and given.status in ('active', 'expired') and greatest(s.expires_at, given.expires_at) > now())
  then
    perform switchboard.refuse_discarded('sessions');
  end if;
  update public.sessions s set
    last_activity = greatest(s.last_activity, given.last_activity),
    expires_at = case given.status when 'logged_out' then least(s.expires_at, given.expires_at) else greatest(s.expires_at, given.expires_at) end,
    status = case
      when given.status not in ('active', 'expired') then given.status
      when greatest(s.expires_at, given.expires_at) <= now() then 'expired'
      else 'active' end,
    customer_id = case when s.customer_named or not given.customer_named then s.customer_id else given.customer_id end,
    customer_named = s.customer_named or given.customer_named,
    metadata = case
      when given.status = 'merged' then s.metadata || given.metadata
      when not is_changed then s.metadata
      when given.last_activity > s.last_activity then s.metadata || given.metadata
      else given.metadata || s.metadata end
  -- One that a team ends itself takes no lock of the person's, and stays ended.
  where s.session_id = given.session_id and coalesce(s.status, '') = 'active';
  if not found and exists (select 1 from public.sessions s where s.session_id = given.session_id and s.status = 'active') then
    perform switchboard.refuse_discarded('sessions');
  end if;
end $$;

-- Stores an active session that comes for the first time; with another one of the person's the older goes on.
create or replace function switchboard.open_session(given public.sessions) returns void language plpgsql volatile as $$
declare
  active public.sessions;
begin
  perform switchboard.expire_sessions(array[given.contact_id]);
  select * into active from public.sessions s where s.contact_id = given.contact_id and s.status = 'active';
  if not found then
    perform switchboard.insert_session(given);
  elsif (active.created_at, active.session_id) <= (given.created_at, given.session_id) then
    given.status := 'expired';
    perform switchboard.insert_session(given);
    perform switchboard.merge_sessions(given.session_id, active.session_id);
  else
    update public.sessions s set status = 'expired' where s.session_id = active.session_id and coalesce(s.status, '') = 'active';
    if not found and exists (select 1 from public.sessions s where s.session_id = active.session_id and s.status = 'active') then
      perform switchboard.refuse_discarded('sessions');
    end if;
    perform switchboard.insert_session(given);
    perform switchboard.merge_sessions(active.session_id, given.session_id);
  end if;
end $$;

-- A session that an instance has merged into another, as it is where more is known. Where clients named two customers in the two, it ends instead.
-- Where the other had ended before this one began, they never met: it goes on.
create or replace function switchboard.merged_rightly(given public.sessions) returns public.sessions language plpgsql stable as $$
declare
  target public.sessions;
begin
  select t.* into target from public.sessions k, switchboard.session_of(k.session_token) t
  where k.session_id = (given.metadata ->> 'merged_into')::uuid and t.session_id <> given.session_id;
  if not found then return given; end if;
  if target.customer_named and (given.customer_named and given.customer_id <> target.customer_id or exists (
    select 1 from public.sessions s where s.session_id = given.session_id and s.customer_named and s.customer_id <> target.customer_id))
  then
    given.status := 'logged_out';
    given.expires_at := least(given.expires_at, now());
    given.metadata := given.metadata - 'merged_into';
  elsif target.status <> 'active' and target.expires_at <= given.created_at then
    given.status := 'active';
    given.metadata := given.metadata - 'merged_into';
  end if;
  return given;
end $$;

-- What was done in a session that an instance has merged was done in the one that goes on. The instance need not carry that one again.
create or replace function switchboard.extend_survivor(given public.sessions) returns void language plpgsql volatile as $$
declare
  survivor public.sessions;
begin
  select * into survivor from switchboard.session_of(given.session_token);
  if survivor.status = 'active' then perform switchboard.extend_session(survivor.session_id, given); end if;
end $$;

-- Stores a session as an instance knows it.
create or replace function switchboard.place_session(incoming jsonb) returns void language plpgsql volatile as $$
declare
  given public.sessions := jsonb_populate_record(null::public.sessions, incoming);
  is_changed boolean := coalesce((incoming ->> 'changed')::boolean, false);
  is_named boolean;
  stored public.sessions;
  contact public.contacts;
begin
  select c.* into contact from public.contacts c where c.contact_id = switchboard.canonical(given.contact_id);
  is_named := coalesce(
    given.customer_named and switchboard.names_somebody(given.customer_id),
    switchboard.is_named(given.customer_id, given.phone, given.contact_id));
  given.customer_named := is_named;
  given.contact_id := contact.contact_id;
  given.phone := case when contact.number_since is null then coalesce(contact.phone, given.phone) else contact.phone end;
  given.metadata := coalesce(given.metadata, '{}'::jsonb);
  select * into stored from public.sessions s where s.session_id = given.session_id;
  -- Of one that is merged here it is known where it leads.
  if given.status = 'merged' and stored.status is distinct from 'merged' then given := switchboard.merged_rightly(given); end if;
  -- The contact's customer is that of what goes on, and none of what was merged before they were named.
  if 'merged' not in (given.status, coalesce(stored.status, '')) and not given.customer_named then
    given.customer_id := coalesce(contact.customer_id, given.phone, given.contact_id::text);
    given.customer_named := contact.customer_id is not null;
  end if;
  if stored.status = 'merged' then
    perform switchboard.place_merged_session(stored, given, is_changed);
  elsif stored.status = 'active' then
    perform switchboard.update_session(given, is_changed);
  elsif stored.session_id is null then
    if given.status = 'active' and given.expires_at <= now() then given.status := 'expired'; end if;
    if given.status = 'active' then perform switchboard.open_session(given); else perform switchboard.insert_session(given); end if;
  elsif is_named and stored.customer_named is not true then
    -- It ended here before it was told whom a client had named in it.
    update public.sessions s set customer_id = given.customer_id, customer_named = true where s.session_id = given.session_id;
    if not found then perform switchboard.refuse_discarded('sessions'); end if;
    perform switchboard.follow_named(contact.contact_id);
    perform switchboard.follow_contact(contact.contact_id);
  end if;
  if given.status = 'merged' then perform switchboard.extend_survivor(given); end if;
  perform switchboard.follow_named(contact.contact_id);
end $$;

-- Active sessions that come for the first time, of contacts that have no active one; all in one go. Returns their ids. They show the contact's
-- number: where nothing is known of it the one that the instance knows, and none where it is somebody else's by now.
create or replace function switchboard.place_new_sessions(batch jsonb) returns uuid[] language plpgsql volatile as $$
declare
  placed uuid[];
begin
  with stored as (
    insert into public.sessions
      (session_id, customer_id, customer_named, phone, channel, session_token, status, created_at, last_activity, expires_at, metadata, contact_id)
    select x.session_id,
           case when x.customer_named then x.customer_id else coalesce(c.customer_id, c.phone, x.contact_id::text) end,
           x.customer_named or c.customer_id is not null,
           c.phone, x.channel, x.session_token, x.status, x.created_at, x.last_activity, x.expires_at,
           coalesce(x.metadata, '{}'::jsonb), x.contact_id
    from switchboard.given_sessions(batch) x
    left join lateral (select true as is_known from public.sessions s where s.session_id = x.session_id limit 1) k on true
    left join lateral (
      select true as is_known from public.sessions s where s.contact_id = x.contact_id and s.status = 'active' limit 1) a on true
    cross join lateral (
      select case when n.number_since is null then coalesce(n.phone, x.phone) else n.phone end as phone, n.customer_id
      from public.contacts n where n.contact_id = x.contact_id and n.merged_into is null limit 1) c
    where x.status = 'active' and x.expires_at > now() and k.is_known is null and a.is_known is null
    order by x.created_at, x.session_id
    on conflict do nothing
    returning session_id
  )
  select array_agg(t.session_id) into placed from stored t;
  perform switchboard.follow_named(c.contact_id)
  from jsonb_to_recordset(batch -> 'sessions') as x(session_id uuid, contact_id uuid, customer_id text, customer_named boolean)
  cross join lateral (select k.contact_id, k.customer_id from public.contacts k where k.contact_id = x.contact_id limit 1) c
  where x.customer_named and x.session_id = any (placed) and c.customer_id is distinct from x.customer_id;
  return coalesce(placed, '{}');
end $$;

-- Active sessions that only moved.
create or replace function switchboard.move_sessions(batch jsonb) returns void language plpgsql volatile as $$
declare
  moved bigint;
begin
  update public.sessions s set last_activity = greatest(s.last_activity, x.last_activity), expires_at = greatest(s.expires_at, x.expires_at)
  from jsonb_to_recordset(batch -> 'sessions')
    as x(session_id uuid, status text, last_activity timestamptz, expires_at timestamptz, changed boolean)
  where s.session_id = x.session_id and coalesce(s.status, '') = 'active' and x.status = 'active' and x.changed is not true
    and (s.last_activity < x.last_activity or s.expires_at < x.expires_at);
  get diagnostics moved = row_count;
  if moved < jsonb_array_length(batch -> 'sessions') and exists (
    select 1 from jsonb_to_recordset(batch -> 'sessions')
      as x(session_id uuid, status text, last_activity timestamptz, expires_at timestamptz, changed boolean)
    cross join lateral (select k.* from public.sessions k where k.session_id = x.session_id limit 1) s
    where s.status = 'active' and x.status = 'active' and x.changed is not true
      and (s.last_activity < x.last_activity or s.expires_at < x.expires_at))
  then
    perform switchboard.refuse_discarded('sessions');
  end if;
end $$;

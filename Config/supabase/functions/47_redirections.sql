-- Items of sessions that are not active any more: they belong to the sessions that went on.

-- The session that goes on after an ended one, opened where there is none.
create or replace function switchboard.successor(ended public.sessions, at timestamptz, until timestamptz) returns uuid
language plpgsql volatile as $$
declare
  successor uuid;
begin
  perform switchboard.expire_sessions(array[ended.contact_id]);
  update public.sessions s set last_activity = greatest(s.last_activity, at), expires_at = greatest(s.expires_at, until)
  where s.contact_id = ended.contact_id and s.status = 'active' returning s.session_id into successor;
  if successor is null then
    if exists (select 1 from public.sessions s where s.contact_id = ended.contact_id and s.status = 'active') then
      perform switchboard.refuse_discarded('sessions');
    end if;
    insert into public.sessions
      (session_id, customer_id, customer_named, phone, channel, session_token, status, created_at, last_activity, expires_at, contact_id)
    select
      switchboard.new_uuid(), coalesce(c.customer_id, c.phone, c.contact_id::text), c.customer_id is not null, c.phone, ended.channel,
      switchboard.new_token(), case when until > now() then 'active' else 'expired' end, least(at, now()), at, until, c.contact_id
    from public.contacts c where c.contact_id = ended.contact_id
    returning session_id into successor;
    if not found then perform switchboard.refuse_discarded('sessions'); end if;
  end if;
  return successor;
end $$;

-- When an item of a session was first received, after the session had ended, that a person sent and that is not stored: what is stored has its
-- place. Null where there is none.
create or replace function switchboard.first_late_item(batch jsonb, id uuid, ended_at timestamptz) returns timestamptz
language plpgsql stable as $$
begin
  return (
    select min((r ->> 'received_at')::timestamptz)
    from (select m, true from jsonb_array_elements(batch -> 'messages') m
          union all select e, false from jsonb_array_elements(batch -> 'events') e) rows(r, is_message)
    where r ->> 'session_id' = id::text and (r ->> 'moves')::boolean and (r ->> 'received_at')::timestamptz >= ended_at
      and not case when is_message then exists (
          select 1 from public.messages m
          where m.provider = r ->> 'provider' and m.account = r ->> 'account' and m.external_id = r ->> 'external_id' limit 1)
        else exists (
          select 1 from public.events e
          where e.provider = r ->> 'provider' and e.account = r ->> 'account' and e.external_id = r ->> 'external_id'
            and e.type = r ->> 'type' limit 1) end);
end $$;

-- Where the items of a session belong that is not active any more: {"<session>": {"to": uuid, "since": time, "all": boolean}}.
-- A merged session's items belong to its survivor. What a person did after a session had ended belongs to the next one, which is opened
-- where there is none.
create or replace function switchboard.redirections(batch jsonb) returns jsonb language plpgsql volatile as $$
declare
  redirections jsonb := '{}'::jsonb;
  given record;
  ended public.sessions;
  target public.sessions;
  first_late timestamptz;
begin
  for given in
    select x.* from switchboard.given_sessions(batch) x
    cross join lateral (select k.status from public.sessions k where k.session_id = x.session_id limit 1) s
    where s.status <> 'active' order by x.session_id
  loop
    select * into ended from public.sessions s where s.session_id = given.session_id;
    target := ended;
    if ended.status = 'merged' then
      select * into target from switchboard.session_of(ended.session_token);
      continue when not found;
      -- Where an instance does not know yet that it was merged, what the person does there is done in the session that goes on.
      update public.sessions s set
        last_activity = greatest(s.last_activity, given.last_activity), expires_at = greatest(s.expires_at, given.expires_at)
      where s.session_id = target.session_id and coalesce(s.status, '') = 'active' and given.status = 'active'
        and (s.last_activity < given.last_activity or s.expires_at < given.expires_at);
      if not found and exists (
        select 1 from public.sessions s
        where s.session_id = target.session_id and s.status = 'active' and given.status = 'active'
          and (s.last_activity < given.last_activity or s.expires_at < given.expires_at))
      then
        perform switchboard.refuse_discarded('sessions');
      end if;
      redirections := redirections || jsonb_build_object(
        ended.session_id, jsonb_build_object('to', target.session_id, 'since', '-infinity', 'all', true));
      continue when target.status = 'active';
    end if;
    -- Where the journal has it as ended, too, its items belong there.
    continue when given.status <> 'active';
    first_late := switchboard.first_late_item(batch, ended.session_id, target.expires_at);
    continue when first_late is null;
    redirections := redirections || jsonb_build_object(
      ended.session_id, jsonb_build_object(
        'to', switchboard.successor(target, first_late, given.expires_at), 'since', target.expires_at, 'all', false));
  end loop;
  return redirections;
end $$;

-- Where an item of a session belongs: null where the session goes on.
create or replace function switchboard.redirected(redirection jsonb, moves boolean, received_at timestamptz) returns uuid
language plpgsql immutable as $$
begin
  return (
    select case when (redirection ->> 'all')::boolean or moves and received_at >= (redirection ->> 'since')::timestamptz
      then (redirection ->> 'to')::uuid end);
end $$;

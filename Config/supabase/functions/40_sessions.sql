-- At most one active session a person, and what has ended stays ended.
--
-- Where a session is updated by its id, coalesce(status, '') keeps the planner from the index of active sessions, all of which it would read.

-- Writes `expired` into the sessions of these contacts whose time is over.
create or replace function switchboard.expire_sessions(contacts uuid[]) returns void language plpgsql volatile as $$
begin
  update public.sessions s set status = 'expired' where s.contact_id = any (contacts) and s.status = 'active' and s.expires_at <= now();
  if exists (
    select 1 from public.sessions s where s.contact_id = any (contacts) and s.status = 'active' and s.expires_at <= now())
  then
    perform switchboard.refuse_discarded('sessions');
  end if;
end $$;

-- A row that a team writes itself, and an earlier gateway's, do not say whether the customer is named. Whoever may write the table need not be
-- allowed to call anything for it.
create or replace function switchboard.note_customer() returns trigger language plpgsql security definer as $$
begin
  new.customer_named := switchboard.is_named(new.customer_id, new.phone, new.contact_id);
  return new;
end $$;
create or replace trigger switchboard_customer_of_new before insert on public.sessions
  for each row when (new.customer_named is null) execute function switchboard.note_customer();
create or replace trigger switchboard_customer_of_changed before update of customer_id on public.sessions
  for each row when (new.customer_id is distinct from old.customer_id and new.customer_named is not distinct from old.customer_named)
  execute function switchboard.note_customer();
update public.sessions s set customer_named = switchboard.is_named(s.customer_id, s.phone, s.contact_id) where s.customer_named is null;
-- Earlier gateways took a word for nobody (`anonymous`) for the customer of whoever started with it.
update public.sessions s set
  customer_named = false, customer_id = case when s.status = 'active' then coalesce(s.phone, s.contact_id::text) else s.customer_id end
where s.customer_named and not switchboard.names_somebody(s.customer_id);
update public.contacts c set customer_id = null where c.customer_id is not null and not switchboard.names_somebody(c.customer_id);
-- They also opened a session of a number that stands for hidden callers, which all of them shared.
update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, now())
where s.status = 'active' and s.phone is not null and not switchboard.names_somebody(s.phone);

-- The active session of a contact shows the contact's number, and its customer unless a client has named one in the session.
create or replace function switchboard.follow_contact(contact uuid) returns void language plpgsql volatile as $$
begin
  update public.sessions s set
    phone = c.phone, customer_named = s.customer_named or c.customer_id is not null,
    customer_id = case when s.customer_named then s.customer_id else coalesce(c.customer_id, c.phone, c.contact_id::text) end
  from public.contacts c where c.contact_id = contact and s.contact_id = contact and s.status = 'active';
  if not found and exists (select 1 from public.sessions s where s.contact_id = contact and s.status = 'active') then
    perform switchboard.refuse_discarded('sessions');
  end if;
end $$;

-- Whom clients named as the customer of a contact: the one of the session that lived last and names one. Two instances that do not hear of each
-- other can name two, and whatever comes in whatever order, and however often, leads to the same. Null where nobody was named.
create or replace function switchboard.named_customer(contact uuid) returns text language plpgsql stable as $$
begin
  return (
    select s.customer_id from public.sessions s where s.contact_id = contact and s.customer_named
    order by s.expires_at desc nulls last, s.created_at desc, s.session_id desc limit 1);
end $$;

-- The contact's customer is whom clients named.
create or replace function switchboard.follow_named(contact uuid) returns void language plpgsql volatile as $$
declare
  named text := switchboard.named_customer(contact);
begin
  update public.contacts c set customer_id = named where c.contact_id = contact and c.customer_id is distinct from named and named is not null;
  if not found and exists (
    select 1 from public.contacts c where c.contact_id = contact and c.customer_id is distinct from named and named is not null)
  then
    perform switchboard.refuse_discarded('contacts');
  end if;
end $$;

-- Columns that the project has added keep their defaults.
create or replace function switchboard.insert_session(s public.sessions) returns void language plpgsql volatile as $$
begin
  insert into public.sessions
    (session_id, customer_id, customer_named, phone, channel, session_token, status, created_at, last_activity, expires_at, metadata, contact_id)
  values
    (s.session_id, s.customer_id, s.customer_named, s.phone, s.channel, s.session_token, s.status, s.created_at, s.last_activity, s.expires_at, s.metadata,
     s.contact_id);
  if not found then perform switchboard.refuse_discarded('sessions'); end if;
end $$;

-- The session that a token leads to; of one that was merged, the session that it became. Sessions that name each other lead nowhere.
create or replace function switchboard.session_of(token text) returns setof public.sessions language plpgsql stable as $$
declare
  found_session public.sessions;
  passed uuid[] := '{}';
  next uuid;
begin
  select * into found_session from public.sessions s where s.session_token = token;
  while found_session.status = 'merged' loop
    passed := passed || found_session.session_id;
    next := (found_session.metadata ->> 'merged_into')::uuid;
    if next is null or next = any (passed) then return; end if;
    select * into found_session from public.sessions s where s.session_id = next;
  end loop;
  if found_session.session_id is not null then return next found_session; end if;
end $$;

-- A session takes over what was done in one that is merged into it.
create or replace function switchboard.extend_session(session uuid, merged public.sessions) returns void language plpgsql volatile as $$
begin
  update public.sessions s set
    last_activity = greatest(s.last_activity, merged.last_activity), expires_at = greatest(s.expires_at, merged.expires_at),
    customer_id = case when s.customer_named or not merged.customer_named then s.customer_id else merged.customer_id end,
    customer_named = s.customer_named or merged.customer_named
  where s.session_id = session;
  if not found then perform switchboard.refuse_discarded('sessions'); end if;
end $$;

-- Of two active sessions of one person the older goes on, and the other leads to it, with its items. Where clients named two customers, as
-- they can while instances do not know of each other, the younger ends instead: nothing is shown of the other's session.
create or replace function switchboard.merge_sessions(younger uuid, older uuid) returns void language plpgsql volatile as $$
declare
  lost public.sessions;
  stays public.sessions;
begin
  select * into lost from public.sessions s where s.session_id = younger;
  select * into stays from public.sessions s where s.session_id = older;
  if lost.customer_named and stays.customer_named and lost.customer_id <> stays.customer_id then
    update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, now()) where s.session_id = younger;
    if not found then perform switchboard.refuse_discarded('sessions'); end if;
    return;
  end if;
  update public.sessions s set status = 'merged', metadata = s.metadata || jsonb_build_object('merged_into', older)
  where s.session_id = younger and s.status is distinct from 'logged_out' returning s.* into lost;
  if lost.session_id is null then
    -- A team has ended it itself meanwhile: its token leads nowhere.
    if exists (select 1 from public.sessions s where s.session_id = younger and s.status is distinct from 'logged_out') then
      perform switchboard.refuse_discarded('sessions');
    end if;
    return;
  end if;
  perform switchboard.extend_session(older, lost);
  update public.messages m set session_id = older where m.session_id = younger;
  if exists (select 1 from public.messages m where m.session_id = younger) then perform switchboard.refuse_discarded('messages'); end if;
  update public.events e set session_id = older where e.session_id = younger;
  if exists (select 1 from public.events e where e.session_id = younger) then perform switchboard.refuse_discarded('events'); end if;
  -- Whatever led to the lost one leads to its survivor at once: a look-up takes one step.
  update public.sessions s set metadata = s.metadata || jsonb_build_object('merged_into', older)
  where s.contact_id = lost.contact_id and s.status = 'merged' and s.metadata ->> 'merged_into' = younger::text;
  if exists (
    select 1 from public.sessions s
    where s.contact_id = lost.contact_id and s.status = 'merged' and s.metadata ->> 'merged_into' = younger::text)
  then
    perform switchboard.refuse_discarded('sessions');
  end if;
end $$;


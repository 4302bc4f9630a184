-- The tables of the peer. A phone has at most one active session. A message's id is unique, so that a repeated message is stored once.
create table sessions (
  session_id uuid primary key default gen_random_uuid(),
  phone text not null,
  channel text not null,
  status text not null default 'active',
  created_at timestamptz not null default now(),
  last_activity timestamptz not null
) with (fillfactor = 80); -- leaves space for the new last_activity on the same page, so that indexes need no change

create unique index sessions_active on sessions (phone) where status = 'active';

create table messages (
  message_id bigint generated always as identity primary key,
  session_id uuid not null references sessions,
  line text not null,
  external_id text not null unique,
  type text not null,
  content jsonb not null,
  sent_at timestamptz not null,
  received_at timestamptz not null default now()
);

create index messages_session on messages (session_id);

-- Finds or opens the sender's session, moves its last activity, and stores the message unless it is known. The update comes first, since
-- most senders have a session. A future time counts as now: otherwise it would keep the session open.
create function store_message(sender text, line text, external_id text, type text, content jsonb, sent_at timestamptz) returns void
language plpgsql as $$
declare
  activity timestamptz := least(sent_at, now());
  session uuid;
begin
  update sessions set last_activity = greatest(last_activity, activity)
    where phone = sender and status = 'active' returning session_id into session;
  if not found then
    insert into sessions (phone, channel, last_activity) values (sender, 'whatsapp', activity)
      on conflict (phone) where status = 'active'
        do update set last_activity = greatest(sessions.last_activity, excluded.last_activity)
      returning session_id into session;
  end if;
  insert into messages (session_id, line, external_id, type, content, sent_at)
    values (session, line, external_id, type, content, sent_at) on conflict do nothing;
end
$$;

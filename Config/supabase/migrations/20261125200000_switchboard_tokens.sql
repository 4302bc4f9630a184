-- The session that a token leads to; of one that was merged, the session that it became. Sessions that name each other lead nowhere.
create or replace function public.switchboard_session_of(token text) returns setof public.sessions
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
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

-- Whoever asks learns of the merged session too, whose token it is: it knows the token from then on.
create or replace function public.switchboard_session(request jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce((
    select pg_catalog.jsonb_build_object(
      'outcome', case when s.status = 'active' and s.expires_at > pg_catalog.now() then 'live' else 'ended' end,
      'session', public.switchboard_session_row(row(s.*)::public.sessions),
      'contact', (select public.switchboard_contact_row(row(c.*)::public.contacts) from public.contacts c where c.contact_id = s.contact_id),
      'merged', (
        select public.switchboard_session_row(row(m.*)::public.sessions) from public.sessions m
        where m.session_token = request ->> 'session_token' and m.status = 'merged'))
    from public.switchboard_session_of(request ->> 'session_token') s), '{"outcome":"unknown"}'::jsonb)
$$;

-- Writes `expired` into sessions whose time is over, and gives those the times of now whose times are of a clock that was ahead: they would live
-- until then. Never waits for a row that somebody else has.
create or replace function public.switchboard_sweep(request jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = '' as $$
declare
  expired bigint;
  returned bigint;
begin
  update public.sessions s
  set last_activity = pg_catalog.now(), expires_at = pg_catalog.now() + greatest(s.expires_at - s.last_activity, interval '0')
  where s.session_id in (
    select d.session_id from public.sessions d where d.status = 'active' and d.last_activity > pg_catalog.now() + interval '5 minutes'
    limit coalesce((request ->> 'limit')::bigint, 1000) for update skip locked);
  get diagnostics returned = row_count;
  update public.sessions s set status = 'expired' where s.session_id in (
    select d.session_id from public.sessions d where d.status = 'active' and d.expires_at <= pg_catalog.now()
    limit coalesce((request ->> 'limit')::bigint, 1000) for update skip locked);
  get diagnostics expired = row_count;
  return pg_catalog.jsonb_build_object('expired', expired, 'returned', returned);
end $$;

-- PostgREST keeps a copy of the schema: it is told that there is more.
notify pgrst, 'reload schema';

-- Lets the team's agents read conversations, also live. To be run after `switchboard migrate`, in the project's SQL editor or by
-- `psql -v ON_ERROR_STOP=1`; harmless when run again. Docs/Supabase.md explains it, and Docs/examples/agent.html is a page that uses it.
--
-- An agent is a user of Supabase Auth with the role `agent` in app_metadata, which users cannot change themselves:
--   update auth.users set raw_app_meta_data = raw_app_meta_data || '{"role": "agent"}' where email = 'agent@example.com';
-- The role is in the tokens that are issued from then on: whoever is signed in already signs in again.

begin;

-- Columns. Whoever has a session's token acts as that person, so no client may read it. A right to read all of sessions would include it.
revoke select on public.sessions from public, anon, authenticated;
grant select (
  session_id, contact_id, customer_id, customer_named, phone, channel, status, created_at, last_activity, expires_at, metadata
) on public.sessions to authenticated;
grant select on public.contacts, public.messages, public.message_statuses, public.message_status_current, public.events to authenticated;
grant usage on schema public to authenticated;

-- Rows: all of them for agents, none for others who are signed in. The claims are those that auth.jwt() gives. The outer subquery is
-- evaluated once a statement instead of once a row; Supabase's linter looks for the inner one.
do $$
declare
  name text;
begin
  foreach name in array array['contacts', 'sessions', 'messages', 'message_statuses', 'events'] loop
    execute format('drop policy if exists agents_read on public.%I', name);
    execute format($policy$
      create policy agents_read on public.%I for select to authenticated using (
        (select nullif((select current_setting('request.jwt.claims', true)), '')::jsonb -> 'app_metadata' ->> 'role') = 'agent')
      $policy$, name);
  end loop;
end $$;

-- Realtime. It leaves out of a change what the subscriber's role has no right to select, and asks the policies for each row. A list of
-- columns in the publication would hide nothing, since Realtime does not look at it, and stop all updates where `replica identity` is full.
do $$
declare
  name text;
begin
  if exists (select 1 from pg_publication where pubname = 'supabase_realtime' and not puballtables) then
    foreach name in array array['contacts', 'sessions', 'messages', 'message_statuses', 'events'] loop
      if not exists (
        select 1 from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = name)
      then
        execute format('alter publication supabase_realtime add table public.%I', name);
      end if;
    end loop;
  end if;
end $$;

commit;

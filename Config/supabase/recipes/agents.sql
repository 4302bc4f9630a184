-- Lets the team's agents read conversations, and see changes as they happen. Run it after `switchboard migrate`, in the project's SQL
-- editor or with `psql -v ON_ERROR_STOP=1`. It can be run again. Docs/Supabase.md explains it; Docs/examples/agent.html is a page that uses it.
--
-- An agent is a user of Supabase Auth with the role `agent` in app_metadata, which users cannot change themselves:
--   update auth.users set raw_app_meta_data = raw_app_meta_data || '{"role": "agent"}' where email = 'agent@example.com';
-- The role is part of each token that is issued afterwards. A user who is already signed in has to sign in again.

begin;

-- Columns. Anyone with a session's token can act as that person, so no client may read session_token. Permission to select the whole table
-- would include it, so it is replaced by permission to select the other columns.
revoke select on public.sessions from public, anon, authenticated;
grant select (
  session_id, contact_id, customer_id, customer_named, phone, channel, status, created_at, last_activity, expires_at, metadata
) on public.sessions to authenticated;
grant select on public.contacts, public.messages, public.message_statuses, public.message_status_current, public.events to authenticated;
grant usage on schema public to authenticated;

-- Rows. Agents can read all rows, other signed-in users none. The claims are those that auth.jwt() returns. Because of the outer subquery
-- PostgreSQL evaluates the condition once per statement instead of once per row. Supabase's linter expects the inner subquery.
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

-- Realtime. It omits from a change the columns that the subscriber's role may not select, and evaluates the policies for each row. A column
-- list in the publication would not hide anything, since Realtime ignores it. On a table whose `replica identity` is full, such a list
-- would make every update fail.
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

-- Who may call what, and under which settings.

grant usage on schema switchboard to service_role;
do $$
declare
  function regprocedure;
  path text;
begin
  -- Triggers of the project's own run under the path of whatever wrote the row, and most name their tables without a schema, as PostgREST and
  -- Supabase's roles let them: the same path here. What runs with its owner's rights searches nothing.
  for function, path in
    select p.oid::regprocedure, case when p.prosecdef then '''''' else 'public, extensions, pg_temp' end
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'switchboard' or n.nspname = 'public' and p.proname in (
      'switchboard_ingest', 'switchboard_start', 'switchboard_session', 'switchboard_end', 'switchboard_sweep', 'switchboard_inspect')
  loop
    execute format('alter function %s set search_path = %s', function, path);
    execute format('revoke all on function %s from public, anon, authenticated', function);
    execute format('grant execute on function %s to service_role', function);
  end loop;
end $$;

-- A plan that was made while tables were empty must not scan them when they are full: rows are looked up one by one, by their indexes. What is
-- planned as if it took long would be compiled first, which takes longer than all of it. Whatever these call runs under their settings.
do $$
declare
  function text;
begin
  foreach function in array array['ingest', 'start', 'session', 'end'] loop
    execute format(
      'alter function public.switchboard_%s(jsonb) set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off',
      function);
  end loop;
end $$;
-- A plan for each list of known contacts would take longer than it saves.
alter function switchboard.place_contacts_of_sessions(jsonb, uuid[]) set plan_cache_mode = force_generic_plan;
alter function switchboard.place_contacts_of_items(jsonb, uuid[]) set plan_cache_mode = force_generic_plan;
-- What it tells of types must not depend on who asks: with this setting a type has quotes.
alter function public.switchboard_inspect(jsonb) set quote_all_identifiers = off;

-- PostgREST keeps a copy of the schema: it is told that there is more.
notify pgrst, 'reload schema';

-- Switchboard's functions: all that the gateway writes goes through them, so that any number of instances agree.
--
-- Six in `public` are called, each with one JSON object, and answer one; whoever calls must be service_role. What they are made of is in the
-- schema `switchboard`, which no API shows. This is Config/supabase/functions, one file after the other: the next change of a function is a
-- change there and a migration of its own (`make migration`).

do $$
begin
  create schema if not exists switchboard;
exception when insufficient_privilege then
  raise insufficient_privilege using
    message = format('there is no schema switchboard, and %s may not make it', current_user),
    hint = format('As the owner of the database: create schema switchboard authorization %I;', current_user);
end $$;

-- What earlier versions had in `public`.
drop function if exists
  public.switchboard_place_session(jsonb), public.switchboard_place_new_sessions(jsonb), public.switchboard_redirections(jsonb),
  public.switchboard_successor(public.sessions, timestamptz, timestamptz), public.switchboard_insert_session(public.sessions),
  public.switchboard_place_merged_session(public.sessions, public.sessions, boolean), public.switchboard_merge_sessions(uuid, uuid),
  public.switchboard_session_of(text), public.switchboard_place_contact(jsonb, jsonb), public.switchboard_place_new_contacts(jsonb, jsonb),
  public.switchboard_place_unknown_contacts(jsonb, uuid[]), public.switchboard_merge_contacts(uuid, uuid), public.switchboard_canonical(uuid),
  public.switchboard_lock(jsonb), public.switchboard_is_named(text, text, uuid), public.switchboard_e164(jsonb),
  public.switchboard_patch(jsonb, jsonb), public.switchboard_token(), public.switchboard_uuid(),
  public.switchboard_session_row(public.sessions), public.switchboard_contact_row(public.contacts), public.switchboard_time(timestamptz);
do $$
begin
  -- Of versions 2 to 7.
  drop function if exists
    switchboard.sessions_of(jsonb), switchboard.place_identities(uuid, jsonb), switchboard.number_of(jsonb), switchboard.claim_contact(jsonb),
    switchboard.merged_contacts(jsonb), switchboard.place_identities(uuid, jsonb, timestamptz), switchboard.given_identities(jsonb),
    switchboard.place_number(public.contacts, jsonb, timestamptz);
exception when undefined_object or invalid_schema_name then null;
end $$;

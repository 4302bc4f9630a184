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
-- Values as the gateway reads and writes them.

create or replace function switchboard.iso_time(t timestamptz) returns text language sql stable as $$
  select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

create or replace function switchboard.session_json(s public.sessions) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'session_id', s.session_id, 'contact_id', s.contact_id, 'customer_id', s.customer_id, 'customer_named', s.customer_named,
    'phone', s.phone, 'channel', s.channel, 'session_token', s.session_token, 'status', s.status, 'created_at', switchboard.iso_time(s.created_at),
    'last_activity', switchboard.iso_time(s.last_activity), 'expires_at', switchboard.iso_time(s.expires_at), 'metadata', s.metadata)
$$;

-- The contact that an id stands for by now; null for one that is not stored. Contacts that somebody has merged into each other by hand lead round in
-- a circle, and to the last of them.
create or replace function switchboard.canonical(id uuid) returns uuid language plpgsql stable as $$
declare
  here uuid;
  next uuid := id;
  passed uuid[] := '{}';
begin
  while next <> all (passed) loop
    here := next;
    passed := passed || here;
    select c.merged_into into next from public.contacts c where c.contact_id = here;
    if not found then return null; end if;
  end loop;
  return here;
end $$;

-- From whom the number passed is told as who that is by now: an instance may not know whom it was then.
create or replace function switchboard.contact_json(c public.contacts) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'contact_id', c.contact_id, 'phone', c.phone, 'number_since', switchboard.iso_time(c.number_since),
    'number_from', coalesce(switchboard.canonical(c.number_from), c.number_from),
    'customer_id', c.customer_id, 'display_name', c.display_name,
    'created_at', switchboard.iso_time(c.created_at), 'updated_at', switchboard.iso_time(c.updated_at), 'merged_into', c.merged_into)
$$;

-- 256 bits, URL-safe.
create or replace function switchboard.new_token() returns text language sql volatile as $$
  select rtrim(translate(encode(sha256(convert_to(
    gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'base64'), '+/', '-_'), '=')
$$;

-- A UUID of version 7: 48 bits of milliseconds, the rest random.
create or replace function switchboard.new_uuid() returns uuid language sql volatile as $$
  select overlay(
    overlay(replace(gen_random_uuid()::text, '-', '')
      placing lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') from 1 for 12)
    placing '7' from 13 for 1)::uuid
$$;

-- A JSON merge patch (RFC 7396).
create or replace function switchboard.merge_patch(target jsonb, patch jsonb) returns jsonb language plpgsql immutable as $$
declare
  result jsonb := case when jsonb_typeof(target) = 'object' then target else '{}'::jsonb end;
  name text;
  value jsonb;
begin
  if jsonb_typeof(patch) <> 'object' then return patch; end if;
  for name, value in select p.key, p.value from jsonb_each(patch) p loop
    if jsonb_typeof(value) = 'null' then
      result := result - name;
    else
      result := result || jsonb_build_object(name, switchboard.merge_patch(result -> name, value));
    end if;
  end loop;
  return result;
end $$;

-- A text with the compatibility forms of Unicode's NFKC and the digits of any script in ASCII, a space for white space beyond ASCII, and without
-- characters that cannot be seen. `String.folded` of a gateway does the same. `zeros` are the zeros of all scripts.
create or replace function switchboard.folded(given text) returns text language plpgsql immutable as $$
declare
  zeros int[] := '{
    1632, 1776, 1984, 2406, 2534, 2662, 2790, 2918, 3046, 3174, 3302, 3430, 3558, 3664, 3792, 3872, 4160, 4240, 6112, 6160, 6470, 6608,
    6784, 6800, 6992, 7088, 7232, 7248, 42528, 43216, 43264, 43472, 43504, 43600, 44016, 66720, 68912, 68928, 69734, 69872, 69942, 70096,
    70384, 70736, 70864, 71248, 71360, 71376, 71386, 71472, 71904, 72016, 72688, 72784, 73040, 73120, 73184, 73552, 90416, 92768, 92864,
    93008, 93552, 118000, 123200, 123632, 124144, 124401, 125264}';
begin
  if given !~ '[^\u0001-\u007F]' then return given; end if;
  given := regexp_replace(
    normalize(given, NFKC),
    '[\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB'
    '\U000110BD\U000110CD\U00013430-\U0001343F\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0001\U000E0020-\U000E007F]', '', 'g');
  return (
    select coalesce(string_agg(coalesce(chr(48 + ascii(c.letter) - z.zero), c.letter), '' order by c.place), '')
    from regexp_split_to_table(regexp_replace(given, '[\u0085\u1680\u2028\u2029]', ' ', 'g'), '') with ordinality as c(letter, place)
    left join unnest(zeros) as z(zero) on ascii(c.letter) between z.zero and z.zero + 9);
end $$;

-- With the characters of ASCII that percent escapes stand for, each once; those stay that would divide an address.
create or replace function switchboard.unescaped(name text) returns text language plpgsql immutable as $$
begin
  if name !~ '%' then return name; end if;
  return (
    select coalesce(string_agg(coalesce(chr(('x' || p.part[1])::bit(8)::int), p.part[2]), '' order by p.place), '')
    from regexp_matches(name, '%(?!00|3[AaBb]|40)([0-7][0-9A-Fa-f])|(.)', 'g') with ordinality as p(part, place));
end $$;

-- Whether a folded name is a word for somebody who is hidden or not known, with or without a plus before it, or what such a word is on a keypad;
-- that counts as an international number alone, unless `is_number`.
create or replace function switchboard.is_hidden(name text, is_number boolean) returns boolean language plpgsql immutable as $$
begin
  if (is_number or name ~ '^\s*\+') and regexp_replace(name, '[^0-9]', '', 'g') ~
    '^(?!.{12})0*(266696687|2562533|7748283|7378742833|86282452253|8656696|94844353)$' then return true; end if;
  return lower(regexp_replace(regexp_replace(name, '^[\s+]*', ''), '[-_\s]', '', 'g') collate "C") in (
    'anonymous', 'blocked', 'hidden', 'private', 'restricted', 'unavailable', 'unknown', 'withheld',
    'anonymouscaller', 'hiddennumber', 'nocallerid', 'notavailable', 'numberwithheld', 'outofarea', 'privatecaller', 'privatenumber',
    'unknowncaller', 'unknownnumber', 'withheldnumber', '(null)', '[objectobject]', 'n/a', 'nan', 'nil', 'none', 'null', 'undefined',
    'anonymoususer', 'anonymousvisitor', 'guest', 'guestuser', 'unknownuser', 'unknownvisitor', 'visitor', 'websitevisitor');
end $$;

-- Whether a text can be a customer's id: not blank, not zeros alone, and no word for somebody who is hidden or not known, nor what such a word is on a
-- keypad, nor an address without a name. `String.namesSomebody` decides so in a gateway; Tests/SessionRules/customers.json has the cases that both are
-- run against. Mailboxes are somebody's.
create or replace function switchboard.names_somebody(id text) returns boolean language plpgsql immutable as $$
declare
  blank constant text := '^[-+0\u0001-\u0020\u007F-\u009F]*$';
  text_of_id text;
  person text;
  names text;
  scheme text;
  host text;
  last_name text;
  is_known_scheme boolean;
begin
  if id is null then return false; end if;
  -- As nearly all ids are: visible ASCII with a digit in it, and no address. No word has a digit.
  if id ~ '[1-9]' and id !~ '[^!-*,-9=>A-~]' then return true; end if;
  text_of_id := switchboard.folded(id);
  if text_of_id ~ blank then return false; end if;
  if octet_length(id) > 128 then return true; end if;
  text_of_id := regexp_replace(coalesce(substring(text_of_id from '<([^<>]*)>[^<]*$'), text_of_id), '[;?].*$', '');
  person := regexp_replace(text_of_id, '@.*$', '');
  host := lower(regexp_replace(regexp_replace(substring(text_of_id from '@(.*)$'), ':.*$', ''), '\s', '', 'g') collate "C");
  scheme := lower(regexp_replace(substring(person from '^([^:]*):'), '\s', '', 'g') collate "C");
  names := regexp_replace(person, '^[^:]*:', '');
  if scheme in ('sip', 'sips', 'tel') then names := switchboard.unescaped(names); end if;
  last_name := coalesce(nullif(substring(names from '([^:]*):*$'), ''), scheme, '');
  is_known_scheme := coalesce(scheme in ('client', 'messenger', 'mms', 'rcs', 'sip', 'sips', 'sms', 'tel', 'whatsapp'), false);
  if host is null then
    return not (switchboard.is_hidden(last_name, false) or is_known_scheme and replace(names, ':', '') ~ blank);
  end if;
  if host ~ '^[^.]*\.invalid$' and switchboard.is_hidden(split_part(host, '.', 1), false) then return false; end if;
  if scheme in ('sip', 'sips') then
    names := substring(names from '^:*([^:]*)');
    return not (names ~ blank or switchboard.is_hidden(names, true));
  end if;
  -- People have no mailboxes within a network without a domain, at an IP address, in WhatsApp's domains, or in those that are reserved.
  if host ~ '\.(?!invalid$|localhost$)[^.]*[^.0-9][^.]*$' and host not in ('c.us', 'g.us', 's.whatsapp.net') then return true; end if;
  return not (
    switchboard.is_hidden(last_name, false)
    or replace(names, ':', '') ~ blank and (is_known_scheme or names ~ '[^:]'));
end $$;

-- Whether a customer's id is one, rather than the phone or the contact's id that stands in for it: for rows that do not say so in `customer_named`,
-- which are those of earlier gateways, and those that a team writes itself.
create or replace function switchboard.is_named(customer text, phone text, contact uuid) returns boolean language plpgsql immutable as $$
begin
  return (
    select switchboard.names_somebody(customer) and customer is distinct from phone and customer is distinct from contact::text);
end $$;

-- Identities of a batch, each with the moment since which it leads to its contact, and with the number that it is, as it was received with its
-- country code; null for any other identity. Gateways of earlier versions say only when it was first seen. A clock that is ahead does not keep an
-- identity for longer than that. `scopes` are all under which an id of a portfolio may be stored, its own among them.
create or replace function switchboard.given_identities(identities jsonb) returns table (
  kind text, scope text, value text, contact_id uuid, first_seen timestamptz, linked_at timestamptz, number text,
  scopes text[])
language plpgsql stable rows 100 as $$
begin
  return query
    select i.kind, i.scope, i.value, i.contact_id, coalesce(i.first_seen, now()),
           least(coalesce(i.linked_at, i.first_seen, now()), now() + interval '5 minutes'),
           case when i.kind = 'phone' and coalesce(i.scope, '') = '' then '+' || regexp_replace(i.value, '[^0-9]', '', 'g') end,
           array[i.scope] || coalesce(i.scopes, '{}')
    from jsonb_to_recordset(identities) as i(
      kind text, scope text, scopes text[], value text, contact_id uuid, first_seen timestamptz, linked_at timestamptz);
end $$;

-- All forms of the number that a row of a batch names; null where it names none.
create or replace function switchboard.numbers_of(given jsonb) returns text[] language plpgsql immutable as $$
begin
  return (
    select array_agg(p order by p)
    from (select jsonb_array_elements_text(given -> 'phones') as p union select given ->> 'phone') p where p is not null);
end $$;

-- The same without the plus, as providers send them.
create or replace function switchboard.digits_of(given jsonb) returns text[] language plpgsql immutable as $$
begin
  return (select array_agg(substr(n, 2)) from unnest(switchboard.numbers_of(given)) n);
end $$;

-- The sessions of a batch, as an instance knows them.
create or replace function switchboard.given_sessions(batch jsonb) returns table (
  session_id uuid, contact_id uuid, customer_id text, customer_named boolean, phone text, phones jsonb, channel text, session_token text,
  status text, created_at timestamptz, last_activity timestamptz, expires_at timestamptz, metadata jsonb, changed boolean)
language plpgsql stable rows 100 as $$
begin
  return query
    select x.session_id, x.contact_id, x.customer_id,
           coalesce(x.customer_named and switchboard.names_somebody(x.customer_id), switchboard.is_named(x.customer_id, x.phone, x.contact_id)),
           x.phone, x.phones, x.channel,
           x.session_token, x.status, x.created_at, x.last_activity, x.expires_at, x.metadata, x.changed
    from jsonb_to_recordset(batch -> 'sessions') as x(
      session_id uuid, contact_id uuid, customer_id text, customer_named boolean, phone text, phones jsonb, channel text, session_token text,
      status text, created_at timestamptz, last_activity timestamptz, expires_at timestamptz, metadata jsonb, changed boolean);
end $$;

-- The contacts that the items of a batch name.
create or replace function switchboard.item_contacts(batch jsonb) returns table (contact_id uuid) language plpgsql stable rows 100 as $$
begin
  return query
    select m.contact_id from jsonb_to_recordset(batch -> 'messages') as m(contact_id uuid) where m.contact_id is not null
    union
    select e.contact_id from jsonb_to_recordset(batch -> 'events') as e(contact_id uuid) where e.contact_id is not null;
end $$;

-- The changes that the events of a batch tell of numbers and user ids, each with whose it is, since when it counts, and the number from which it came,
-- where it is told.
create or replace function switchboard.given_changes(batch jsonb) returns table (
  contact_id uuid, type text, changed_at timestamptz, former text, data jsonb)
language plpgsql stable rows 10 as $$
begin
  if not batch ? 'events' then return; end if;
  return query
    select e.contact_id, e.type, least(e.occurred_at, e.received_at), e.data ->> 'from', e.data
    from jsonb_to_recordset(batch -> 'events') as e(
      contact_id uuid, kind text, type text, occurred_at timestamptz, received_at timestamptz, data jsonb)
    where e.kind = 'identity' and e.type in ('number.changed', 'user_id.changed') and e.contact_id is not null;
end $$;
-- What Switchboard writes is there afterwards, or the call fails. A trigger before a row that returns null, a rule that does something instead and a
-- policy that hides the row discard it without a word.

-- Fails for a table that has discarded a row, and names what may have done it. Whoever writes one row calls this where the statement hit none, and
-- whoever writes several where one is left that it should have hit.
create or replace function switchboard.refuse_discarded(name text) returns void language plpgsql volatile as $$
declare
  suspects text;
begin
  select string_agg(d.suspect, ', ' order by d.suspect) into suspects
  from pg_class c
  cross join lateral (
    -- Bits of tgtype: 1 for each row, 2 before, 4 insert, 16 update.
    select format('trigger %I', t.tgname) as suspect from pg_trigger t
    where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 3 = 3 and t.tgtype & 20 <> 0
      and t.tgname not like 'switchboard\_%'
    union all
    select format('rule %I', r.rulename) from pg_rewrite r where r.ev_class = c.oid and r.is_instead and r.ev_type in ('2', '3')
    union all
    select format('policy %I', p.polname) from pg_policy p where p.polrelid = c.oid and row_security_active(c.oid) and p.polcmd in ('*', 'w')) d
  where c.relnamespace = 'public'::regnamespace and c.relname = name;
  -- The plan of a statement that a rule replaced by nothing names no table, and would outlive the rule in connections that are kept.
  execute 'discard plans';
  raise sqlstate '23000' using message = format('a trigger on the table %s discards rows', name) || coalesce(': ' || suspects, '');
end $$;
-- One person at a time: calls about one person follow each other, and no two calls wait for each other.
--
-- A call takes a lock for each person before it reads or changes anything of theirs: for those that it names (by the least form of their number,
-- by each of their identities and by their contact's id) and for those that these lead to in the database (by their contact's id). Locks are
-- taken in the order of their numbers. Whom a call finds is looked up while it holds its locks; where it finds a person whom it has not locked,
-- it releases all its locks and starts over with that person's among them.
--
-- The numbers are of the type that hashtextextended takes: a function of that name in `public` that takes an int would be the better match.

create or replace function switchboard.named_locks(batch jsonb) returns bigint[] language plpgsql stable as $$
begin
  return (
    with people as (
      select r.contact_id, least((select min(p) from jsonb_array_elements_text(r.phones) p), r.phone) as phone
      from (select * from jsonb_to_recordset(batch -> 'contacts') as c(contact_id text, phone text, phones jsonb)
            union all select * from jsonb_to_recordset(batch -> 'sessions') as s(contact_id text, phone text, phones jsonb)) r
    )
    select coalesce(array_agg(hashtextextended(k.key, 0::bigint)), '{}') from (
      select p.contact_id as key from people p union select p.phone from people p
      union select i.kind || '/' || s.scope || '/' || i.value from switchboard.given_identities(batch -> 'identities') i
      cross join lateral unnest(i.scopes) s(scope)
      union select i.contact_id::text from switchboard.item_contacts(batch) i) k
    where k.key is not null);
end $$;

create or replace function switchboard.found_locks(batch jsonb) returns bigint[] language plpgsql stable as $$
begin
  return (
    with strangers as (
      select c.contact_id, c.merged_into, c.phone, c.phones
      from jsonb_to_recordset(batch -> 'contacts') as c(contact_id uuid, merged_into uuid, phone text, phones jsonb)
      union all
      -- A session that is stored with its contact leads to nobody else.
      select x.contact_id, s.contact_id, x.phone, x.phones
      from jsonb_to_recordset(batch -> 'sessions') as x(session_id uuid, contact_id uuid, phone text, phones jsonb)
      left join lateral (select k.contact_id from public.sessions k where k.session_id = x.session_id limit 1) s on true
      where s.contact_id is distinct from x.contact_id
    ), identities as (
      select i.* from switchboard.given_identities(batch -> 'identities') i
    ), ids as (
      select s.contact_id from strangers s union select s.merged_into from strangers s
      union select g.contact_id from switchboard.given_changes(batch) g
      union
      select k.contact_id from identities i
      -- A look-up a scope: a list of them would be answered from a scan, where it was planned while the table was empty.
      cross join lateral unnest(i.scopes) c(scope)
      cross join lateral (
        select d.contact_id from public.identities d where d.kind = i.kind and d.scope = c.scope and d.value = i.value limit 1) k
    ), numbers as (
      select s.phone from strangers s union select p from strangers s cross join lateral jsonb_array_elements_text(s.phones) p
      union select i.number from identities i
      union select '+' || regexp_replace(g.former, '[^0-9]', '', 'g') from switchboard.given_changes(batch) g
    )
    select coalesce(array_agg(distinct hashtextextended(coalesce(switchboard.canonical(f.merged_into), f.contact_id)::text, 0::bigint)), '{}') from (
      select c.contact_id, c.merged_into from ids
      cross join lateral (select k.contact_id, k.merged_into from public.contacts k where k.contact_id = ids.contact_id limit 1) c
      union all
      select c.contact_id, c.merged_into from numbers
      cross join lateral (select k.contact_id, k.merged_into from public.contacts k where k.phone = numbers.phone limit 1) c
      union all
      -- Whose the number was before may be whom the batch means.
      select p.contact_id, p.merged_into from numbers
      cross join lateral (select k.number_from from public.contacts k where k.phone = numbers.phone limit 1) c
      cross join lateral (select k.contact_id, k.merged_into from public.contacts k where k.contact_id = c.number_from limit 1) p) f);
end $$;

-- Locks are counted for the whole server: a call with very many takes the one lock of all persons instead, of which every other takes a share.
create or replace function switchboard.take_locks(numbers bigint[]) returns void language plpgsql volatile as $$
declare
  everybody constant bigint := hashtextextended('switchboard', 0::bigint);
begin
  if cardinality(numbers) > 1000 then
    perform pg_advisory_xact_lock(everybody);
  else
    perform pg_advisory_xact_lock_shared(everybody);
    perform count(pg_advisory_xact_lock(l.number)) from (select distinct unnest(numbers) as number order by number) l;
  end if;
end $$;

-- Most batches are items of sessions that are active here and there and only move: one look at each tells, and nobody has to be placed.
create or replace function switchboard.look_at_sessions(
  batch jsonb, out is_plain boolean, out has_moves boolean, out has_news boolean, out known_contacts uuid[]) language plpgsql stable as $$
begin
  select not batch ? 'contacts' and not exists (select 1 from switchboard.given_changes(batch))
           and coalesce(bool_and(coalesce(k.plain, false)), true), coalesce(bool_or(k.moves), false),
         coalesce(bool_or(coalesce(k.news, true)), false), coalesce(array_agg(x.contact_id) filter (where k.known), '{}')
    into is_plain, has_moves, has_news, known_contacts
  from jsonb_to_recordset(batch -> 'sessions') as x(
    session_id uuid, contact_id uuid, customer_id text, phone text, phones jsonb, status text, last_activity timestamptz,
    expires_at timestamptz, changed boolean)
  left join lateral (
    select s.status = 'active' and s.expires_at > now() and s.contact_id = x.contact_id
           and x.status = 'active' and x.changed is not true as plain,
           s.contact_id = x.contact_id as known,
           s.last_activity < x.last_activity or s.expires_at < x.expires_at as moves,
           s.customer_id is distinct from x.customer_id or s.last_activity > x.last_activity or s.expires_at > x.expires_at
           or x.phone is not null and not coalesce(x.phones ? s.phone, false) as news
    from public.sessions s where s.session_id = x.session_id limit 1) k on true;
end $$;

-- Takes the locks of a batch, and says how its sessions are under them (`look_at_sessions`).
create or replace function switchboard.lock_persons(
  batch jsonb, out is_plain boolean, out has_moves boolean, out has_news boolean, out known_contacts uuid[]) language plpgsql volatile as $$
declare
  locked bigint[] := switchboard.named_locks(batch);
  found_persons bigint[];
begin
  loop
    begin
      perform switchboard.take_locks(locked);
      select * into is_plain, has_moves, has_news, known_contacts from switchboard.look_at_sessions(batch);
      exit when is_plain;
      found_persons := switchboard.found_locks(batch);
      exit when not exists (select unnest(found_persons) except select unnest(locked));
      -- The exception releases the locks that were taken within this block.
      raise sqlstate 'SB001';
    exception when sqlstate 'SB001' then
      locked := locked || found_persons;
    end;
  end loop;
end $$;
-- One person, one contact.

-- Of a contact that was made from a table made by hand it is not known since when the number is theirs: it was when they were met last, so what is
-- told of an earlier moment moves nobody.
update public.contacts c set number_since = least(coalesce(c.updated_at, c.created_at), now()) where c.number_since is null and c.phone is not null;

-- Two contacts turned out to be one person: the loser's row stays and leads to the survivor, and so do its identities and sessions.
create or replace function switchboard.merge_contacts(loser uuid, survivor uuid) returns void language plpgsql volatile as $$
declare
  lost public.contacts;
  mine public.sessions;
  theirs public.sessions;
begin
  select * into lost from public.contacts c where c.contact_id = loser;
  update public.contacts c set
    phone = null, number_since = null, number_from = null, merged_into = survivor, updated_at = greatest(c.updated_at, now()) where c.contact_id = loser;
  if not found then perform switchboard.refuse_discarded('contacts'); end if;
  update public.contacts c set merged_into = survivor where c.merged_into = loser;
  update public.contacts c set
    customer_id = coalesce(c.customer_id, lost.customer_id), display_name = coalesce(c.display_name, lost.display_name)
  where c.contact_id = survivor;
  if not found then perform switchboard.refuse_discarded('contacts'); end if;
  -- Of two numbers the later.
  update public.contacts c set phone = lost.phone, number_since = lost.number_since, number_from = nullif(lost.number_from, survivor)
  where c.contact_id = survivor and lost.phone is not null
    and (c.phone is null or (lost.number_since is not null and lost.number_since > coalesce(c.number_since, '-infinity')));
  -- Of two without a number, since when the later one's is somebody else's.
  update public.contacts c set number_since = lost.number_since
  where c.contact_id = survivor and c.phone is null and lost.number_since > coalesce(c.number_since, '-infinity');
  if exists (
    select 1 from public.contacts c
    where c.merged_into = loser or c.contact_id = survivor and c.phone is null and lost.phone is not null)
  then
    perform switchboard.refuse_discarded('contacts');
  end if;
  update public.identities i set contact_id = survivor where i.contact_id = loser;
  if exists (select 1 from public.identities i where i.contact_id = loser) then perform switchboard.refuse_discarded('identities'); end if;
  perform switchboard.expire_sessions(array[loser, survivor]);
  select * into theirs from public.sessions s where s.contact_id = loser and s.status = 'active';
  select * into mine from public.sessions s where s.contact_id = survivor and s.status = 'active';
  if theirs.session_id is not null and mine.session_id is not null then
    if (mine.created_at, mine.session_id) <= (theirs.created_at, theirs.session_id) then
      perform switchboard.merge_sessions(theirs.session_id, mine.session_id);
    else
      perform switchboard.merge_sessions(mine.session_id, theirs.session_id);
    end if;
  end if;
  update public.sessions s set
    contact_id = survivor, phone = coalesce(c.phone, s.phone),
    customer_id = case when s.customer_named then s.customer_id else coalesce(c.phone, s.phone, survivor::text) end
  from public.contacts c where c.contact_id = survivor and s.contact_id = loser;
  if exists (select 1 from public.sessions s where s.contact_id = loser) then perform switchboard.refuse_discarded('sessions'); end if;
  perform switchboard.follow_named(survivor);
  perform switchboard.follow_contact(survivor);
end $$;

-- Of two contacts of one person the older goes on, which is the one with the lesser id: ids grow with time, and are the same everywhere. Returns it.
create or replace function switchboard.join_contacts(one public.contacts, other public.contacts) returns uuid language plpgsql volatile as $$
begin
  if other.contact_id < one.contact_id then
    perform switchboard.merge_contacts(one.contact_id, other.contact_id);
    return other.contact_id;
  end if;
  perform switchboard.merge_contacts(other.contact_id, one.contact_id);
  return one.contact_id;
end $$;

-- Whether a contact is another person than the one who shows these identities with its number: a user id belongs to an account with its number, so
-- whoever has ids where these are, and none of these, is somebody else.
create or replace function switchboard.is_somebody_else(other uuid, identities jsonb) returns boolean language plpgsql stable as $$
begin
  return (
    select coalesce(not bool_or(d.value = g.value), false)
    from switchboard.given_identities(identities) g
    -- By the contact, and by nothing else: very many have ids of one kind and scope.
    join (select k.* from public.identities k where k.contact_id = other offset 0) d on d.kind = g.kind and d.scope = any (g.scopes)
    where g.kind <> 'phone');
end $$;

-- Whether a person has shown another number than a row tells, after the moment of which it tells: by a message from it, or a call or a client's event.
-- What such a row tells is no news, whatever the person's number is by now: it is answered the same when the row comes again.
create or replace function switchboard.has_shown_another(person uuid, incoming jsonb, moment timestamptz) returns boolean
language plpgsql stable as $$
begin
  return exists (
    select 1 from public.contacts c
    cross join lateral (
      select m.sender as number from public.messages m
      where m.contact_id = c.contact_id and m.direction = 'inbound' and least(m.sent_at, m.received_at) > moment
      union all
      select coalesce(e.data ->> 'from', e.data ->> 'phone') from public.events e
      where e.contact_id = c.contact_id and e.kind = 'activity' and least(e.occurred_at, e.received_at) > moment) shown
    where (c.contact_id = person or c.merged_into = person)
      and regexp_replace(shown.number, '[^0-9]', '', 'g') <> all (switchboard.digits_of(incoming))
      -- A user id may be digits alone, and a local number be the one of the row.
      and exists (select 1 from public.identities i where i.kind = 'phone' and i.scope = '' and i.value = shown.number));
end $$;

-- An instance that had never met a person was told that their number changed: it is whoever had the number from which they come when it changed. The
-- id that it gave them leads there. Null where there is nobody.
create or replace function switchboard.adopt_contact(incoming jsonb, identities jsonb, made timestamptz, changed timestamptz) returns uuid
language plpgsql volatile as $$
declare
  customer text := incoming ->> 'customer_id';
  since timestamptz := (incoming ->> 'number_since')::timestamptz;
  former uuid;
begin
  select p.contact_id into former from switchboard.given_identities(identities) i
  cross join lateral (select k.* from public.contacts k where k.phone = i.number limit 1) c
  -- Whoever has it since later, or has shown it later, is somebody else.
  cross join lateral (
    select case when c.number_since > since or switchboard.has_shown_another(c.contact_id, incoming, since)
      then switchboard.canonical(c.number_from) else c.contact_id end as id) h
  cross join lateral (select k.* from public.contacts k where k.contact_id = h.id limit 1) p
  where c.phone <> all (coalesce(switchboard.numbers_of(incoming), '{}')) and (c.created_at < changed or p.contact_id <> c.contact_id)
    and (customer is null or p.customer_id is null or customer = p.customer_id)
    and not switchboard.is_somebody_else(p.contact_id, identities)
  order by p.created_at limit 1;
  if former is not null then
    insert into public.contacts (contact_id, merged_into, created_at, updated_at)
    values ((incoming ->> 'contact_id')::uuid, former, made, changed);
    if not found then perform switchboard.refuse_discarded('contacts'); end if;
  end if;
  return former;
end $$;

-- An instance that had never met a person took a late message of theirs: an id leads to them, and so does the number, which they have left since then,
-- and which nobody has. The id that the instance gave them leads there. Null where there is nobody.
create or replace function switchboard.adopt_sender(incoming jsonb, identities jsonb, made timestamptz, changed timestamptz) returns uuid
language plpgsql volatile as $$
declare
  customer text := incoming ->> 'customer_id';
  sender uuid;
begin
  select c.contact_id into sender from switchboard.given_identities(identities) i
  cross join lateral unnest(i.scopes) s(scope)
  cross join lateral (
    select k.contact_id from public.identities k where k.kind = i.kind and k.scope = s.scope and k.value = i.value limit 1) d
  cross join lateral (select k.* from public.contacts k where k.contact_id = d.contact_id limit 1) c
  where incoming ->> 'phone' is not null and c.phone <> all (switchboard.numbers_of(incoming))
    and c.number_since >= coalesce((incoming ->> 'number_since')::timestamptz, changed)
    and (customer is null or c.customer_id is null or customer = c.customer_id)
    and not exists (select 1 from public.contacts h where h.phone = any (switchboard.numbers_of(incoming)))
  group by c.contact_id having bool_or(i.kind = 'phone') and bool_or(i.kind <> 'phone')
  order by c.contact_id limit 1;
  if sender is not null then
    insert into public.contacts (contact_id, merged_into, created_at, updated_at)
    values ((incoming ->> 'contact_id')::uuid, sender, made, changed);
    if not found then perform switchboard.refuse_discarded('contacts'); end if;
  end if;
  return sender;
end $$;

-- A contact of which nothing is known yet but that it is there has not been looked at since the beginning of time: its own row, which comes later,
-- tells more, however old it is.

-- The instance has merged a contact by itself. Returns the one that goes on.
create or replace function switchboard.follow_merge(own uuid, successor uuid, made timestamptz) returns uuid language plpgsql volatile as $$
declare
  survivor uuid := switchboard.canonical(successor);
begin
  if survivor is null then
    insert into public.contacts (contact_id, created_at, updated_at) values (successor, made, 'epoch');
    if not found then perform switchboard.refuse_discarded('contacts'); end if;
    survivor := successor;
  end if;
  -- It knew the customer of one alone where clients have named two.
  if exists (
    select 1 from public.contacts one cross join public.contacts other
    where one.contact_id = own and other.contact_id = survivor and one.customer_id <> other.customer_id)
  then
    return own;
  end if;
  if survivor <> own then perform switchboard.merge_contacts(own, survivor); end if;
  return survivor;
end $$;

-- Takes the number from a contact that is there.
create or replace function switchboard.take_number(contact uuid) returns void language plpgsql volatile as $$
begin
  update public.contacts c set phone = null where c.contact_id = contact;
  if not found then perform switchboard.refuse_discarded('contacts'); end if;
end $$;

-- A contact has come back to its number: it is theirs since then.
create or replace function switchboard.confirm_number(contact uuid, since timestamptz) returns void language plpgsql volatile as $$
begin
  update public.contacts c set number_since = since where c.contact_id = contact and c.number_since < since;
  if not found and exists (select 1 from public.contacts c where c.contact_id = contact and c.number_since < since) then
    perform switchboard.refuse_discarded('contacts');
  end if;
end $$;

-- Gives a contact the number that an instance knows. Whoever has it is the same person, but for another customer, for the one from whom an
-- instance saw it pass, and for whoever has another user id: an instance is told that the number has passed between them. Returns the contact that
-- goes on. `mine` is the contact as it was before the instance's row.
create or replace function switchboard.place_number(mine public.contacts, incoming jsonb, identities jsonb, changed timestamptz) returns uuid
language plpgsql volatile as $$
declare
  number text := incoming ->> 'phone';
  since timestamptz := coalesce((incoming ->> 'number_since')::timestamptz, changed);
  other public.contacts;
  former uuid := (incoming ->> 'number_from')::uuid;
  has_passed boolean;
  is_another boolean;
begin
  select * into other from public.contacts c
  where c.phone = any (switchboard.numbers_of(incoming)) and c.contact_id <> mine.contact_id limit 1;
  has_passed := coalesce(other.contact_id = switchboard.canonical(former), false)
    or coalesce(switchboard.canonical(other.number_from) = mine.contact_id, false);
  is_another := switchboard.is_somebody_else(other.contact_id, identities);
  if other.contact_id is null then
    -- Who has left the number since then had it from that moment on: it is the same person, of whom the later change came first.
    select c.* into other from public.identities i
    cross join lateral (select k.* from public.contacts k where k.contact_id = i.contact_id limit 1) c
    where i.kind = 'phone' and i.scope = '' and i.value = any (switchboard.numbers_of(incoming) || switchboard.digits_of(incoming))
      and c.contact_id <> mine.contact_id and c.merged_into is null and c.phone is not null and c.number_since > since
      and (coalesce(incoming ->> 'customer_id', mine.customer_id) <> c.customer_id) is not true
      and not switchboard.is_somebody_else(c.contact_id, identities) limit 1;
    if other.contact_id is not null then
      update public.contacts c set phone = number, number_since = since, number_from = former where c.contact_id = mine.contact_id;
      if not found then perform switchboard.refuse_discarded('contacts'); end if;
      select * into mine from public.contacts c where c.contact_id = mine.contact_id;
      return switchboard.join_contacts(mine, other);
    end if;
  end if;
  if other.contact_id is not null and not has_passed and not is_another
     and ((mine.phone is not null or mine.number_since is not null)
          and coalesce(incoming ->> 'customer_id', mine.customer_id) <> other.customer_id) is not true
  then
    if mine.phone is not null then perform switchboard.take_number(mine.contact_id); end if;
    perform switchboard.confirm_number(other.contact_id, since);
    return switchboard.join_contacts(mine, other);
  end if;
  -- Numbers pass from one person to another: whoever has it since later counts.
  if (case when has_passed and (not is_another or other.contact_id = switchboard.canonical(former))
           then since < other.number_since else since <= coalesce(other.number_since, other.updated_at) end) then
    -- And so this person has neither that number nor the one before it.
    update public.contacts c set phone = null, number_since = since, number_from = null
    where c.contact_id = mine.contact_id and (c.phone is not null or c.number_since is null);
    if not found and (mine.phone is not null or mine.number_since is null) then perform switchboard.refuse_discarded('contacts'); end if;
    update public.contacts c set number_from = mine.contact_id
    where c.contact_id = other.contact_id and c.number_from is null and is_another;
    perform switchboard.follow_contact(mine.contact_id);
    return mine.contact_id;
  end if;
  -- Since when the other had it stays: what is told of their number of an earlier moment is no news.
  update public.contacts c set phone = null, number_from = null where c.contact_id = other.contact_id;
  if not found and other.contact_id is not null then perform switchboard.refuse_discarded('contacts'); end if;
  update public.contacts c set
    phone = number, number_since = since, number_from = case when is_another then other.contact_id else former end
  where c.contact_id = mine.contact_id;
  if not found then perform switchboard.refuse_discarded('contacts'); end if;
  perform switchboard.follow_contact(other.contact_id);
  perform switchboard.follow_contact(mine.contact_id);
  return mine.contact_id;
end $$;

-- Fails where an identity is not there, or does not lead to whom `place_identities` has led it.
create or replace function switchboard.check_identities(own uuid, identities jsonb) returns void language plpgsql stable as $$
begin
  if exists (
    select 1 from switchboard.given_identities(identities) r
    left join lateral (select c.contact_id from public.contacts c where c.phone = r.number limit 1) h on true
    left join lateral (
      select d.* from public.identities d where d.kind = r.kind and d.scope = r.scope and d.value = r.value limit 1) i on true
    where i.contact_id is null or i.contact_id <> coalesce(h.contact_id, own)
      and (h.contact_id is not null or case when r.kind = 'phone'
        then (r.linked_at, own) > (coalesce(i.linked_at, i.first_seen), i.contact_id) else own < i.contact_id end))
  then
    perform switchboard.refuse_discarded('identities');
  end if;
end $$;

-- The same provider's id is the same person, with the number that was shown later, unless the business knows two customers. Then the id is the older
-- contact's, in whatever order the rows come. A number leads to whoever has it, else to the one to whom it was linked later. Returns the contact
-- that goes on.
create or replace function switchboard.place_identities(own uuid, identities jsonb) returns uuid
language plpgsql volatile as $$
declare
  mine public.contacts;
  other public.contacts;
  stored bigint;
begin
  for other in
    select distinct c.* from switchboard.given_identities(identities) r
    cross join lateral unnest(r.scopes) s(scope)
    cross join lateral (
      select k.contact_id from public.identities k where k.kind = r.kind and k.scope = s.scope and k.value = r.value limit 1) i
    cross join lateral (select k.* from public.contacts k where k.contact_id = i.contact_id limit 1) c
    where r.kind <> 'phone' and i.contact_id <> own and c.merged_into is null
    order by c.contact_id
  loop
    select * into mine from public.contacts c where c.contact_id = own;
    continue when other.contact_id = own or mine.customer_id <> other.customer_id;
    if mine.phone is not null and other.phone is not null then
      select greatest(mine.number_since, max(r.linked_at)) into mine.number_since
      from switchboard.given_identities(identities) r where r.kind = 'phone' and r.number = mine.phone;
      update public.contacts c set number_since = mine.number_since where c.contact_id = own;
    end if;
    own := switchboard.join_contacts(mine, other);
  end loop;

  insert into public.identities as i (kind, scope, value, contact_id, first_seen, linked_at)
  -- Whoever has the number shows it later than what is told: when that row comes again, and they have it no more, it is no news.
  select r.kind, r.scope, r.value, coalesce(h.contact_id, own), r.first_seen,
         r.linked_at + case when h.contact_id <> own then interval '1 microsecond' else interval '0' end
  from switchboard.given_identities(identities) r
  left join lateral (select c.contact_id from public.contacts c where c.phone = r.number limit 1) h on true
  order by 1, 2, 3
  on conflict (kind, scope, value) do update set
    contact_id = excluded.contact_id,
    linked_at = greatest(excluded.linked_at, coalesce(i.linked_at, i.first_seen) + interval '1 microsecond')
  where case when i.kind = 'phone' then (excluded.linked_at, excluded.contact_id) > (coalesce(i.linked_at, i.first_seen), i.contact_id)
             else excluded.contact_id < i.contact_id end
    or i.kind = 'phone' and i.contact_id <> excluded.contact_id and exists (
      select 1 from switchboard.given_identities(identities) g join public.contacts c on c.phone = g.number
      where g.kind = i.kind and g.scope = i.scope and g.value = i.value and c.contact_id = excluded.contact_id);
  get diagnostics stored = row_count;
  if stored < jsonb_array_length(identities) then perform switchboard.check_identities(own, identities); end if;
  return own;
end $$;

-- Stores a contact as an instance knows it, and returns the one that it is. Its customer is whom clients named in its sessions; what the row says
-- of it counts until such a session is stored.
create or replace function switchboard.place_contact(incoming jsonb, identities jsonb) returns uuid language plpgsql volatile as $$
declare
  customer text := case when switchboard.names_somebody(incoming ->> 'customer_id') then incoming ->> 'customer_id' end;
  made timestamptz := coalesce((incoming ->> 'created_at')::timestamptz, now());
  changed timestamptz := coalesce((incoming ->> 'updated_at')::timestamptz, made);
  own uuid := coalesce(
    switchboard.canonical((incoming ->> 'contact_id')::uuid), switchboard.adopt_contact(incoming, identities, made, changed));
  is_new boolean := own is null;
  mine public.contacts;
  has_new_number boolean;
begin
  if is_new then
    own := switchboard.adopt_sender(incoming, identities, made, changed);
    if own is not null then return switchboard.place_identities(own, identities); end if;
  end if;
  if is_new then
    own := (incoming ->> 'contact_id')::uuid;
    insert into public.contacts (contact_id, customer_id, display_name, created_at, updated_at)
    values (own, customer, incoming ->> 'display_name', made, changed);
    if not found then perform switchboard.refuse_discarded('contacts'); end if;
  end if;
  if incoming ->> 'merged_into' is not null then
    return switchboard.follow_merge(own, (incoming ->> 'merged_into')::uuid, made);
  end if;

  -- A row of a stored contact that is older than what is stored tells nothing.
  select * into mine from public.contacts c where c.contact_id = own;
  -- Of two changes of one millisecond the later one comes later.
  if not is_new and changed >= mine.updated_at then
    update public.contacts c set
      customer_id = coalesce(switchboard.named_customer(own), customer, c.customer_id),
      display_name = coalesce(incoming ->> 'display_name', c.display_name), updated_at = changed
    where c.contact_id = own;
    if not found then perform switchboard.refuse_discarded('contacts'); end if;
  end if;
  -- A gateway of an earlier version does not say since when.
  -- What a clock that was ahead told of the future does not count.
  has_new_number := (mine.phone = any (switchboard.numbers_of(incoming))) is not true
    and coalesce(
      (incoming ->> 'number_since')::timestamptz > case when mine.number_since < now() + interval '5 minutes' then mine.number_since end,
      mine.phone is null or changed > mine.updated_at);
  if incoming ->> 'phone' is not null and has_new_number
     and (is_new or not switchboard.has_shown_another(own, incoming, (incoming ->> 'number_since')::timestamptz))
  then
    own := switchboard.place_number(mine, incoming, identities, changed);
  end if;
  return switchboard.place_identities(own, identities);
end $$;

-- Contacts that are nobody else: neither their id, nor a form of their number, nor an identity of theirs is stored, or is another's in the
-- batch. They are most of those that come for the first time; all in one go. Returns their ids.
create or replace function switchboard.place_new_contacts(contacts jsonb, identities jsonb) returns uuid[] language plpgsql volatile as $$
declare
  placed uuid[];
  unlinked bigint;
begin
  with named as (
    select i.kind, i.scope, i.value, i.contact_id, i.first_seen, i.linked_at,
           count(*) over (partition by i.kind, i.scope, i.value) > 1 or k.is_known is not null or p.is_known is not null as is_taken
    from switchboard.given_identities(identities) i
    left join lateral (
      select true as is_known from unnest(i.scopes) s(scope)
      cross join lateral (
        select true from public.identities d where d.kind = i.kind and d.scope = s.scope and d.value = i.value limit 1) d limit 1) k on true
    -- A number, present or former, that somebody has.
    left join lateral (select true as is_known from public.contacts c where c.phone = i.number limit 1) p on true
  ), incoming as (
    select i.*, n.numbers, count(*) over (partition by coalesce(n.numbers[1], i.contact_id::text)) > 1 as is_twice
    from jsonb_to_recordset(contacts) as i(
      contact_id uuid, phone text, phones jsonb, number_since timestamptz, number_from uuid, customer_id text, display_name text,
      created_at timestamptz, updated_at timestamptz, merged_into uuid)
    cross join lateral (
      select array_agg(p order by p) from (select jsonb_array_elements_text(i.phones) as p union select i.phone) p where p is not null
    ) n(numbers)
    where i.merged_into is null
  ), fresh as (
    select i.* from incoming i
    left join lateral (select true as is_known from public.contacts c where c.contact_id = i.contact_id limit 1) a on true
    left join lateral (select true as is_known from public.contacts c where c.phone = any (i.numbers) limit 1) b on true
    where not i.is_twice and a.is_known is null and b.is_known is null
      and i.contact_id not in (select n.contact_id from named n where n.is_taken)
  ), stored as (
    insert into public.contacts (contact_id, phone, number_since, number_from, customer_id, display_name, created_at, updated_at)
    select f.contact_id, f.phone, f.number_since, f.number_from,
           case when switchboard.names_somebody(f.customer_id) then f.customer_id end, f.display_name,
           coalesce(f.created_at, now()), coalesce(f.updated_at, f.created_at, now())
    from fresh f order by f.contact_id
    on conflict do nothing
    returning contact_id
  ), linked as (
    insert into public.identities (kind, scope, value, contact_id, first_seen, linked_at)
    select n.kind, n.scope, n.value, n.contact_id, n.first_seen, n.linked_at
    from named n where n.contact_id in (select t.contact_id from stored t) order by n.kind, n.scope, n.value
    on conflict (kind, scope, value) do nothing
    returning kind
  )
  select (select array_agg(t.contact_id) from stored t),
         (select count(*) from named n where n.contact_id in (select t.contact_id from stored t)) - (select count(*) from linked)
    into placed, unlinked;
  if unlinked > 0 and exists (
    select 1 from switchboard.given_identities(identities) r
    left join lateral (
      select d.contact_id from public.identities d where d.kind = r.kind and d.scope = r.scope and d.value = r.value limit 1) i on true
    where r.contact_id = any (placed) and i.contact_id is null)
  then
    perform switchboard.refuse_discarded('identities');
  end if;
  return coalesce(placed, '{}');
end $$;

-- Contacts of sessions that neither the batch nor the database has, as far as the session tells of them; `known` need not be looked for.
create or replace function switchboard.place_contacts_of_sessions(batch jsonb, known uuid[]) returns void language plpgsql volatile as $$
declare
  given jsonb;
begin
  if not exists (select 1 from jsonb_to_recordset(batch -> 'sessions') as x(contact_id uuid) where x.contact_id <> all (known)) then return; end if;
  for given in
    select jsonb_build_object(
      'contact_id', x.contact_id, 'phone', x.phone, 'phones', x.phones, 'created_at', x.created_at, 'updated_at', 'epoch',
      'customer_id', case when x.customer_named then x.customer_id end)
    from switchboard.given_sessions(batch) x
    left join lateral (
      select true as is_known from public.contacts c where x.contact_id <> all (known) and c.contact_id = x.contact_id limit 1) k on true
    where x.contact_id <> all (known) and k.is_known is null order by x.contact_id
  loop
    perform switchboard.place_contact(given, '[]'::jsonb);
  end loop;
end $$;

-- Contacts that only items name; `known` need not be looked for.
create or replace function switchboard.place_contacts_of_items(batch jsonb, known uuid[]) returns void language plpgsql volatile as $$
declare
  missing uuid[];
begin
  with fresh as (
    select i.contact_id from switchboard.item_contacts(batch) i
    left join lateral (select true as is_known from public.contacts c where c.contact_id = i.contact_id limit 1) k on true
    where i.contact_id <> all (known) and k.is_known is null
  ), stored as (
    insert into public.contacts (contact_id, updated_at)
    select f.contact_id, 'epoch' from fresh f order by 1 on conflict (contact_id) do nothing
    returning contact_id
  )
  select array_agg(f.contact_id) into missing from fresh f where f.contact_id not in (select t.contact_id from stored t);
  -- One that somebody else has stored meanwhile is there.
  if missing is not null and exists (
    select 1 from unnest(missing) m(id)
    left join lateral (select true as is_known from public.contacts c where c.contact_id = m.id limit 1) k on true where k.is_known is null)
  then
    perform switchboard.refuse_discarded('contacts');
  end if;
end $$;
-- An instance that had never met a person was told that their number or user id became another, and not which id it was before: it is whoever had the
-- number that was told. Who that is may come first, or the change, or both in any parts.

-- Whether a contact has its number since a change of its user id that tells no former one: the number has passed between the two, since the ids differ,
-- at the very moment of the change.
create or replace function switchboard.is_renewed(person public.contacts, batch jsonb) returns boolean language plpgsql stable as $$
begin
  return exists (
    select 1 from (
      select g.contact_id, g.changed_at, g.data from switchboard.given_changes(batch) g where g.type = 'user_id.changed'
      union all
      select e.contact_id, least(e.occurred_at, e.received_at), e.data
      from public.contacts c join public.events e on e.contact_id = c.contact_id
      where (c.contact_id = person.contact_id or c.merged_into = person.contact_id) and e.kind = 'identity' and e.type = 'user_id.changed') told
    -- A time in whole seconds stands for any moment in them.
    where person.number_since >= told.changed_at and person.number_since < told.changed_at + interval '1 second'
      and switchboard.canonical(told.contact_id) = person.contact_id
      and coalesce(told.data ->> 'previous_user_id', told.data #>> '{user_id,previous}') is null);
end $$;

-- Joins the contacts of a batch with those of whom changes of a user id were told.
create or replace function switchboard.join_renewed(batch jsonb) returns void language plpgsql volatile as $$
declare
  numbers text[];
  person public.contacts;
  former public.contacts;
begin
  select array_agg(distinct c.phone order by c.phone) into numbers from (
    select r.phone from jsonb_to_recordset(batch -> 'contacts') as r(phone text)
    union select k.phone from switchboard.given_changes(batch) g
    cross join lateral (select c.phone from public.contacts c where c.contact_id = switchboard.canonical(g.contact_id) limit 1) k) named
  cross join lateral (select k.phone, k.number_from from public.contacts k where k.phone = named.phone limit 1) c where c.number_from is not null;
  for person in select c.* from public.contacts c where c.phone = any (numbers) order by c.contact_id loop
    select * into former from public.contacts c where c.contact_id = switchboard.canonical(person.number_from);
    -- Whoever has got another number since, or had none then, is somebody else, and so is another customer.
    continue when not found or former.contact_id = person.contact_id or former.phone is not null or former.number_since is null
      or former.number_since > person.number_since or (former.customer_id <> person.customer_id) is true;
    if switchboard.is_renewed(person, batch) then perform switchboard.join_contacts(person, former); end if;
  end loop;
end $$;

-- To whom the numbers of a batch have led so far, by their digits, where that is none of its own contacts; `placed` are new, and nobody else's numbers
-- are theirs.
create or replace function switchboard.led_elsewhere(batch jsonb, placed uuid[]) returns jsonb language plpgsql stable as $$
begin
  if cardinality(placed) = jsonb_array_length(batch -> 'contacts') then return '{}'; end if;
  return (
    select coalesce(jsonb_object_agg(n.digits, d.contact_id), '{}'::jsonb) from (
      select i.contact_id, ltrim(i.value, '+') as digits from switchboard.given_identities(batch -> 'identities') i
      where i.kind = 'phone' and coalesce(i.scope, '') = '' and i.contact_id <> all (placed)
      union select c.contact_id, ltrim(c.phone, '+') from jsonb_to_recordset(batch -> 'contacts') as c(contact_id uuid, phone text)
      where c.phone is not null and c.contact_id <> all (placed)) n
    cross join lateral unnest(array[n.digits, '+' || n.digits]) v(value)
    cross join lateral (
      select k.contact_id from public.identities k where k.kind = 'phone' and k.scope = '' and k.value = v.value limit 1) d
    where d.contact_id <> n.contact_id);
end $$;

-- Who had a number until a moment, but for a contact itself: whoever has it since later, or has shown it later, is somebody else. `led` is to whom it has
-- led in this form, where its holder has it in another one of its plan.
create or replace function switchboard.holder_until(number text, led uuid, moment timestamptz, person public.contacts) returns public.contacts
language plpgsql stable as $$
declare
  holder public.contacts;
  plus text := '+' || regexp_replace(number, '[^0-9]', '', 'g');
begin
  select c.* into holder from public.contacts c where c.phone = plus limit 1;
  if not found then
    select c.* into holder from public.contacts c where c.contact_id = switchboard.canonical(led);
  end if;
  if holder.number_since > moment
     or switchboard.has_shown_another(holder.contact_id, jsonb_build_object('phone', person.phone), moment)
  then
    select c.* into holder from public.contacts c where c.contact_id = switchboard.canonical(holder.number_from);
  end if;
  if holder.contact_id = person.contact_id or holder.number_since is null or holder.number_since > moment then return null; end if;
  return holder;
end $$;

-- The ids of a contact that no change has given it.
create or replace function switchboard.ids_before_changes(person uuid, batch jsonb) returns jsonb language plpgsql stable as $$
begin
  return (
    with told as (
      select g.data from switchboard.given_changes(batch) g where switchboard.canonical(g.contact_id) = person
      union all
      select e.data from public.contacts c join public.events e on e.contact_id = c.contact_id
      where (c.contact_id = person or c.merged_into = person) and e.kind = 'identity'
    ), ids as (
      select unnest(array[
        t.data ->> 'user_id', t.data ->> 'parent_user_id', t.data #>> '{user_id,current}', t.data #>> '{parent_user_id,current}']) as value
      from told t
    )
    select coalesce(jsonb_agg(jsonb_build_object('kind', i.kind, 'scope', i.scope, 'value', i.value)), '[]'::jsonb)
    from (select k.* from public.identities k where k.contact_id = person offset 0) i
    where i.kind <> 'phone' and not exists (select 1 from ids where ids.value = i.value));
end $$;

-- Joins those of whom changes of a number were told, by a batch or before it, with whoever had the number until then. `led` says to whom the numbers of
-- the batch have led so far (`led_elsewhere`).
create or replace function switchboard.join_changed(batch jsonb, led jsonb) returns void language plpgsql volatile as $$
declare
  change record;
  person public.contacts;
  former public.contacts;
begin
  if not batch ? 'events' and led = '{}' then return; end if;
  for change in
    select g.contact_id, g.changed_at, g.former from switchboard.given_changes(batch) g where g.type = 'number.changed' and g.former is not null
    union
    select e.contact_id, least(e.occurred_at, e.received_at), e.data ->> 'from'
    from jsonb_each_text(led) l join public.contacts c on c.contact_id = l.value::uuid or c.merged_into = l.value::uuid
    join public.events e on e.contact_id = c.contact_id
    where e.kind = 'identity' and e.type = 'number.changed' and e.data ->> 'from' is not null
    order by 2, 1
  loop
    select c.* into person from public.contacts c where c.contact_id = switchboard.canonical(change.contact_id);
    continue when not found;
    former := switchboard.holder_until(
      change.former, (led ->> regexp_replace(change.former, '[^0-9]', '', 'g'))::uuid, change.changed_at, person);
    continue when former.contact_id is null or (former.customer_id <> person.customer_id) is true
      or switchboard.is_somebody_else(former.contact_id, switchboard.ids_before_changes(person.contact_id, batch));
    -- The number that they have left is nobody's now.
    if former.phone is not null and person.number_since >= change.changed_at then
      perform switchboard.take_number(former.contact_id);
      select c.* into former from public.contacts c where c.contact_id = former.contact_id;
    end if;
    perform switchboard.join_contacts(person, former);
  end loop;
end $$;
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
-- Items of a batch whose id was stored with another content: a message may complete the stored one. Else the first one stays, and whoever
-- sent the other is told of it.

-- Whether a message stands for one whose content comes later under the same id: by the marks of its provider, which are in the batch.
create or replace function switchboard.is_placeholder(marks jsonb, type text, content jsonb) returns boolean language plpgsql immutable as $$
begin
  return type = 'unsupported' and coalesce((select bool_or(content @> m) from jsonb_array_elements(marks) m), false);
end $$;

-- Whether a message of a batch has what the stored one of its id lacks, and takes its place: the content of a placeholder, or a session, which a
-- copy out of the past has not. `MessageSuccession` decides the same in a gateway; the tests have one table of cases for both.
create or replace function switchboard.completes(
  marks jsonb, type text, content jsonb, session_id uuid, stored_type text, stored_content jsonb, stored_session_id uuid) returns boolean
language plpgsql immutable as $$
declare
  is_placeholder boolean := switchboard.is_placeholder(marks, type, content);
  stands_for_another boolean := switchboard.is_placeholder(marks, stored_type, stored_content);
begin
  if is_placeholder and not stands_for_another then return false; end if;
  return stands_for_another and not is_placeholder or session_id is not null and stored_session_id is null;
end $$;

-- A message's context without the members that do not count: the names are in the batch, by provider.
create or replace function switchboard.lasting_context(batch jsonb, provider text, context jsonb) returns jsonb
language plpgsql immutable as $$
begin
  if jsonb_typeof(coalesce(context, '{}')) <> 'object' then return context; end if;
  return coalesce(context, '{}') - array(select jsonb_array_elements_text(batch -> 'passing' -> provider));
end $$;

-- How many items of a batch say something else than the row of their key, by table, provider and account, each with a delivery that brought
-- one. When it was said does not count, nor does a placeholder. A row of the same delivery is the item itself, which comes again after an answer was
-- lost: whatever a team has written into it since, nobody said anything else. It is asked where fewer rows were stored than came.
create or replace function switchboard.differing_items(batch jsonb) returns jsonb language plpgsql stable as $$
begin
  return (
    with differing as (
      select 'messages' as list, r.provider, r.account, r.delivery_id
      from jsonb_to_recordset(batch -> 'messages') as r(
        provider text, account text, line text, external_id text, channel text, direction text, sender text, type text, text text,
        content jsonb, context jsonb, delivery_id text)
      cross join lateral (
        select k.* from public.messages k
        where k.provider = r.provider and k.account = r.account and k.external_id = r.external_id limit 1) m
      where (r.line, r.channel, r.direction, r.sender, r.type, r.text, coalesce(r.content, '{}'),
             switchboard.lasting_context(batch, r.provider, r.context))
            is distinct from (m.line, m.channel, m.direction, m.sender, m.type, m.text, m.content,
                              switchboard.lasting_context(batch, r.provider, m.context))
        and m.delivery_id is distinct from r.delivery_id::uuid
        and not switchboard.is_placeholder(batch -> 'placeholders' -> r.provider, r.type, r.content)
      union all
      select 'events', r.provider, r.account, r.delivery_id
      from jsonb_to_recordset(batch -> 'events') as r(
        provider text, account text, line text, external_id text, kind text, type text, data jsonb, delivery_id text)
      cross join lateral (
        select k.* from public.events k
        where k.provider = r.provider and k.account = r.account and k.external_id = r.external_id and k.type = r.type limit 1) e
      where (r.line, r.kind, coalesce(r.data, '{}')) is distinct from (e.line, e.kind, e.data)
        and e.delivery_id is distinct from r.delivery_id::uuid
      union all
      select 'message_statuses', r.provider, r.account, r.delivery_id
      from jsonb_to_recordset(batch -> 'message_statuses') as r(
        provider text, account text, line text, recipient text, errors jsonb, detail jsonb, delivery_id text, item_key text)
      cross join lateral (select k.* from public.message_statuses k where k.item_key = r.item_key limit 1) s
      where (r.line, r.recipient, r.errors, r.detail) is distinct from (s.line, s.recipient, s.errors, s.detail)
        and s.delivery_id is distinct from r.delivery_id::uuid
    ), counted as (
      select d.list, d.provider, d.account, count(*) as items, min(d.delivery_id) as delivery_id from differing d group by 1, 2, 3)
    select coalesce(jsonb_agg(jsonb_build_object(
      'table', c.list, 'provider', c.provider, 'account', c.account, 'count', c.items, 'delivery_id', c.delivery_id)
      order by c.list, c.provider, c.account), '[]'::jsonb)
    from counted c);
end $$;
-- Takes a batch of rows of a gateway's journal: all of it or nothing, and once, however often it comes.

-- Stores the contacts of a batch; returns the ids of those that are new.
create or replace function switchboard.place_contacts(batch jsonb) returns uuid[] language plpgsql volatile as $$
declare
  new_contacts uuid[] := '{}';
  led jsonb := '{}';
  given jsonb;
begin
  if batch ? 'contacts' then
    new_contacts := switchboard.place_new_contacts(batch -> 'contacts', coalesce(batch -> 'identities', '[]'::jsonb));
    led := switchboard.led_elsewhere(batch, new_contacts);
  end if;
  for given in
    select r from jsonb_array_elements(batch -> 'contacts') r
    where (r ->> 'contact_id')::uuid <> all (new_contacts) order by r ->> 'contact_id'
  loop
    perform switchboard.place_contact(given, coalesce(
      (select jsonb_agg(i) from jsonb_array_elements(batch -> 'identities') i where i ->> 'contact_id' = given ->> 'contact_id'), '[]'::jsonb));
  end loop;
  perform switchboard.join_renewed(batch);
  perform switchboard.join_changed(batch, led);
  return new_contacts;
end $$;

-- Stores the sessions of a batch that did more than move.
create or replace function switchboard.place_sessions(batch jsonb) returns void language plpgsql volatile as $$
declare
  new_sessions uuid[] := switchboard.place_new_sessions(batch);
  given jsonb;
begin
  for given in
    select r from jsonb_array_elements(batch -> 'sessions') r
    -- A look-up a row: `not exists` would be answered from a scan of the whole index.
    left join lateral (select true as is_known from public.sessions s where s.session_id = (r ->> 'session_id')::uuid limit 1) k on true
    where ((r ->> 'changed')::boolean or r ->> 'status' <> 'active' or k.is_known is null)
      and (r ->> 'session_id')::uuid <> all (new_sessions)
    order by r ->> 'created_at', r ->> 'session_id'
  loop
    perform switchboard.place_session(given);
  end loop;
end $$;

-- Items: each of these stores what is new of a batch and returns how many rows that was. Only what has the same key is there already: a row that a
-- unique index of the project's own refuses is refused, and one that a trigger of the project's own discards has been refused by it.

-- Whether a failed status is stored under another key: gateways of earlier versions made keys of how its errors were written. Of a status that no
-- provider gave a time it is told when it was received, which is another time when it comes again.
create or replace function switchboard.is_failure_known(given jsonb) returns boolean language plpgsql stable as $$
declare
  failure public.message_statuses := jsonb_populate_record(null::public.message_statuses, given);
begin
  return failure.errors is not null and exists (
    select 1 from public.message_statuses s
    where s.provider = failure.provider and s.account = failure.account and s.external_id = failure.external_id
      and s.status = failure.status and s.item_key <> failure.item_key and s.errors = failure.errors
      and (s.recipient, s.detail) is not distinct from (failure.recipient, failure.detail)
      and (s.occurred_at = failure.occurred_at or s.occurred_at = s.received_at and failure.occurred_at = failure.received_at));
end $$;

-- Fails where not all rows of a list are there, a message has not completed the stored one, or a letter that was resolved is not: `stored` is how
-- many of them were new.
create or replace function switchboard.check_all_there(batch jsonb, list text, stored bigint) returns void language plpgsql stable as $$
declare
  are_there boolean;
begin
  if stored >= coalesce(jsonb_array_length(batch -> list), 0) then return; end if;
  select coalesce(bool_and(k.is_there), true) into are_there
  from jsonb_to_recordset(batch -> list) as r(
    provider text, account text, external_id text, type text, item_key text, fingerprint text, dead_letter_id uuid, content jsonb,
    session_id uuid, resolved_at timestamptz, status text, recipient text, errors jsonb, detail jsonb, occurred_at timestamptz,
    received_at timestamptz)
  left join lateral (
    select case list
      when 'messages' then exists (
        select 1 from public.messages m
        where m.provider = r.provider and m.account = r.account and m.external_id = r.external_id
          and not switchboard.completes(
            batch -> 'placeholders' -> r.provider, r.type, r.content, r.session_id, m.type, m.content, m.session_id) limit 1)
      when 'events' then exists (
        select 1 from public.events e
        where e.provider = r.provider and e.account = r.account and e.external_id = r.external_id and e.type = r.type limit 1)
      when 'message_statuses' then
        exists (select 1 from public.message_statuses s where s.item_key = r.item_key limit 1)
        or r.errors is not null and switchboard.is_failure_known(to_jsonb(r) - 'type' - 'content')
      else exists (
        select 1 from public.dead_letters d
        where (r.resolved_at is null or d.resolved_at is not null)
          and case when r.fingerprint is null then d.dead_letter_id = r.dead_letter_id else d.fingerprint = r.fingerprint end limit 1)
      end as is_there) k on true;
  if not are_there then
    perform switchboard.refuse_discarded(list);
  end if;
end $$;

create or replace function switchboard.store_messages(batch jsonb, redirections jsonb) returns bigint language plpgsql volatile as $$
declare
  stored bigint;
begin
  insert into public.messages as s (
    message_id, session_id, contact_id, provider, account, line, external_id, channel, direction, sender, type, text, content, context,
    sent_at, received_at, delivery_id)
  -- A placeholder and the message that completed it may be in one call.
  select distinct on (m.provider, m.account, m.external_id) m.message_id,
         case when redirections is null then m.session_id
              else coalesce(switchboard.redirected(redirections -> m.session_id::text, m.moves, m.received_at), m.session_id) end,
         c.id, m.provider, m.account, m.line, m.external_id, m.channel, m.direction, m.sender, m.type, m.text,
         coalesce(m.content, '{}'::jsonb), m.context, m.sent_at, m.received_at, m.delivery_id
  from jsonb_to_recordset(batch -> 'messages') as m(
    message_id uuid, session_id uuid, contact_id uuid, provider text, account text, line text, external_id text, channel text, direction text,
    sender text, type text, text text, content jsonb, context jsonb, sent_at timestamptz, received_at timestamptz, delivery_id uuid, moves boolean)
  left join lateral (select coalesce(k.merged_into, k.contact_id) as id from public.contacts k where k.contact_id = m.contact_id limit 1) c on true
  order by m.provider, m.account, m.external_id,
           m.type = 'unsupported' and switchboard.is_placeholder(batch -> 'placeholders' -> m.provider, m.type, m.content), m.session_id is null
  on conflict (provider, account, external_id) do update set
    session_id = coalesce(s.session_id, excluded.session_id), contact_id = coalesce(s.contact_id, excluded.contact_id), line = excluded.line,
    channel = excluded.channel, direction = excluded.direction, sender = excluded.sender, type = excluded.type, text = excluded.text,
    content = excluded.content, context = excluded.context, sent_at = excluded.sent_at, received_at = excluded.received_at,
    delivery_id = excluded.delivery_id
  where switchboard.completes(
    batch -> 'placeholders' -> s.provider, excluded.type, excluded.content, excluded.session_id, s.type, s.content, s.session_id);
  get diagnostics stored = row_count;
  perform switchboard.check_all_there(batch, 'messages', stored);
  return stored;
end $$;

create or replace function switchboard.store_events(batch jsonb, redirections jsonb) returns bigint language plpgsql volatile as $$
declare
  stored bigint;
begin
  insert into public.events (
    event_id, kind, type, session_id, contact_id, provider, account, line, external_id, data, occurred_at, received_at, delivery_id)
  select m.event_id, m.kind, m.type,
         case when redirections is null then m.session_id
              else coalesce(switchboard.redirected(redirections -> m.session_id::text, m.moves, m.received_at), m.session_id) end,
         c.id, m.provider, m.account, m.line, m.external_id, coalesce(m.data, '{}'::jsonb), m.occurred_at, m.received_at, m.delivery_id
  from jsonb_to_recordset(batch -> 'events') as m(
    event_id uuid, kind text, type text, session_id uuid, contact_id uuid, provider text, account text, line text, external_id text, data jsonb,
    occurred_at timestamptz, received_at timestamptz, delivery_id uuid, moves boolean)
  left join lateral (select coalesce(k.merged_into, k.contact_id) as id from public.contacts k where k.contact_id = m.contact_id limit 1) c on true
  order by m.provider, m.account, m.external_id, m.type
  on conflict (provider, account, external_id, type) do nothing;
  get diagnostics stored = row_count;
  perform switchboard.check_all_there(batch, 'events', stored);
  return stored;
end $$;

create or replace function switchboard.store_statuses(batch jsonb) returns bigint language plpgsql volatile as $$
declare
  stored bigint;
begin
  insert into public.message_statuses (
    provider, account, line, external_id, status, rank, occurred_at, received_at, recipient, errors, detail, delivery_id, item_key)
  select m.provider, m.account, m.line, m.external_id, m.status, m.rank, m.occurred_at, m.received_at, m.recipient, m.errors, m.detail,
         m.delivery_id, m.item_key
  from jsonb_to_recordset(batch -> 'message_statuses') as m(
    provider text, account text, line text, external_id text, status text, rank smallint, occurred_at timestamptz, received_at timestamptz,
    recipient text, errors jsonb, detail jsonb, delivery_id uuid, item_key text)
  where m.errors is null or not switchboard.is_failure_known(to_jsonb(m))
  order by m.item_key
  on conflict (item_key) do nothing;
  get diagnostics stored = row_count;
  perform switchboard.check_all_there(batch, 'message_statuses', stored);
  return stored;
end $$;

create or replace function switchboard.store_dead_letters(batch jsonb) returns bigint language plpgsql volatile as $$
declare
  stored bigint;
begin
  insert into public.dead_letters as d (
    dead_letter_id, stage, reason, detail, delivery_id, record, created_at, resolved_at, fingerprint)
  select distinct on (coalesce(m.fingerprint, m.dead_letter_id::text))
         m.dead_letter_id, m.stage, m.reason, m.detail, m.delivery_id, m.record, m.created_at, m.resolved_at, m.fingerprint
  from jsonb_to_recordset(batch -> 'dead_letters') as m(
    dead_letter_id uuid, stage text, reason text, detail text, delivery_id uuid, record jsonb, created_at timestamptz, resolved_at timestamptz,
    fingerprint text)
  order by coalesce(m.fingerprint, m.dead_letter_id::text), m.resolved_at
  -- A letter is sent a second time once it was resolved, perhaps in the same call.
  on conflict (fingerprint) do update set resolved_at = excluded.resolved_at
  where d.resolved_at is null and excluded.resolved_at is not null;
  get diagnostics stored = row_count;
  perform switchboard.check_all_there(batch, 'dead_letters', stored);
  return stored;
end $$;

-- What the instance does not know of the contacts that it named: as whom each goes on, whose number is another one by now, and who has the number.
create or replace function switchboard.changed_contacts(batch jsonb) returns jsonb language plpgsql stable as $$
begin
  return (
    with moved as (
      select c.contact_id, x.phones from jsonb_to_recordset(batch -> 'sessions') as x(contact_id uuid, phone text, phones jsonb)
      cross join lateral (
        select k.contact_id from public.contacts k
        where k.contact_id = x.contact_id and k.merged_into is null and not coalesce(x.phones ? k.phone, false) limit 1) c
      where x.phone is not null
    ), told as (
      select g.id as given, switchboard.canonical(l.merged_into) as id, 1 as place
      from (select distinct (r ->> 'contact_id')::uuid as id
            from (select jsonb_array_elements(batch -> 'contacts') union all select jsonb_array_elements(batch -> 'sessions')) rows(r)) g
      cross join lateral (select k.merged_into from public.contacts k where k.contact_id = g.id and k.merged_into is not null limit 1) l
      union
      select m.contact_id, m.contact_id, 2 from moved m
      union
      select h.contact_id, h.contact_id, 3 from moved m
      cross join lateral jsonb_array_elements_text(m.phones) p
      cross join lateral (select k.contact_id from public.contacts k where k.phone = p limit 1) h
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'contact_id', t.given, 'canonical', switchboard.contact_json(row(c.*)::public.contacts)) order by t.place), '[]'::jsonb)
    from told t cross join lateral (select k.* from public.contacts k where k.contact_id = t.id limit 1) c);
end $$;

-- What it does not know of its sessions: those that are otherwise here, and which goes on after one that has ended.
create or replace function switchboard.changed_sessions(batch jsonb) returns jsonb language plpgsql stable as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'session_id', x.session_id, 'status', s.status, 'stored', switchboard.session_json(row(s.*)::public.sessions),
      'successor', case when s.status <> 'active' then (
        select switchboard.session_json(a) from public.sessions a where a.contact_id = s.contact_id and a.status = 'active' limit 1) end)), '[]'::jsonb)
    from switchboard.given_sessions(batch) x
    cross join lateral (select k.* from public.sessions k where k.session_id = x.session_id limit 1) s
    where s.status <> x.status or s.contact_id <> x.contact_id or s.customer_id is distinct from x.customer_id
      or x.phone is not null and not coalesce(x.phones ? s.phone, false) or s.customer_named <> x.customer_named or s.last_activity <> x.last_activity or s.expires_at <> x.expires_at or (x.changed and s.metadata <> x.metadata));
end $$;

-- Which of its items belong to other sessions than it said.
create or replace function switchboard.moved_items(batch jsonb) returns jsonb language plpgsql stable as $$
begin
  return (
    select coalesce(jsonb_agg(moved.entry), '[]'::jsonb) from (
      select jsonb_build_object('message_id', m.message_id, 'session_id', m.session_id) as entry
      from jsonb_array_elements(batch -> 'messages') r
      cross join lateral (select k.* from public.messages k where k.message_id = (r ->> 'message_id')::uuid limit 1) m
      where m.session_id::text <> r ->> 'session_id'
      union all
      select jsonb_build_object('event_id', m.event_id, 'session_id', m.session_id)
      from jsonb_array_elements(batch -> 'events') r
      cross join lateral (select k.* from public.events k where k.event_id = (r ->> 'event_id')::uuid limit 1) m
      where m.session_id::text <> r ->> 'session_id') moved);
end $$;

-- How many rows of each table a batch has; fails where it is none, or too large.
create or replace function switchboard.count_rows(batch jsonb) returns jsonb language plpgsql immutable as $$
declare
  counts jsonb;
  total bigint;
begin
  if jsonb_typeof(batch) is distinct from 'object' or batch ->> 'version' is distinct from '1' then
    raise sqlstate '22023' using message = 'batch must be an object of version 1';
  end if;
  select coalesce(jsonb_object_agg(l.key, jsonb_array_length(l.value)), '{}'::jsonb), coalesce(sum(jsonb_array_length(l.value)), 0)
    into counts, total
  from jsonb_each(batch) l where jsonb_typeof(l.value) = 'array';
  if total > 5000 then
    raise sqlstate '54000' using message = 'at most 5000 rows a call';
  end if;
  return counts;
end $$;

create or replace function public.switchboard_ingest(batch jsonb) returns jsonb language plpgsql volatile as $$
declare
  received jsonb := switchboard.count_rows(batch);
  look record;
  known_contacts uuid[];
  -- Null while all sessions of the batch go on.
  redirections jsonb;
  stored jsonb;
begin
  select * into look from switchboard.lock_persons(batch);
  if not look.is_plain then
    known_contacts := look.known_contacts || switchboard.place_contacts(batch);
    perform switchboard.place_contacts_of_sessions(batch, known_contacts);
  end if;
  perform switchboard.place_contacts_of_items(batch, coalesce(known_contacts, look.known_contacts));
  if look.has_moves then perform switchboard.move_sessions(batch); end if;
  if not look.is_plain then
    perform switchboard.place_sessions(batch);
    if exists (
      select 1 from jsonb_to_recordset(batch -> 'sessions') as x(session_id uuid)
      cross join lateral (select s.status from public.sessions s where s.session_id = x.session_id limit 1) s
      where s.status <> 'active')
    then
      redirections := switchboard.redirections(batch);
    end if;
  end if;
  stored := jsonb_build_object(
    'messages', switchboard.store_messages(batch, redirections),
    'events', case when batch ? 'events' then switchboard.store_events(batch, redirections) else 0 end,
    'message_statuses', case when batch ? 'message_statuses' then switchboard.store_statuses(batch) else 0 end,
    'dead_letters', case when batch ? 'dead_letters' then switchboard.store_dead_letters(batch) else 0 end);
  return jsonb_build_object(
    'version', 1, 'batch_id', batch -> 'batch_id', 'received', received, 'stored', stored,
    'contacts', case when look.is_plain and not look.has_news then '[]'::jsonb else switchboard.changed_contacts(batch) end,
    'sessions', case when look.is_plain and not look.has_news then '[]'::jsonb else switchboard.changed_sessions(batch) end,
    'moved', case when redirections is null then '[]'::jsonb else switchboard.moved_items(batch) end,
    -- What is stored for the first time differs from nothing.
    'differing', case when exists (
      select 1 from jsonb_each_text(stored) s where s.key <> 'dead_letters' and (received ->> s.key)::bigint > s.value::bigint)
      then switchboard.differing_items(batch) else '[]'::jsonb end);
end $$;
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
-- What `switchboard doctor` asks about views. It uses none of the other functions, so that its query can be asked by itself.

-- A JSON array, an object for each view and each role that can reach Switchboard's rows by it. Rows come past row security by a view that has its
-- owner's rights, and by a materialized view whatever it is made of; a view with its caller's rights lets nothing past, and is left out. A view can
-- be made of views. PostgreSQL writes down which columns a view uses, but not those of a row that it takes as a whole.
create or replace function switchboard.exposed_views() returns jsonb language sql stable as $$
  with recursive relations as (
    select c.oid, c.relkind = 'm' as is_copy, c.relkind in ('v', 'm') as is_view, coalesce((
      select option_value::boolean from pg_options_to_table(c.reloptions)
      where option_name = 'security_invoker'), false) as is_invoker
    from pg_class c where c.relkind in ('r', 'p', 'v', 'm')),
  uses as (
    select r.ev_class as view, d.refobjid as used,
      coalesce(bool_or(a.attname = 'session_token'), false) or r.ev_action::text ~ ':varattno 0 ' as is_token
    from pg_rewrite r
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
      and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid and d.refobjsubid > 0
    where r.rulename = '_RETURN' group by r.ev_class, d.refobjid, r.ev_action::text),
  shown as (
    select u.view, t.relname::text as table, u.is_token and t.relname = 'sessions' as is_token
    from uses u join pg_class t on t.oid = u.used
    where t.relnamespace = to_regnamespace('public') and t.relkind in ('r', 'p') and t.relname in (
      'contacts', 'identities', 'sessions', 'messages', 'message_statuses', 'events', 'dead_letters')
    union
    select u.view, s.table, s.is_token from shown s
    join uses u on u.used = s.view join relations v on v.oid = u.view join relations w on w.oid = s.view
    where v.is_copy or v.is_invoker or not w.is_invoker),
  exposed as (
    select c.oid, c.relnamespace, v.is_copy, bool_or(s.is_token) as is_token,
      jsonb_agg(distinct s.table order by s.table) as tables
    from shown s join relations v on v.oid = s.view join pg_class c on c.oid = s.view
    where not v.is_invoker
      and not (c.relname = 'message_status_current' and c.relnamespace = to_regnamespace('public'))
    group by c.oid, c.relnamespace, v.is_copy)
  select coalesce(jsonb_agg(jsonb_build_object(
    'view', (pg_identify_object('pg_class'::regclass, e.oid, 0)).identity, 'materialized', e.is_copy,
    'role', s.rolname, 'tables', e.tables, 'token', e.is_token, 'privileges', p.kinds) order by e.oid::regclass::text, s.rolname), '[]')
  from exposed e join pg_roles s on s.rolname in ('anon', 'authenticated')
  cross join lateral (
    select jsonb_agg(k.kind order by k.place) as kinds
    from unnest('{select,insert,update,delete}'::text[], '{0,8,4,16}'::int[]) with ordinality k(kind, bit, place)
    where (k.kind = 'select' or pg_relation_is_updatable(e.oid, false) & k.bit <> 0)
      and (has_table_privilege(s.oid, e.oid, k.kind)
        or case when k.place <= 3 then has_any_column_privilege(s.oid, e.oid, k.kind) end)) p
  where p.kinds is not null and has_schema_privilege(s.oid, e.relnamespace, 'usage')
$$;

-- What `switchboard doctor` and `switchboard migrate` ask about the objects around Switchboard's tables that refuse, change or lose rows. Each uses
-- none of the other functions, so that its query can be asked by itself. `contract` has the tables' names in `columns`.
create or replace function switchboard.refusing_constraints(contract jsonb) returns jsonb language sql stable as $$
  with contract as (select $1::jsonb as c),
  tables as (
    select r.oid, r.relname::text as name from pg_class r, contract
    where r.relnamespace = to_regnamespace('public') and r.relkind in ('r', 'p') and c -> 'columns' ? r.relname::text),
  indexes as (
    select t.name as table, r.relname::text as name, i.*, pg_get_expr(i.indpred, i.indrelid) as condition,
      case when k.oid is null then format('drop index if exists %s;', (pg_identify_object('pg_class'::regclass, r.oid, 0)).identity)
        else format(
          'alter table %s drop constraint if exists %I;', (pg_identify_object('pg_class'::regclass, i.indrelid, 0)).identity, k.conname)
        end as statement
    from tables t join pg_index i on i.indrelid = t.oid join pg_class r on r.oid = i.indexrelid
    left join pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x'))
  select jsonb_build_object(
    'indexes', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', i.table, 'name', i.name, 'unique', i.indisunique or i.indisexclusion,
        'exclusion', i.indisexclusion, 'primary', i.indisprimary, 'valid', i.indisvalid, 'immediate', i.indimmediate, 'condition', i.condition,
        -- An expression is null.
        'columns', (
          select jsonb_agg(a.attname order by k.place) from unnest(i.indkey::int2[]) with ordinality k(number, place)
          left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number and k.number <> 0
          where k.place <= i.indnkeyatts),
        'used', (
          select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a
          where a.attrelid = i.indrelid and a.attnum > 0 and (a.attnum = any (i.indkey) or exists (
            select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
              and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid = a.attnum))),
        'definition', pg_get_indexdef(i.indexrelid), 'statement', i.statement) order by i.table, i.name), '[]')
      from indexes i),
    'checks', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'name', k.conname, 'definition', pg_get_constraintdef(k.oid),
        'columns', (
          select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a
          where a.attrelid = k.conrelid and a.attnum = any (k.conkey))) order by t.name, k.conname), '[]')
      from tables t join pg_constraint k on k.conrelid = t.oid and k.contype = 'c'),
    'foreign_keys', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'name', k.conname, 'column', a.attname,
        'target', (pg_identify_object('pg_class'::regclass, k.confrelid, 0)).identity) order by t.name, k.conname, a.attnum), '[]')
      from tables t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)))
$$;

create or replace function switchboard.refusing_objects(contract jsonb) returns jsonb language sql stable as $$
  with contract as (select $1::jsonb as c),
  tables as (
    select r.oid, r.relname::text as name from pg_class r, contract
    where r.relnamespace = to_regnamespace('public') and r.relkind in ('r', 'p') and c -> 'columns' ? r.relname::text)
  select jsonb_build_object(
    -- `update` is whether it fires on one. What a function deletes is read from its text.
    'triggers', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'name', g.tgname, 'function', (pg_identify_object('pg_proc'::regclass, g.tgfoid, 0)).identity,
        'update', g.tgtype & 16 <> 0, 'insert', g.tgtype & 4 <> 0, 'before_row', g.tgtype & 3 = 3, 'deferred', g.tginitdeferred,
        'deletes', p.prosrc ~* format('\mdelete\s+from\s+(only\s+)?("?\w+"?\.)?"?%s\M', t.name),
        'enabled', g.tgenabled in ('O', 'A')) order by t.name, g.tgname), '[]')
      from tables t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal join pg_proc p on p.oid = g.tgfoid),
    -- Tables that a crash empties, and those that have the columns of a type.
    'odd_tables', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'unlogged', r.relpersistence = 'u',
        'type', (pg_identify_object('pg_type'::regclass, y.oid, 0)).identity) order by t.name), '[]')
      from tables t join pg_class r on r.oid = t.oid left join pg_type y on y.oid = r.reloftype
      where r.relpersistence = 'u' or r.reloftype <> 0),
    -- Policies that take rows away from service_role, or from whoever asks.
    'restrictions', (
      select coalesce(jsonb_agg(jsonb_build_object('table', t.name, 'name', p.polname, 'role', s.rolname)
        order by t.name, p.polname, s.rolname), '[]')
      from tables t join pg_policy p on p.polrelid = t.oid and not p.polpermissive and p.polcmd <> 'd'
      join pg_roles s on s.rolname = 'service_role' and not s.rolbypassrls
        or s.rolname = current_user and s.rolname <> 'service_role' and row_security_active(t.oid)
      where exists (select from unnest(p.polroles) r(id) where case r.id when 0 then true else pg_has_role(s.oid, r.id, 'usage') end)),
    -- Tables from which one inherits, and those that inherit from it.
    'kin', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'name', (pg_identify_object('pg_class'::regclass, k.other, 0)).identity, 'statement', format(
          case k.relkind when 'p' then 'alter table %1$s detach partition %2$s;' else 'alter table %2$s no inherit %1$s;' end,
          (pg_identify_object('pg_class'::regclass, k.inhparent, 0)).identity, (pg_identify_object('pg_class'::regclass, k.inhrelid, 0)).identity))
        order by t.name, k.inhrelid, k.inhparent), '[]')
      from tables t join pg_class r on r.oid = t.oid and r.relkind = 'r'
      join lateral (
        select h.*, p.relkind, case h.inhrelid when t.oid then h.inhparent else h.inhrelid end as other
        from pg_inherits h join pg_class p on p.oid = h.inhparent where t.oid in (h.inhrelid, h.inhparent)) k on true),
    -- Columns of the project's own in which rows that do not name them have the same value, or one that the row's others decide. One that
    -- refuses such rows is told as that.
    'constants', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'column', a.attname, 'generated', a.attgenerated <> '') order by t.name, a.attnum), '[]')
      from contract, tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where not c -> 'columns' -> t.name ? a.attname::text and (
        -- Nothing is called in it, as `Migration.isConstant` has it.
        a.attgenerated <> '' or pg_catalog.regexp_replace(
          pg_catalog.regexp_replace(pg_get_expr(d.adbin, d.adrelid), '''([^'']|'''')*''', '0', 'g'),
          '::[[:alnum:]_." ]+(\([0-9,]+\))?', '', 'g') ~ '^[-0-9.() ]+$')),
    -- Those of what the gateway does: it inserts and updates.
    'rules', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'name', r.rulename, 'definition', regexp_replace(pg_get_ruledef(r.oid), '\s+', ' ', 'g'),
        'statement', format('drop rule if exists %I on %s;', r.rulename, (pg_identify_object('pg_class'::regclass, t.oid, 0)).identity))
        order by t.name, r.rulename), '[]')
      from tables t join pg_rewrite r on r.ev_class = t.oid and r.ev_type in ('2', '3')))
$$;

-- Null where nobody names tables.
create or replace function switchboard.objects(contract jsonb) returns jsonb language sql stable strict as $$
  select switchboard.refusing_constraints(contract) || switchboard.refusing_objects(contract)
$$;
-- What keeps rows out whatever tables there are, and what the functions are. It uses none of the other functions, so that its query can be asked by
-- itself. The API begins each transaction as one that writes or does not, whatever the default is, and calls this in one that does not.
create or replace function switchboard.conditions() returns jsonb language sql stable as $$
  select jsonb_build_object(
    'read_only', case
      when pg_is_in_recovery() then 'standby'
      when not current_setting('default_transaction_read_only')::boolean then null
      when coalesce(current_setting('request.method', true), '') <> '' then 'api'
      else 'default' end,
    -- What takes back a default of the role or the database that keeps transactions from writing.
    'read_only_resets', (
      select coalesce(jsonb_agg(format('alter %s reset default_transaction_read_only;', case
          when s.setrole = 0 and s.setdatabase = 0 then 'role all'
          when s.setrole = 0 then format('database %I', current_database())
          when s.setdatabase = 0 then format('role %I', session_user)
          else format('role %I in database %I', session_user, current_database()) end) order by s.setrole, s.setdatabase), '[]'::jsonb)
      from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole
      where (s.setdatabase = 0 or d.datname = current_database()) and (s.setrole = 0 or r.rolname = session_user) and exists (
        select 1 from unnest(s.setconfig) c(setting)
        where case split_part(c.setting, '=', 1) when 'default_transaction_read_only' then split_part(c.setting, '=', 2)::boolean end)),
    'encoding', getdatabaseencoding(),
    -- The columns that no two rows of a table share, in alphabetical order: `on conflict` and foreign keys go by these, whatever the key is called.
    'keys', (
      select coalesce(jsonb_agg(jsonb_build_array(c.relname, k.columns)), '[]'::jsonb) from pg_class c join pg_index i on i.indrelid = c.oid
      cross join lateral (
        select jsonb_agg(a.attname order by a.attname collate "C") as columns
        from unnest(i.indkey::int2[]) with ordinality x(number, place)
        left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = x.number and x.number <> 0 where x.place <= i.indnkeyatts) k
      where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p') and i.indisunique and i.indisvalid and i.indimmediate
        and i.indpred is null and i.indexprs is null),
    -- Tables that agents may read and that Realtime has nothing of.
    'unpublished', (
      select coalesce(jsonb_agg(c.relname order by c.relname), '[]'::jsonb) from pg_policy p join pg_class c on c.oid = p.polrelid
      where c.relnamespace = to_regnamespace('public') and p.polname = 'agents_read' and not exists (
        select 1 from pg_publication_tables t
        where t.pubname = 'supabase_realtime' and t.schemaname = 'public' and t.tablename = c.relname)),
    'has_publication', exists (select 1 from pg_publication where pubname = 'supabase_realtime'),
    -- Tables whose owner, the caller, is kept out by row security.
    'forced', (
      select coalesce(jsonb_agg(c.relname order by c.relname), '[]'::jsonb) from pg_class c
      where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p') and row_security_active(c.oid)
        and c.relforcerowsecurity and pg_has_role(c.relowner, 'usage')),
    -- Each function with a digest of its body.
    'bodies', (
      select coalesce(jsonb_agg(jsonb_build_array(
        n.nspname || '.' || p.proname, encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex')) order by n.nspname, p.proname, p.oid), '[]'::jsonb)
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' and p.proname like 'switchboard\_%' or n.nspname = 'switchboard'))
$$;

-- What `switchboard doctor` compares with what it expects. Of the other functions it uses only those about views, conditions and objects, so that its
-- query can be asked by itself where the functions are not there.
create or replace function public.switchboard_inspect(request jsonb) returns jsonb
language sql stable as $$
  with relations as (
    -- A view that runs as its caller is as secure as its tables.
    select c.oid, c.relname as name, c.relkind <> 'v' as is_table, c.relrowsecurity or coalesce(
      c.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}', false) as is_secured from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and c.relname in (
      'contacts', 'identities', 'sessions', 'messages', 'message_statuses', 'message_status_current', 'events', 'dead_letters')),
  tables as (select * from relations where is_table),
  functions as (
    select p.oid, p.proname as name, n.nspname = 'public' as is_entry from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname like 'switchboard\_%' or n.nspname = 'switchboard'),
  strangers as (select r.oid, r.rolname as name from pg_roles r where r.rolname in ('anon', 'authenticated'))
  select jsonb_build_object(
    'version', 13,
    'now', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'server_version', current_setting('server_version_num')::int, 'role', current_user,
    -- A column is demanding that every insert has to name.
    'columns', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', t.name, 'column', a.attname, 'type', format_type(a.atttypid, null),
        'demanding', a.attnotnull and not a.atthasdef and a.attidentity = '') order by t.name, a.attnum), '[]'::jsonb)
      from tables t join pg_attribute a on a.attrelid = t.oid where a.attnum > 0 and not a.attisdropped),
    'row_security', (
      select coalesce(jsonb_agg(jsonb_build_object('table', t.name, 'enabled', t.is_secured) order by t.name), '[]'::jsonb)
      from tables t),
    'indexes', (
      select coalesce(jsonb_agg(i.relname order by i.relname), '[]'::jsonb)
      from tables t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid where x.indisvalid),
    'functions', (select coalesce(jsonb_agg(f.name order by f.name), '[]'::jsonb) from functions f where f.is_entry),
    -- What anon and authenticated may do: where rows are not secured, and where a session's token can be read, is told of each table.
    'open_grants', (
      select coalesce(jsonb_agg(g.entry order by g.entry), '[]'::jsonb) from (
        select jsonb_build_object(
          'object', 'table ' || t.name, 'role', s.name, 'privileges', p.kinds, 'secured', t.is_secured,
          'token', exists (
            select 1 from pg_attribute a where a.attrelid = t.oid and a.attname = 'session_token' and not a.attisdropped
              and has_column_privilege(s.oid, t.oid, a.attnum, 'select'))) as entry
        from relations t cross join strangers s
        cross join lateral (
          select jsonb_agg(k.kind order by k.place) as kinds
          from unnest('{select,insert,update,delete,truncate}'::text[]) with ordinality k(kind, place)
          where has_table_privilege(s.oid, t.oid, k.kind)
            or case when k.place <= 3 then has_any_column_privilege(s.oid, t.oid, k.kind) end) p
        where p.kinds is not null
        union all
        select jsonb_build_object('object', 'function ' || f.name, 'role', s.name)
        from functions f cross join strangers s where has_function_privilege(s.oid, f.oid, 'execute')) g),
    'exposed_views', switchboard.exposed_views(), 'conditions', switchboard.conditions(),
    'objects', switchboard.objects(request -> 'contract'),
    -- What the caller itself may not do.
    'denied', (
      select coalesce(jsonb_agg(d.entry), '[]'::jsonb) from (
        select 'table ' || t.name as entry from tables t
        where not (has_table_privilege(t.oid, 'select') and has_table_privilege(t.oid, 'insert')
                   and has_table_privilege(t.oid, 'update'))
        union all select 'function ' || f.name from functions f where not has_function_privilege(f.oid, 'execute')
        union all select 'rows of ' || t.name from tables t
        where row_security_active(t.oid) and not exists (
          select 1 from pg_policy p cross join lateral unnest(p.polroles) r(id)
          where p.polrelid = t.oid and p.polpermissive and (r.id = 0 or pg_has_role(r.id, 'usage')))) d))
$$;
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

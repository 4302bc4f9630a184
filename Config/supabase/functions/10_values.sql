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

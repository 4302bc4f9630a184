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


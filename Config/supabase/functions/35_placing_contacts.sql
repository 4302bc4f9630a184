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

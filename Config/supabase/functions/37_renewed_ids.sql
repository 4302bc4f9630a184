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

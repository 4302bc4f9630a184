-- An instance that had never met a person was told that their user id became another, and not which one it was before: it is whoever had the number
-- that was told. The number has passed between the two, since the ids differ, at the very moment of the change. Whoever comes first: the one or the
-- other, or the change.

-- Whether a contact has its number since a change of its user id that tells no former one.
create or replace function switchboard.is_renewed(person public.contacts, batch jsonb) returns boolean language plpgsql stable as $$
begin
  return exists (
    select 1 from (
      select x.contact_id, x.kind, x.type, x.occurred_at, x.received_at, x.data from jsonb_to_recordset(batch -> 'events') as x(
        contact_id uuid, kind text, type text, occurred_at timestamptz, received_at timestamptz, data jsonb)
      union all
      select e.contact_id, e.kind, e.type, e.occurred_at, e.received_at, e.data
      from public.contacts c join public.events e on e.contact_id = c.contact_id
      where c.contact_id = person.contact_id or c.merged_into = person.contact_id) told
    where told.kind = 'identity' and told.type = 'user_id.changed' and least(told.occurred_at, told.received_at) = person.number_since
      and switchboard.canonical(told.contact_id) = person.contact_id
      and coalesce(told.data ->> 'previous_user_id', told.data #>> '{user_id,previous}') is null);
end $$;

-- Joins the contacts of a batch with those of whom such changes were told.
create or replace function switchboard.join_renewed(batch jsonb) returns void language plpgsql volatile as $$
declare
  numbers text[];
  person public.contacts;
  former public.contacts;
begin
  select array_agg(distinct c.phone order by c.phone) into numbers from jsonb_to_recordset(batch -> 'contacts') as r(phone text)
  cross join lateral (select k.phone, k.number_from from public.contacts k where k.phone = r.phone limit 1) c where c.number_from is not null;
  for person in select c.* from public.contacts c where c.phone = any (numbers) order by c.contact_id loop
    select * into former from public.contacts c where c.contact_id = switchboard.canonical(person.number_from);
    -- Whoever has got another number since, or had none then, is somebody else, and so is another customer.
    continue when not found or former.contact_id = person.contact_id or former.phone is not null or former.number_since is null
      or former.number_since > person.number_since or (former.customer_id <> person.customer_id) is true;
    if switchboard.is_renewed(person, batch) then perform switchboard.join_contacts(person, former); end if;
  end loop;
end $$;

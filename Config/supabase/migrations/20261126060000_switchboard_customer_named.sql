-- Whether a client named the customer of a session. Until one does, `customer_id` shows the phone in the customer's stead, or the contact's id
-- where there is no phone. Harmless when run again.
alter table public.sessions add column if not exists customer_named boolean;

-- Until now the two had to be compared, and a number that had changed looked like a customer.
update public.sessions s set
  customer_named = s.customer_id is not null and s.customer_id is distinct from s.phone and s.customer_id <> s.contact_id::text
    and not exists (
      select 1 from public.identities i
      where s.customer_id like '+%' and i.kind = 'phone' and i.scope = '' and i.value in (s.customer_id, substr(s.customer_id, 2))
        and i.contact_id = s.contact_id)
where s.customer_named is null;
update public.sessions s set customer_id = coalesce(s.phone, s.contact_id::text)
where not s.customer_named and s.status = 'active' and s.customer_id <> coalesce(s.phone, s.contact_id::text);

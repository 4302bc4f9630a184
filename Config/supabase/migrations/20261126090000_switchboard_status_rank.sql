-- The rank of statuses: the step of a message that counts is that of the highest rank. The gateway gives it with each row, by what its adapter
-- knows of the provider's words; a gateway of an earlier version gives none.

-- What was stored before has the ranks of the words that the view knew. Once: a row without a rank that comes later is of an earlier gateway,
-- or of a word that nobody knows.
do $$
begin
  if exists (
    select 1 from pg_catalog.pg_attribute
    where attrelid = 'public.message_statuses'::pg_catalog.regclass and attname = 'rank' and not attisdropped)
  then
    return;
  end if;
  alter table public.message_statuses add column rank smallint;
  update public.message_statuses set rank = case status
    when 'deleted' then 60 when 'played' then 50 when 'read' then 40 when 'delivered' then 30
    when 'failed' then 20 when 'undelivered' then 20 when 'rejected' then 20 when 'sent' then 10 end
  where status in ('deleted', 'played', 'read', 'delivered', 'failed', 'undelivered', 'rejected', 'sent');
end $$;

-- The step that counts: a late `sent` never hides `read`. Without ranks it is the latest one.
create or replace view public.message_status_current with (security_invoker = true) as
  select provider, account, line, external_id, status, occurred_at, received_at, recipient, errors, detail, delivery_id
  from (
    select s.*, row_number() over (
      partition by provider, account, external_id, recipient order by rank desc nulls last, occurred_at desc) as place
    from public.message_statuses s) ranked
  where place = 1;

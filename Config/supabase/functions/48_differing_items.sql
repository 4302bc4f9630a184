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

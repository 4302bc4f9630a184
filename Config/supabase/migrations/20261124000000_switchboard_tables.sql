-- Switchboard's tables. Harmless when run again; works on Supabase and on plain PostgreSQL 15 and later.
-- A table `sessions` that was made by hand with just its ten columns is upgraded in place: no row is lost.

-- Supabase has these roles; a plain PostgreSQL gets them, without a login.
do $$
declare
  name text;
begin
  foreach name in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select 1 from pg_catalog.pg_roles where rolname = name) then
      begin
        execute pg_catalog.format('create role %I nologin noinherit', name);
      exception
        -- Roles belong to the server: somebody made it for another database at the same moment.
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise insufficient_privilege using
            message = pg_catalog.format('there is no role %s, and %s may not make it', name, current_user),
            hint = 'As a superuser: create role anon nologin noinherit; create role authenticated nologin noinherit; '
              'create role service_role nologin noinherit;';
      end;
    end if;
  end loop;
end $$;

create table if not exists public.contacts (
  contact_id   uuid primary key,
  phone        text,                       -- E.164; null while the person is known by ids alone
  customer_id  text,
  display_name text,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  merged_into  uuid references public.contacts (contact_id)  -- turned out to be another contact, which everything leads to
);
create unique index if not exists contacts_phone_key on public.contacts (phone) where phone is not null;
create index if not exists contacts_merged_into_idx on public.contacts (merged_into) where merged_into is not null;

create table if not exists public.identities (
  kind       text not null,
  scope      text not null,
  value      text not null,
  contact_id uuid not null references public.contacts (contact_id),
  first_seen timestamptz not null default now(),
  primary key (kind, scope, value)
);
create index if not exists identities_contact_idx on public.identities (contact_id);

-- Times move with every message: no index holds them, and pages have room, so that a row is rewritten in place (HOT).
create table if not exists public.sessions (
  session_id    uuid primary key default gen_random_uuid(),
  customer_id   text,
  phone         text,
  channel       text not null,
  session_token text not null,
  status        text not null default 'active',
  created_at    timestamptz not null default now(),
  last_activity timestamptz not null default now(),
  expires_at    timestamptz not null default now() + interval '24 hours',
  metadata      jsonb not null default '{}'::jsonb,
  contact_id    uuid not null references public.contacts (contact_id)
) with (fillfactor = 80);

-- The types of a table made by hand become ours in one pass over its rows. Types that differ are mended at any time: customer_id became a
-- number in many a project.
do $$
declare
  wanted record;
  type_of text;
  conversion text;
  steps text[] := '{}';
  reference record;
  -- An id that is no uuid gets one made of it, the same each time, wherever it is referred to.
  as_uuid constant text := 'case when %1$I::text ~ ''^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$'' then %1$I::text::uuid '
    'when %1$I is not null then pg_catalog.md5(%1$I::text)::uuid end';
  before text[] := '{}';
  after text[] := '{}';
  said text;
  detail text;
begin
  for wanted in
    select * from (values
      ('session_id', 'uuid'), ('customer_id', 'text'), ('phone', 'text'), ('channel', 'text'), ('session_token', 'text'),
      ('status', 'text'), ('created_at', 'timestamp with time zone'), ('last_activity', 'timestamp with time zone'),
      ('expires_at', 'timestamp with time zone'), ('metadata', 'jsonb')) as w(name, type)
  loop
    select pg_catalog.format_type(atttypid, null) into type_of from pg_catalog.pg_attribute
    where attrelid = 'public.sessions'::regclass and attname = wanted.name and not attisdropped;
    continue when type_of = wanted.type;
    if type_of is null then
      steps := steps || pg_catalog.format('add column %I %s', wanted.name, wanted.type);
      continue;
    end if;
    conversion := case
      when wanted.name = 'session_id' then pg_catalog.format(as_uuid, wanted.name)
      when wanted.type = 'timestamp with time zone' and type_of = 'timestamp without time zone' then
        pg_catalog.format('%I at time zone ''UTC''', wanted.name)
      when wanted.name = 'metadata' and type_of in ('text', 'character varying') then
        'case when metadata is null or pg_catalog.btrim(metadata) = '''' then ''{}''::jsonb else metadata::jsonb end'
      else pg_catalog.format('%I::%s', wanted.name, wanted.type)
    end;
    steps := steps || pg_catalog.format('alter column %I drop default', wanted.name)
      || pg_catalog.format('alter column %I type %s using %s', wanted.name, wanted.type, conversion);
    continue when wanted.name <> 'session_id';
    -- What refers to an id changes its type with it.
    for reference in
      select c.conrelid::regclass as name, c.conname, a.attname, pg_catalog.pg_get_constraintdef(c.oid) as definition
      from pg_catalog.pg_constraint c
      join pg_catalog.pg_attribute f on f.attrelid = c.confrelid and f.attname = 'session_id' and f.attnum = any (c.confkey)
      join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[pg_catalog.array_position(c.confkey, f.attnum)]
      where c.contype = 'f' and c.confrelid = 'public.sessions'::regclass
    loop
      before := before || pg_catalog.format('alter table %s drop constraint %I', reference.name, reference.conname);
      after := after || pg_catalog.format(
        'alter table %s alter column %I drop default, alter column %2$I type uuid using %s, add constraint %I %s',
        reference.name, reference.attname, pg_catalog.format(as_uuid, reference.attname), reference.conname, reference.definition);
    end loop;
  end loop;
  if steps = '{}' then return; end if;
  foreach conversion in array before loop execute conversion; end loop;
  execute 'alter table public.sessions ' || pg_catalog.array_to_string(steps, ', ');
  foreach conversion in array after loop execute conversion; end loop;
exception when feature_not_supported then
  get stacked diagnostics said = message_text, detail = pg_exception_detail;
  raise feature_not_supported using
    message = 'the columns of public.sessions cannot get their types while something else uses them: ' || said,
    detail = detail,
    hint = 'Keep its definition (of a view: select pg_get_viewdef(''NAME'')), drop it, migrate, and make it again.';
end $$;

-- The upgrade of a table made by hand. A table of ours has contact_id: there is nothing to do.
do $$
declare
  missing record;
  name text;
begin
  if exists (
    select 1 from pg_catalog.pg_attribute
    where attrelid = 'public.sessions'::regclass and attname = 'contact_id' and not attisdropped) then return; end if;

  -- A check of status knows other words than ours.
  for name in
    select c.conname from pg_catalog.pg_constraint c
    join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attname = 'status' and c.conkey = array[a.attnum]
    where c.conrelid = 'public.sessions'::regclass and c.contype = 'c'
  loop
    execute pg_catalog.format('alter table public.sessions drop constraint %I', name);
  end loop;
  alter table public.sessions add column contact_id uuid;
  -- A row that is as it should be is left as it is. Ten digits or fewer may be a local number of any country: they stay what they are.
  -- A customer that is the phone in another spelling is named by nobody: it gets the phone's, as ours have it.
  update public.sessions s set
    session_id = n.session_id, customer_id = n.customer_id, phone = n.phone, channel = n.channel, created_at = n.created_at,
    last_activity = n.last_activity, expires_at = n.expires_at, metadata = n.metadata, status = n.status
  from (
    select t.ctid,
      coalesce(t.session_id, gen_random_uuid()) as session_id,
      case when ltrim(regexp_replace(t.customer_id, '[[:space:]().-]', '', 'g'), '+0') = ltrim(d.digits, '+0') then p.phone
           else nullif(btrim(t.customer_id), '') end as customer_id,
      p.phone,
      coalesce(t.channel, 'unknown') as channel,
      coalesce(t.created_at, t.last_activity, now()) as created_at,
      coalesce(t.last_activity, t.created_at, now()) as last_activity,
      coalesce(t.expires_at, coalesce(t.last_activity, t.created_at, now()) + interval '24 hours') as expires_at,
      case when t.metadata is null then '{}'::jsonb when jsonb_typeof(t.metadata) = 'object' then t.metadata
           else jsonb_build_object('value', t.metadata) end as metadata,
      case when lower(t.status) in ('active', 'logged_out', 'expired', 'merged') then lower(t.status)
           when lower(t.status) in ('closed', 'ended', 'inactive', 'logout', 'loggedout', 'logged-out') then 'logged_out'
           when t.status is null and t.expires_at > now() then 'active' else 'expired' end as status
    from public.sessions t
    cross join lateral (select regexp_replace(regexp_replace(t.phone, '[[:space:]().-]', '', 'g'), '^00', '+') as digits) d
    cross join lateral (
      select case when d.digits ~ '^[1-9][0-9]{10,14}$' then '+' || d.digits when d.digits ~ '^\+[1-9][0-9]{5,14}$' then d.digits
                  else nullif(btrim(t.phone), '') end as phone) p) n
  where n.ctid = s.ctid
    and (s.session_id, s.customer_id, s.phone, s.channel, s.created_at, s.last_activity, s.expires_at, s.metadata, s.status)
      is distinct from
      (n.session_id, n.customer_id, n.phone, n.channel, n.created_at, n.last_activity, n.expires_at, n.metadata, n.status);
  -- Ids and tokens that are there twice: the later row gets its own.
  update public.sessions s set session_id = gen_random_uuid()
  from (select ctid, row_number() over (partition by session_id order by created_at) as place from public.sessions) t
  where t.ctid = s.ctid and t.place > 1;
  update public.sessions s set session_token = replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
  from (select ctid, session_token, row_number() over (partition by session_token order by created_at) as place from public.sessions) t
  where t.ctid = s.ctid and (t.place > 1 or t.session_token is null or t.session_token = '');

  -- One contact a phone; a row whose phone cannot be read has one of its own, without a phone.
  insert into public.contacts (contact_id, phone, customer_id, created_at, updated_at)
  select gen_random_uuid(), phone,
         (array_agg(customer_id order by created_at desc) filter (where customer_id <> phone))[1],
         min(created_at), max(last_activity)
  from public.sessions where phone ~ '^\+[1-9][0-9]{5,14}$' group by phone
  on conflict (phone) where phone is not null do nothing;
  update public.sessions s set contact_id = c.contact_id from public.contacts c where c.phone = s.phone;
  for missing in select session_id, created_at from public.sessions where contact_id is null loop
    insert into public.contacts (contact_id, created_at, updated_at) values (missing.session_id, missing.created_at, missing.created_at)
    on conflict do nothing;
    update public.sessions set contact_id = missing.session_id where session_id = missing.session_id;
  end loop;

  -- Of several active sessions of one person the oldest goes on as that of the first customer named, and the others lead to it. Those of
  -- another customer end: nobody is shown another customer's session.
  update public.sessions s set status = 'expired' where s.status = 'active' and s.expires_at <= now();
  with person as (
    select contact_id, (array_agg(session_id order by created_at, session_id))[1] as survivor,
           (array_agg(customer_id order by created_at, session_id) filter (where customer_id is not null and customer_id is distinct from phone))[1] as customer_id
    from public.sessions where status = 'active' group by contact_id
  ), ended as (
    update public.sessions s set status = 'logged_out', expires_at = least(s.expires_at, now()) from person p
    where p.contact_id = s.contact_id and s.status = 'active' and s.customer_id <> p.customer_id and s.customer_id is distinct from s.phone
  ), merged as (
    update public.sessions s set status = 'merged', metadata = s.metadata || jsonb_build_object('merged_into', p.survivor) from person p
    where p.contact_id = s.contact_id and s.status = 'active' and s.session_id <> p.survivor
      and (s.customer_id is not distinct from s.phone or s.customer_id is null or s.customer_id is not distinct from p.customer_id)
  ), named as (
    update public.contacts c set customer_id = p.customer_id from person p where p.contact_id = c.contact_id and p.customer_id is not null
  )
  update public.sessions s set customer_id = p.customer_id from person p where p.survivor = s.session_id and p.customer_id is not null;
  update public.sessions s set last_activity = greatest(s.last_activity, m.last_activity), expires_at = greatest(s.expires_at, m.expires_at)
  from (select metadata->>'merged_into' as survivor, max(last_activity) as last_activity, max(expires_at) as expires_at
        from public.sessions where status = 'merged' group by 1) m
  where m.survivor = s.session_id::text;

  alter table public.sessions
    alter column session_id set not null, alter column session_id set default gen_random_uuid(),
    alter column channel set not null, alter column session_token set not null,
    alter column status set not null, alter column status set default 'active',
    alter column created_at set not null, alter column created_at set default now(),
    alter column last_activity set not null, alter column last_activity set default now(),
    alter column expires_at set not null, alter column expires_at set default now() + interval '24 hours',
    alter column metadata set not null, alter column metadata set default '{}'::jsonb,
    alter column contact_id set not null,
    add foreign key (contact_id) references public.contacts (contact_id),
    set (fillfactor = 80);
  if not exists (select 1 from pg_catalog.pg_constraint where conrelid = 'public.sessions'::regclass and contype = 'p') then
    alter table public.sessions add primary key (session_id);
  elsif not exists (
    select 1 from pg_catalog.pg_index i join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = 'public.sessions'::regclass and i.indisunique and i.indnatts = 1 and i.indpred is null and a.attname = 'session_id')
  then
    create unique index sessions_session_id_key on public.sessions (session_id);
  end if;
end $$;

do $$ begin
  alter table public.sessions add constraint sessions_status_check check (status in ('active', 'logged_out', 'expired', 'merged')) not valid;
exception when duplicate_object then null;
end $$;
create unique index if not exists sessions_one_active_per_contact on public.sessions (contact_id) where status = 'active';
create unique index if not exists sessions_session_token_key on public.sessions (session_token);
create index if not exists sessions_contact_idx on public.sessions (contact_id);
create index if not exists sessions_phone_idx on public.sessions (phone);

create table if not exists public.messages (
  message_id  uuid primary key,
  session_id  uuid references public.sessions (session_id),
  contact_id  uuid references public.contacts (contact_id),
  provider    text not null,
  account     text not null,
  line        text,
  external_id text not null,
  channel     text not null,
  direction   text not null check (direction in ('inbound', 'outbound')),
  sender      text,
  type        text not null,
  text        text,
  content     jsonb not null default '{}'::jsonb,
  context     jsonb,
  sent_at     timestamptz not null,
  received_at timestamptz not null,
  delivery_id uuid,
  constraint messages_item_key unique (provider, account, external_id)
);
create index if not exists messages_session_idx on public.messages (session_id);
create index if not exists messages_contact_idx on public.messages (contact_id);

-- What became of what the business sent, step by step. item_key is made of all that tells two steps apart.
create table if not exists public.message_statuses (
  status_id   bigint generated always as identity primary key,
  provider    text not null,
  account     text not null,
  line        text,
  external_id text not null,
  status      text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  recipient   text,
  errors      jsonb,
  detail      jsonb,
  delivery_id uuid,
  item_key    text not null unique
);
create index if not exists message_statuses_item_idx on public.message_statuses (provider, account, external_id);

-- The step that counts: a late `sent` never hides `read`.
create or replace view public.message_status_current with (security_invoker = true) as
  select provider, account, line, external_id, status, occurred_at, received_at, recipient, errors, detail, delivery_id
  from (
    select s.*, row_number() over (
      partition by provider, account, external_id, recipient
      order by case status
        when 'deleted' then 6 when 'played' then 5 when 'read' then 4 when 'delivered' then 3
        when 'failed' then 2 when 'undelivered' then 2 when 'rejected' then 2 when 'sent' then 1 else 0 end desc,
        occurred_at desc) as place
    from public.message_statuses s) ranked
  where place = 1;

create table if not exists public.events (
  event_id    uuid primary key,
  kind        text not null check (kind in ('activity', 'notice', 'identity', 'unsupported')),
  type        text not null,
  session_id  uuid references public.sessions (session_id),
  contact_id  uuid references public.contacts (contact_id),
  provider    text not null,
  account     text not null,
  line        text,
  external_id text not null,
  data        jsonb not null default '{}'::jsonb,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  delivery_id uuid,
  constraint events_item_key unique (provider, account, external_id, type)
);
create index if not exists events_session_idx on public.events (session_id);
create index if not exists events_contact_idx on public.events (contact_id);

create table if not exists public.dead_letters (
  dead_letter_id uuid primary key,
  stage          text not null,
  reason         text not null,
  detail         text,
  delivery_id    uuid,
  record         jsonb,
  created_at     timestamptz not null,
  resolved_at    timestamptz,
  fingerprint    text unique
);

-- Row security is on and lets nobody in but the service's own role: the gateway speaks for everybody.
do $$
declare
  name text;
begin
  foreach name in array array['contacts', 'identities', 'sessions', 'messages', 'message_statuses', 'events', 'dead_letters'] loop
    execute pg_catalog.format('alter table public.%I enable row level security', name);
    execute pg_catalog.format('revoke all on public.%I from public, anon, authenticated', name);
    execute pg_catalog.format('grant select, insert, update, delete on public.%I to service_role', name);
    if not exists (select 1 from pg_catalog.pg_policies where schemaname = 'public' and tablename = name and policyname = 'service_only') then
      execute pg_catalog.format('create policy service_only on public.%I for all to service_role using (true) with check (true)', name);
    end if;
  end loop;
end $$;
revoke all on public.message_status_current from public, anon, authenticated;
grant select on public.message_status_current to service_role;
revoke all on sequence public.message_statuses_status_id_seq from public, anon, authenticated;
grant usage on schema public to service_role;

-- Live views of sessions and messages, where the project has Supabase's realtime.
do $$
declare
  name text;
begin
  if exists (select 1 from pg_catalog.pg_publication where pubname = 'supabase_realtime' and not puballtables) then
    foreach name in array array['sessions', 'messages'] loop
      if not exists (select 1 from pg_catalog.pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = name) then
        execute pg_catalog.format('alter publication supabase_realtime add table public.%I', name);
      end if;
    end loop;
  end if;
exception when insufficient_privilege then
  raise notice 'supabase_realtime is left as it is: %', sqlerrm;
end $$;

-- A project with its own tables, as on Supabase. The plan in Docs/Supabase.md is for this database.
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;

create table customers (id bigint primary key);
insert into customers values (0), (103);

create table contacts (id bigint primary key, first_name text, phone text, email text);

create table sessions (
  session_id uuid primary key default gen_random_uuid(),
  customer_id bigint not null default 0 references customers,
  phone text, channel text, session_token text, status text, metadata jsonb not null default '{}',
  created_at timestamptz default now(), last_activity timestamptz default now(), expires_at timestamptz,
  shop integer not null,
  check (channel in ('whatsapp', 'web')));
alter table sessions enable row level security;
insert into sessions (customer_id, phone, channel, session_token, status, expires_at, shop)
select case when n <= 45 then 0 else 103 end, '+9198765432' || lpad(n::text, 2, '0'), 'web', md5(n::text), case when n <= 3 then 'open' else 'active' end,
  now() + case when n = 3 then interval '-1 hour' else interval '1 hour' end, 1
from generate_series(1, 57) as n;

create view online with (security_invoker = on) as select customer_id from sessions;
revoke all on online from anon, authenticated, service_role;
grant select on online to authenticated;

-- As in Supabase.
create schema auth;
create table auth.users (email text, raw_app_meta_data jsonb);
insert into auth.users values ('agent@example.com', '{}');

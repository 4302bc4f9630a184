-- Since when an identity leads to its contact. Of two contacts to whom gateways have linked one id, and who are two people, the later has it, in
-- whatever order the database hears of them. Null where no gateway said so: then `first_seen` counts. Harmless when run again.
alter table public.identities add column if not exists linked_at timestamptz;

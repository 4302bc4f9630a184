-- Since when a number is a contact's, and whose it was before, where a gateway saw it pass. Of two people who are said to have one number the later
-- has it, in whatever order the database hears of them. Null where nobody said so. Harmless when run again.
alter table public.contacts add column if not exists number_since timestamptz;
alter table public.contacts add column if not exists number_from uuid;

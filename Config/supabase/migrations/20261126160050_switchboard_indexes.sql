-- Indexes that Supabase's linter calls unused where a project is young: each that stays says what it serves. Harmless when run again.

-- No function of ours looks a session up by its phone: it is found by its contact, and the contact by the phone.
drop index if exists public.sessions_phone_idx;

comment on index public.contacts_merged_into_idx is
  'Serves the foreign key merged_into, and merge_contacts: whoever was merged into a contact goes on with it.';
comment on index public.identities_contact_idx is
  'Serves the foreign key contact_id, and merge_contacts: the identities of a contact go to its survivor.';
comment on index public.sessions_contact_idx is
  'Serves the foreign key contact_id, and merge_contacts and merge_sessions: the sessions of a contact, ended ones included.';
comment on index public.messages_session_idx is
  'Serves the foreign key session_id, and merge_sessions: the messages of a session go to its survivor.';
comment on index public.messages_contact_idx is
  'Serves the foreign key contact_id, and whoever reads a conversation: the messages of a contact.';
comment on index public.events_session_idx is
  'Serves the foreign key session_id, and merge_sessions: the events of a session go to its survivor.';
comment on index public.events_contact_idx is
  'Serves the foreign key contact_id, and whoever reads a conversation: the events of a contact.';
comment on index public.message_statuses_item_idx is
  'Serves the view message_status_current: the steps of one message.';

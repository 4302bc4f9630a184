import Testing

/// A team's database from before it used Switchboard, with the obstacles that a migration finds there.
struct HandmadeProject: Sendable, CustomTestStringConvertible {
    let name: String
    let script: String
    /// The place of each obstacle, and a part of its message.
    let obstacles: [(String, String)]

    init(_ name: String, _ script: String, _ obstacles: [(String, String)]) {
        self.name = name
        self.script = script
        self.obstacles = obstacles
    }

    var testDescription: String { name }

    /// The table `sessions` with ten columns, some of them changed.
    static func sessions(_ changes: [String: String] = [:], more: String = "") -> String {
        let columns = [
            ("session_id", "uuid primary key default gen_random_uuid()"), ("customer_id", "text"), ("phone", "text"), ("channel", "text"),
            ("session_token", "text"), ("status", "text"), ("created_at", "timestamptz default now()"),
            ("last_activity", "timestamptz default now()"), ("expires_at", "timestamptz default now() + interval '1 day'"),
            ("metadata", "jsonb default '{}'"),
        ]
        return "create table sessions (\(columns.map { "\($0.0) \(changes[$0.0] ?? $0.1)" }.joined(separator: ", "))\(more));"
    }

    static let row = """
        insert into sessions (phone, channel, session_token, status) values ('+919876543210', 'chat', 'a-token-of-theirs', 'active');
        """

    /// Other programs' tables with the names of ours.
    static let strangers: [HandmadeProject] = [
        HandmadeProject(
            "Laravel's sessions",
            """
            create table sessions (id varchar(255) primary key, user_id bigint, ip_address varchar(45), user_agent text,
              payload text not null, last_activity int not null);
            """,
            [("sessions", "it has no channel, phone, session_token (it has id, ip_address, last_activity, payload, user_agent, user_id)")]
        ),
        HandmadeProject(
            "Rails' sessions",
            """
            create table sessions (id bigserial primary key, session_id varchar not null, data text, created_at timestamp(6) not null,
              updated_at timestamp(6) not null);
            """, [("sessions", "it has no channel, phone, session_token")]),
        HandmadeProject(
            "Sessions of connect-pg-simple",
            "create table sessions (sid varchar primary key, sess json not null, expire timestamp not null);",
            [("sessions", "it has no channel, phone, session_token (it has expire, sess, sid)")]),
        HandmadeProject(
            "Django's session table under our name",
            "create table sessions (session_key varchar(40) primary key, session_data text not null, expire_date timestamptz not null);",
            [("sessions", "it has no channel, phone, session_token")]),
        HandmadeProject(
            "Sessions of a login",
            "create table sessions (id text primary key, session_token text unique, user_id text, expires timestamptz);",
            [("sessions", "it has no channel, phone (")]),
        HandmadeProject(
            "Sessions of a shop",
            "create table sessions (session_id varchar(32) primary key, customer_id bigint, cart jsonb, created_at timestamptz);",
            [("sessions", "it has no channel, phone, session_token")]),
        HandmadeProject(
            "Contacts of a CRM",
            """
            create table contacts (id bigserial primary key, first_name text, last_name text, email text, phone text unique, company text,
              customer_id text, created_at timestamptz, updated_at timestamptz);
            """, [("contacts", "it has no contact_id, display_name, merged_into")]),
        HandmadeProject(
            "Messages of a chat app",
            """
            create table rooms (id bigserial primary key);
            create table messages (id bigserial primary key, room_id bigint references rooms (id), sender_id bigint, body text);
            create index messages_session_idx on messages (room_id);
            """,
            [
                (
                    "messages",
                    "content, context, delivery_id, direction, external_id, line, message_id and 7 more (it has body, id, room_id, sender_id)"
                )
            ]),
        HandmadeProject(
            "Events of a calendar",
            "create table events (id uuid primary key, title text not null, starts_at timestamptz, ends_at timestamptz);",
            [("events", "delivery_id, event_id, external_id, kind, line, occurred_at, provider and 3 more (it has")]),
        HandmadeProject(
            "Names that are no tables",
            """
            create view contacts as select 1 as id; create materialized view messages as select 1 as id;
            create type events as enum ('a'); create table message_status_current (id int);
            create table orders (number text constraint dead_letters_fingerprint_key unique);
            """,
            [
                ("contacts", "is a view"), ("messages", "is a materialized view"), ("events", "is a type"),
                ("dead_letters", "its index dead_letters_fingerprint_key cannot be created: public.orders has that name"),
                ("message_status_current", "is a table of your own"),
            ]),
    ]

    /// Tables `sessions` that are meant for Switchboard, but that something prevents from becoming its own.
    static let bound: [HandmadeProject] = [
        HandmadeProject(
            "A customer of the project's own table",
            """
            create table customers (id bigint primary key); insert into customers values (0);
            \(sessions(["customer_id": "bigint not null default 0 references customers (id)"]))\(row)
            """,
            [("sessions.customer_id", "foreign key sessions_customer_id_fkey allows only values from public.customers, and prevents its")]),
        HandmadeProject(
            "A customer of the project's own table, with our type",
            "create table customers (id text primary key); \(sessions(["customer_id": "text references customers (id)"]))\(row)",
            [("sessions.customer_id", "foreign key sessions_customer_id_fkey allows only values from public.customers")]),
        HandmadeProject(
            "An archive that inherits from it",
            """
            \(sessions())\(row) create table sessions_archive () inherits (sessions);
            insert into sessions_archive (phone, channel, session_token, customer_id, status)
            values ('+919876543212', 'chat', 'token-of-another', '7', 'active');
            """, [("sessions", "shares its rows with public.sessions_archive by inheritance")]),
        HandmadeProject(
            "Views, and a view of a view",
            """
            \(sessions(["customer_id": "bigint"]))\(row)
            create view online as select customer_id from sessions; create view one as select * from online;
            create materialized view kept as select customer_id from sessions;
            """,
            [
                ("sessions.customer_id", "the materialized view public.kept uses it"),
                ("sessions.customer_id", "the view public.online uses it"),
            ]),
        HandmadeProject(
            "Whatever else PostgreSQL binds to a type",
            sessions(["customer_id": "bigint"], more: ", positive boolean generated always as (customer_id > 0) stored") + row + """
                alter table sessions add constraint large check (customer_id > 5);
                create statistics spread on (customer_id + 1) from sessions;
                create policy mine on sessions for select using (customer_id = 3);
                create function noted() returns trigger language plpgsql as 'begin return new; end';
                create trigger watched before update of customer_id on sessions for each row execute function noted();
                create trigger asked before update on sessions for each row when (new.customer_id > 3) execute function noted();
                create index part on sessions (phone) where customer_id > 3;
                create function first_customer() returns bigint language sql begin atomic select customer_id from sessions limit 1; end;
                create publication changes for table sessions where (customer_id > 3);
                """,
            [
                "check large", "statistics object public.spread", "function public.first_customer()", "generated column positive",
                "index public.part", "policy mine",
                "publication changes", "trigger asked", "trigger watched",
            ].map { ("sessions.customer_id", "the \($0) uses it, and prevents its change to text") }),
        HandmadeProject(
            "Tables that refer to other columns than the id, and a view of one that refers to the id",
            """
            \(sessions(["session_id": "varchar(40) primary key default md5(random()::text)", "session_token": "varchar(60) unique"]))\(row)
            create table orders (token varchar(60) references sessions (session_token));
            create table notes (note text, session_id varchar(40) references sessions (session_id));
            create view noted as select session_id from notes;
            """,
            [
                ("sessions.session_token", "the foreign key orders_token_fkey of public.orders uses it"),
                ("notes.session_id", "the view public.noted uses it, and prevents its change to uuid"),
            ]),
        HandmadeProject(
            "One session a phone", "\(sessions(["session_id": "uuid", "phone": "text primary key", "customer_id": "bigint unique"]))\(row)",
            [
                ("sessions.customer_id", "sessions_customer_id_key does not allow two rows"),
                ("sessions.phone", "sessions_pkey does not allow two rows"),
            ]),
        HandmadeProject(
            "Columns of the project's own that ask for a value",
            "\(sessions(["session_id": "uuid"], more: #", id int primary key, "shopId" int not null, "order" text not null"#));",
            [
                ("sessions.id", "Switchboard's rows do not set it"), ("sessions.shopId", "Switchboard's rows do not set it"),
                ("sessions.order", "Switchboard's rows do not set it"),
            ]),
        HandmadeProject(
            "Columns of the project's own that have our names",
            "\(sessions(more: ", contact_id bigint, customer_named text"))\(row)",
            [("sessions.contact_id", "of type bigint, but Switchboard adds a column"), ("sessions.customer_named", "of type text")]),
        HandmadeProject(
            "Times and metadata as other types",
            "\(sessions(["created_at": "bigint", "last_activity": "time", "expires_at": "int", "metadata": "bytea"]))\(row)",
            [
                ("sessions.created_at", "is bigint, which PostgreSQL cannot convert to timestamp with time zone"),
                ("sessions.expires_at", "is integer, which"), ("sessions.last_activity", "is time without time zone, which cannot become"),
                ("sessions.metadata", "is bytea, which cannot become jsonb"),
            ]),
        HandmadeProject(
            "Texts that are no times and no JSON",
            """
            \(sessions(["created_at": "text", "expires_at": "varchar(40) not null default ''", "metadata": "text"]))\(row)
            insert into sessions (phone, session_token, created_at, expires_at, metadata) values
              ('+919876543211', 'another-token', 'noon', '2026-11-26T10:00:00Z', 'a=b'),
              ('+919876543212', 'a-third-token', '2026-11-26 10:00', '2026-11-26T10:00:00Z', ' {"a": [1]}');
            """,
            [
                ("sessions.created_at", "1 row has a value that cannot become a time of the years 1 to 9999"),
                ("sessions.expires_at", "1 row has a value"), ("sessions.metadata", "1 row has a value that cannot become jsonb"),
            ]),
        HandmadeProject(
            "A customer in the primary key",
            sessions(
                ["session_id": "uuid default gen_random_uuid()", "customer_id": "text default 'nobody'"],
                more: ", primary key (session_id, customer_id)") + row,
            [("sessions.customer_id", "is in the primary key sessions_pkey, but not every session has one")]),
        HandmadeProject(
            "Unique indexes over expressions and over some of the rows",
            """
            \(sessions())\(row) create unique index one_active on sessions (customer_id) where status = 'active';
            create unique index on sessions (lower(phone)); create unique index on sessions (phone, session_id);
            """,
            [
                ("sessions.customer_id", "the unique index one_active may refuse Switchboard's rows (CREATE UNIQUE INDEX one_active"),
                ("sessions.phone", "the unique index sessions_lower_idx may refuse Switchboard's rows"),
            ]),
        HandmadeProject(
            "A unique phone to which another table refers",
            """
            \(sessions(["phone": "text unique"]))\(row)
            create table orders (phone text references sessions (phone), customer text); insert into orders values ('+919876543210');
            """,
            [("sessions.phone", "but ended sessions stay in the table; the foreign key orders_phone_fkey of public.orders refers to it")]),
        HandmadeProject(
            "An index of one of our names over another column",
            "\(sessions())\(row) create index sessions_contact_idx on sessions (phone);",
            [
                (
                    "sessions",
                    "its index sessions_contact_idx cannot be created: another index has that name (CREATE INDEX sessions_contact_idx"
                )
            ]),
        HandmadeProject(
            "A generated column", sessions(["phone": "text generated always as ('+' || (metadata ->> 'digits')) stored"]),
            [("sessions.phone", "is a generated column, but Switchboard writes it")]),
        HandmadeProject(
            "Partitions", String(sessions(["session_id": "uuid"]).dropLast()) + " partition by range (created_at);",
            [("sessions", "has partitions, so its unique index")]),
    ]
}

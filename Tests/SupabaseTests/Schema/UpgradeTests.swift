import JSON
import Supabase
import SwitchboardTesting
import Testing

@Suite("A sessions table that was made by hand")
struct UpgradeTests {
    /// A table as a team creates it, with just the ten columns.
    private static func table(_ changes: [String: String] = [:]) -> String {
        let columns = [
            ("session_id", "uuid primary key default gen_random_uuid()"), ("customer_id", "bigint"), ("phone", "text"), ("channel", "text"),
            ("session_token", "text"), ("status", "text"), ("created_at", "timestamptz default now()"),
            ("last_activity", "timestamptz default now()"), ("expires_at", "timestamptz default now() + interval '1 day'"),
            ("metadata", "jsonb default '{}'"),
        ]
        return "create table sessions (\(columns.map { "\($0.0) \(changes[$0.0] ?? $0.1)" }.joined(separator: ", ")));"
    }

    private static let types = """
        select string_agg(a.attname || ' ' || format_type(a.atttypid, null) || case when a.attnotnull then '!' else '' end, ', ' order by a.attname)
        from pg_attribute a where a.attrelid = 'sessions'::regclass and a.attnum > 0 and not a.attisdropped
        """

    private static let expectedTypes = """
        channel text!, contact_id uuid!, created_at timestamp with time zone!, customer_id text, customer_named boolean, \
        expires_at timestamp with time zone!, last_activity timestamp with time zone!, metadata jsonb!, phone text, session_id uuid!, session_token text!, status text!
        """

    @Test("Its columns are converted to Switchboard's, and it keeps its rows, whatever their types were", arguments: tables)
    func types(changes: [String: String]) async throws {
        let database = try await SchemaDatabase.make(
            before: Self.table(changes) + """
                insert into sessions (customer_id, phone, channel, session_token, status)
                values (103, '+919876543210', 'chat', 't1', 'active'), (104, '+919987654321', 'kiosk', 't2', 'active');
                """)
        #expect(try await database.rows(Self.types) == [Self.expectedTypes])
        try await database.migrate()
        #expect(
            try await database.rows("select customer_id, phone, channel, session_token, status, metadata from sessions order by phone")
                == ["103|+919876543210|chat|t1|active|{}", "104|+919987654321|kiosk|t2|active|{}"])
        #expect(
            try await database.rows("select c.phone, c.customer_id from sessions s join contacts c using (contact_id) order by 1")
                == ["+919876543210|103", "+919987654321|104"])
        #expect(try await database.call(.session, #"{"session_token":"t1"}"#)["outcome"].string == "live")
    }

    private static let tables: [[String: String]] = [
        [:], ["session_id": "uuid default gen_random_uuid()"], ["customer_id": "numeric"], ["customer_id": "text"],
        ["session_id": "varchar(40) primary key default gen_random_uuid()::text"],
        [
            "phone": "varchar(20)", "channel": "varchar(20) not null", "session_token": "varchar(255) unique", "status": "varchar(20)",
            "created_at": "timestamp default now()", "last_activity": "timestamp default now()",
            "expires_at": "timestamp default now() + interval '1 day'", "metadata": "json",
        ],
        ["metadata": "text", "status": "text not null default 'active' check (status in ('active', 'closed'))"],
        ["expires_at": "timestamptz", "created_at": "timestamptz", "last_activity": "timestamptz"],
    ]

    @Test("Missing and repeated tokens are replaced, statuses converted, and readable numbers get their plus sign")
    func values() async throws {
        let database = try await SchemaDatabase.make(
            before: Self.table() + """
                insert into sessions (customer_id, phone, channel, session_token, status, created_at) values
                  (1, '+15550000001', 'chat', 'twice', 'active', now() - interval '2 h'), (2, '+15550000002', 'chat', 'twice', 'ACTIVE', now()),
                  (3, '15550000003', 'chat', null, 'closed', now()), (4, '+1 (555) 000-0004', 'chat', '', 'whatever', now()),
                  (5, '9876543210', null, 't5', null, now()), (6, null, 'chat', 't6', 'logged_out', now());
                """)
        #expect(
            try await database.rows("select customer_id, phone, channel, status, session_token = 'twice' from sessions order by 1")
                == [
                    "1|+15550000001|chat|active|t", "2|+15550000002|chat|active|f", "3|+15550000003|chat|logged_out|f",
                    "4|+15550000004|chat|expired|f", "5|9876543210|unknown|active|f", "6|-|chat|logged_out|f",
                ])
        #expect(try await database.rows("select count(distinct session_token), min(length(session_token)) from sessions") == ["6|2"])
        // A contact whose number is ambiguous has no phone.
        #expect(try await database.rows("select count(*) from contacts where phone is null") == ["2"])
    }

    @Test("Of two active sessions of one phone the older survives, and the other's token leads to it")
    func twoActive() async throws {
        let database = try await SchemaDatabase.make(
            before: Self.table() + """
                insert into sessions (customer_id, phone, channel, session_token, status, created_at, last_activity) values
                  (103, '+919876543210', 'chat', 'older', 'active', now() - interval '2 h', now() - interval '1 h'),
                  (103, '+91 98765 43210', 'whatsapp', 'younger', 'active', now() - interval '1 h', now());
                """)
        #expect(try await database.rows("select session_token, status from sessions order by 1") == ["older|active", "younger|merged"])
        let found = try await database.call(.session, #"{"session_token":"younger"}"#)
        #expect(found["session"]["session_token"].string == "older")
        #expect(
            try await database.rows("select count(distinct last_activity), count(distinct contact_id) from sessions") == ["1|1"])
    }

    @Test("With two customers on one phone the older one's session survives; neither sees the other's, nor can take it over")
    func twoCustomers() async throws {
        let database = try await SchemaDatabase.make(
            before: Self.table() + """
                insert into sessions (customer_id, phone, channel, session_token, status, created_at) values
                  (103, '+919876543210', 'chat', 'older', 'active', now() - interval '2 h'),
                  (104, '+91 98765 43210', 'chat', 'younger', 'active', now() - interval '1 h');
                """)
        let younger = try await database.call(.session, #"{"session_token":"younger"}"#)
        #expect(younger["outcome"].string == "ended")
        #expect(younger["session"]["session_token"].string == "younger" && younger["session"]["customer_id"].string == "104")
        let older = try await database.call(.session, #"{"session_token":"older"}"#)
        #expect(older["outcome"].string == "live" && older["session"]["customer_id"].string == "103")
        for (customer, outcome) in [("103", "restored"), ("104", "conflict"), ("103", "restored")] {
            #expect(try await database.call(.start, Self.start(customer))["outcome"].string == outcome, "\(customer)")
        }
    }

    private static func start(_ customer: String) -> String {
        let phone = "+919876543210"
        return """
            {"version":1,"contact":\(ContractRows.contact(1, phone: phone, made: 0)),"identities":[],"is_live":false,"idle_seconds":3600,\
            "session":\(ContractRows.session(2, of: 1, phone: phone, made: 0, seen: 0)),"customer_id":"\(customer)"}
            """
    }

    @Test("Of several active sessions of one phone one survives, for the right customer, and the others end", arguments: people)
    func several(people: People) async throws {
        let rows = people.customers.enumerated().map { place, customer in
            "(\(customer.map { "'\($0)'" } ?? "null"), '+919876543210', 'chat', '\(place)', 'active', now() - interval '\(9 - place) h')"
        }
        let database = try await SchemaDatabase.make(
            before: Self.table(["customer_id": "text"])
                + "insert into sessions (customer_id, phone, channel, session_token, status, created_at) values \(rows.joined(separator: ","))"
        )
        #expect(try await database.rows("select status, customer_id from sessions order by session_token") == people.sessions)
        #expect(try await database.rows("select customer_id from contacts") == [people.contact])
        #expect(
            try await database.rows(
                "select count(*) from sessions s join sessions t on t.session_id::text = s.metadata ->> 'merged_into' and t.status = 'active'"
            )
                == ["\(people.sessions.count { $0.hasPrefix("merged") })"])
    }

    struct People: Sendable {
        /// The customer of each session, from the oldest to the newest; nil if none is named.
        let customers: [String?]
        let sessions: [String]
        let contact: String
    }

    private static let people = [
        People(customers: ["7", "7"], sessions: ["active|7", "merged|7"], contact: "7"),
        People(customers: [nil, "7"], sessions: ["active|7", "merged|7"], contact: "7"),
        People(customers: ["7", nil, "8"], sessions: ["active|7", "merged|-", "logged_out|8"], contact: "7"),
        People(customers: [nil, "7", "8", "7"], sessions: ["active|7", "merged|7", "logged_out|8", "merged|7"], contact: "7"),
        People(customers: [nil, nil], sessions: ["active|-", "merged|-"], contact: "-"),
        // A value that names no customer is replaced by the phone, and does not end another customer's session.
        People(customers: [nil, " "], sessions: ["active|+919876543210", "merged|+919876543210"], contact: "-"),
        People(customers: ["null", "7"], sessions: ["active|7", "merged|7"], contact: "7"),
        People(customers: ["7", "0", "8"], sessions: ["active|7", "merged|+919876543210", "logged_out|8"], contact: "7"),
        People(customers: ["anonymous", "undefined"], sessions: ["active|+919876543210", "merged|+919876543210"], contact: "-"),
        People(customers: ["-1", "7"], sessions: ["active|-1", "logged_out|7"], contact: "-1"),
        // A phone, in whichever form it is written, stands for a customer whom nobody has named.
        People(
            customers: ["919876543210", "7", "+91 98765-43210"], sessions: ["active|7", "merged|7", "merged|+919876543210"], contact: "7"),
    ]

    @Test(
        "A constant default of customer_id is nobody: its sessions show the phone, and any client can name the customer",
        arguments: [
            "bigint not null default 0", "integer default -1", "text not null default ''", "varchar(20) default 'unknown'",
            "char(8) default '0'",
        ])
    func nobody(customer: String) async throws {
        let database = try await SchemaDatabase.make(
            before: Self.table(["customer_id": customer]) + """
                insert into sessions (phone, channel, session_token, status) values
                  ('+919876543210', 'chat', 't1', 'active'), ('919876543211', 'chat', 't2', 'active'), (null, 'chat', 't3', 'active');
                insert into sessions (customer_id, phone, channel, session_token, status)
                values (103, '+919876543213', 'chat', 't4', 'active');
                """)
        #expect(
            try await database.rows("select session_token, customer_id, customer_named from sessions where phone is not null order by 1")
                == ["t1|+919876543210|f", "t2|+919876543211|f", "t4|103|t"])
        #expect(
            try await database.rows("select customer_id = contact_id::text, customer_named from sessions where phone is null") == ["t|f"])
        #expect(try await database.rows("select customer_id from contacts where customer_id is not null") == ["103"])
        for (customer, outcome) in [("7", "restored"), ("8", "conflict"), ("7", "restored")] {
            #expect(try await database.call(.start, Self.start(customer))["outcome"].string == outcome, "\(customer)")
        }
    }

    @Test("A default that is computed for each row stays, with its customers; a session may be without a phone")
    func presets() async throws {
        let database = try await SchemaDatabase.make(
            before: Self.table(["customer_id": "text not null default gen_random_uuid()::text", "phone": "text not null"])
                + "insert into sessions (phone, channel, session_token, status) values ('+919876543210', 'chat', 't1', 'active')")
        #expect(try await database.rows("select length(customer_id), customer_named from sessions") == ["36|t"])
        let columns = "select attname, atthasdef, attnotnull from pg_attribute where attrelid = 'sessions'::regclass"
        #expect(
            try await database.rows("\(columns) and attname in ('customer_id', 'phone') order by 1") == ["customer_id|t|f", "phone|f|f"])
    }

    @Test("Tables that refer to it still refer to it, even if its ids were not uuids", arguments: ["uuid", "varchar(40)"])
    func referred(type: String) async throws {
        let id = type == "uuid" ? "b2a2049a-fa35-4027-a07f-d114d83a73fa" : "a session"
        let database = try await SchemaDatabase.make(
            before: Self.table(["session_id": "\(type) primary key"]) + """
                create table notes (note text, session_id \(type) references sessions (session_id) on delete cascade);
                insert into sessions (session_id, phone, channel, session_token, status)
                values ('\(id)', '+919876543210', 'chat', 't1', 'active');
                insert into notes values ('a note', '\(id)');
                """)
        #expect(
            try await database.rows("select note, session_token, pg_typeof(n.session_id) from notes n join sessions using (session_id)")
                == ["a note|t1|uuid"])
        #expect(await database.state(of: "insert into notes values ('lost', gen_random_uuid())") == "23503")
        try await database.execute("delete from sessions")
        #expect(try await database.rows("select * from notes") == [])
    }

    @Test("A number change before the last activity of a person in such a table does not take the number from them")
    func formerChange() async throws {
        let database = try await SchemaDatabase.make(
            before: Self.table() + """
                insert into sessions (customer_id, phone, channel, session_token, status, created_at, last_activity) values
                  (103, '+919876543210', 'chat', 'older', 'active', now() - interval '9 d', now() - interval '1 h');
                """)
        #expect(
            try await database.rows("select number_since = (select max(last_activity) from sessions) from contacts") == ["t"])
        let moved = """
            {"contact_id":"\(ContractRows.id(1))","phone":"+919812345678","phones":["+919812345678"],\
            "number_since":"\(ContractRows.time(-1440))","created_at":"\(ContractRows.time(-1))","updated_at":"\(ContractRows.time(-1))"}
            """
        let identity = #"{"kind":"phone","scope":"","value":"+919876543210","contact_id":"\#(ContractRows.id(1))"}"#
        _ = try await database.call(.ingest, ContractRows.batch(contacts: [moved], identities: [identity]))
        #expect(try await database.rows("select phone from contacts order by 1") == ["+919812345678", "+919876543210"])
    }

    @Test("A project's trigger finds its tables without a schema, even if it fires within Switchboard's functions")
    func ownTrigger() async throws {
        let database = try await SchemaDatabase.make(
            before: Self.table() + """
                create table activity_log (what text);
                grant all on activity_log to service_role;
                create function log_session() returns trigger language plpgsql as $$
                  begin insert into activity_log values (tg_op || ' ' || new.phone); return new; end $$;
                create trigger log_session after insert on sessions for each row execute function log_session();
                """)
        #expect(try await database.call(.start, Self.start("103"))["outcome"].string == "created")
        #expect(try await database.rows("select what from activity_log") == ["INSERT +919876543210"])
    }

    @Test("A view over it stays; one that prevents the change of a type is named, and nothing is changed")
    func view() async throws {
        let harmless = try await SchemaDatabase.make(
            before: Self.table(["customer_id": "text"]) + "create view online as select phone from sessions where status = 'active'")
        #expect(try await harmless.rows("select * from online") == [])

        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(Self.table() + "create view online as select customer_id from sessions")
        let failure = await #expect(throws: MigrationFailure.self) { try await database.migrate() }
        #expect(failure?.kind == .refused)
        for word in ["20261124000000_switchboard_tables.sql", "view online", "customer_id", "pg_get_viewdef"] {
            #expect(failure?.description.contains(word) == true, "\(word)")
        }
        #expect(try await database.rows("select to_regclass('contacts')") == ["-"])
        try await database.execute("drop view online")
        try await database.migrate()
        #expect(try await database.rows(Self.types) == [Self.expectedTypes])
    }

    @Test("A table that already conforms is not rewritten")
    func noRewrite() async throws {
        let database = try await SchemaDatabase.make()
        let files =
            "select string_agg(relname || relfilenode, ',' order by relname) from pg_class where relnamespace = 'public'::regnamespace"
        let before = try await database.rows(files)
        try await database.migrate()
        #expect(try await database.rows(files) == before)
        // A table with types that need no conversion: rows are changed in place, and its file stays the same.
        let handmade = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await handmade.execute(Self.table(["customer_id": "varchar(20)", "phone": "varchar(20)"]))
        let file = "select relfilenode from pg_class where relname = 'sessions'"
        let old = try await handmade.rows(file)
        try await handmade.migrate()
        #expect(try await handmade.rows(file) == old)
    }
}

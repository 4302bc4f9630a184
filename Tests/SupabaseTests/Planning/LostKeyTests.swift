import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Lost keys, indexes and checks of Switchboard's tables")
struct LostKeyTests {
    /// A check that is created again applies only to new rows, and is not valid for the existing ones.
    private static let constraints = """
        select conrelid::regclass, conname, replace(pg_get_constraintdef(oid), ' NOT VALID', '') from pg_constraint
        where connamespace = current_schema()::regnamespace and contype in ('p', 'u', 'c') order by 1, 2
        """
    private static let foreignKeys =
        "select conrelid::regclass, conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'f' order by 1, 2"
    private static let indexes =
        "select indexdef from pg_indexes where schemaname = current_schema()::text order by indexname"

    @Test("All of them are named and created again, and rows are stored as before", arguments: SchemaName.tested)
    func all(schema: SchemaName) async throws {
        let database = try await SchemaDatabase.makeCopy(in: schema)
        let before = try await (database.rows(Self.constraints), database.rows(Self.indexes), database.rows(Self.foreignKeys))
        try await database.execute(
            """
            do $$ declare lost record; begin
              for lost in select conrelid::regclass as home, conname from pg_constraint
                where connamespace = '\(schema)'::regnamespace and contype in ('p', 'u', 'c')
              loop execute format('alter table %s drop constraint %I cascade', lost.home, lost.conname); end loop;
              for lost in select indexrelid::regclass as name from pg_index i join pg_class c on c.oid = i.indexrelid
                where c.relnamespace = '\(schema)'::regnamespace
              loop execute format('drop index %s', lost.name); end loop;
            end $$;
            """)
        let plan = try await database.plan()
        #expect(plan.obstacles == [])
        let told = plan.changes.map { "\($0.place) \($0.message)" }
        let names = SchemaContract.keys.union(SchemaContract.uniqueIndexes).union(SchemaContract.otherIndexes)
            .union(SchemaContract.constraints.filter { $0.hasSuffix("_check") })
        for name in names where !told.contains(where: { $0.contains(name) }) { Issue.record("\(name): \(told)") }
        #expect(told.filter { $0.contains("gets its foreign key to \(schema).") }.count == before.2.count && plan.warnings == [])
        try await database.migrate()
        #expect(try await database.rows(Self.constraints) == before.0)
        #expect(try await database.rows(Self.indexes) == before.1)
        #expect(try await database.rows(Self.foreignKeys) == before.2)
        #expect(try await database.plan().steps == [])
    }

    @Test(
        "Each lost key is reported with its kind, and another key over the same columns replaces it",
        arguments: [
            ("messages", "messages_item_key", "(provider, account, external_id)", "unique constraint"),
            ("events", "events_item_key", "(provider, account, external_id, type)", "unique constraint"),
            ("message_statuses", "message_statuses_item_key_key", "(item_key)", "unique constraint"),
            ("dead_letters", "dead_letters_fingerprint_key", "(fingerprint)", "unique constraint"),
            ("identities", "identities_pkey", "(value, scope, kind)", "primary key"),
            ("contacts", "contacts_pkey", "(contact_id)", "primary key"),
        ])
    func each(table: String, name: String, columns: String, kind: String) async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute("alter table \(table) drop constraint \(name) cascade")
        #expect(try await keyChanges(of: database) == ["\(table) gets the \(kind) \(name)"])
        try await database.execute("create unique index own on \(table) \(columns)")
        #expect(try await keyChanges(of: database) == [])
        let before = try await database.rows(Self.constraints)
        try await database.migrate()
        #expect(try await database.rows(Self.constraints) == before)
    }

    /// Without foreign keys, which are lost with the key that they refer to.
    private func keyChanges(of database: SchemaDatabase) async throws -> [String] {
        try await database.plan().changes.filter { !$0.message.contains("foreign key") }.map { "\($0.place) \($0.message)" }
    }

    @Test("A foreign key that existing rows violate is a warning with their number, and is created after its statement has run")
    func orphans() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let before = try await database.rows(Self.foreignKeys)
        try await database.execute(
            """
            alter table messages drop constraint messages_contact_id_fkey, drop constraint messages_session_id_fkey;
            insert into messages
              (message_id, contact_id, session_id, provider, account, external_id, channel, direction, type, sent_at, received_at)
            select gen_random_uuid(), md5('c')::uuid, md5('s' || n)::uuid, 'p', 'a', n, 'c', 'inbound', 'text', now(), now()
            from generate_series(1, 2) n;
            """)
        let plan = try await database.plan()
        #expect(plan.steps == plan.warnings)
        #expect(
            plan.warnings.map { "\($0.place) \($0.message)" } == [
                "messages.contact_id 2 rows with a contact_id that is not in public.contacts, so its foreign key is not created",
                "messages.session_id 2 rows with a session_id that is not in public.sessions, so its foreign key is not created",
            ])
        // The foreign keys are left out, and the migration succeeds without them.
        try await database.migrate()
        #expect(try await database.plan() == plan)
        for warning in plan.warnings { try await database.execute(#require(warning.statement)) }
        #expect(try await database.plan().changes.map(\.column) == ["contact_id", "session_id"])
        try await database.migrate()
        #expect(try await database.rows(Self.foreignKeys) == before)
        #expect(try await database.rows("select distinct contact_id = md5('c')::uuid, session_id from messages") == ["t|-"])
        #expect(try await database.plan().steps == [])
    }

    @Test("If the referenced table is lost too, the statement is to be run after the migration")
    func orphansOfNoTable() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            insert into contacts (contact_id) values (md5('c')::uuid);
            insert into identities (kind, scope, value, contact_id) values ('phone', '', '1', md5('c')::uuid);
            drop table contacts cascade;
            """)
        let warnings = try await database.plan().warnings
        #expect(warnings.map(\.place) == ["identities.contact_id"] && warnings.first?.statement == nil, "\(warnings)")
        try await database.migrate()
        try await database.execute(#require(warnings.first?.restoration))
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("No migration creates a foreign key to an unlogged table; the warning has the statement for it")
    func left() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            alter table messages drop constraint messages_session_id_fkey; alter table events drop constraint events_session_id_fkey;
            alter table sessions set unlogged;
            """)
        let plan = try await database.plan()
        #expect(plan.steps == plan.warnings && plan.warnings.map(\.place) == ["events.session_id", "messages.session_id", "sessions"])
        try await database.migrate()
        #expect(try await database.plan() == plan)
        for warning in plan.warnings.reversed() { try await database.execute(#require(warning.statement)) }
        #expect(try await database.plan().steps == [])
    }

    @Test("If the project has a primary key of its own, the columns of the lost key become unique again")
    func otherPrimaryKey() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            alter table dead_letters drop constraint dead_letters_pkey;
            alter table dead_letters add column id bigint generated always as identity primary key;
            """)
        try await database.migrate()
        #expect(try await database.plan().steps == [])
        #expect(
            try await database.rows("select pg_get_constraintdef(oid) from pg_constraint where conname = 'dead_letters_dead_letter_id_key'")
                == ["UNIQUE (dead_letter_id)"])
    }

    /// A change of a database, the key that cannot be created, a part of the obstacle's message, and what the database contains afterwards.
    private static let doubled: [(script: String, place: String, words: String, left: String, rows: [String])] = [
        (
            """
            alter table messages drop constraint messages_item_key;
            insert into messages (message_id, provider, account, external_id, channel, direction, type, text, sent_at, received_at)
            select gen_random_uuid(), 'p', 'a', n % 2, 'c', 'inbound', 'text', n, now(), to_timestamp(n) from generate_series(1, 5) n;
            """, "messages",
            "3 rows with the provider, account, external_id of an earlier row, so the unique constraint messages_item_key",
            "select text from messages order by text", ["1", "2"]
        ),
        (
            """
            alter table dead_letters drop constraint dead_letters_fingerprint_key;
            insert into dead_letters (dead_letter_id, stage, reason, created_at, fingerprint)
            select gen_random_uuid(), 's', n, to_timestamp(n), case when n > 2 then 'same' end from generate_series(1, 4) n;
            """, "dead_letters.fingerprint", "1 row with the fingerprint of an earlier row",
            "select reason from dead_letters order by reason",
            ["1", "2", "3"]
        ),
        (
            """
            drop index contacts_phone_key;
            insert into contacts (contact_id, phone, display_name, created_at)
            select gen_random_uuid(), '+919876543210', n, to_timestamp(n) from generate_series(1, 2) n;
            """, "contacts.phone", "so the unique index contacts_phone_key cannot be created",
            "select display_name, phone from contacts order by 1", ["1|+919876543210", "2|-"]
        ),
        (
            """
            alter table contacts drop constraint contacts_pkey cascade; alter table contacts alter contact_id drop not null;
            insert into contacts (contact_id, display_name) values (null, 'a'), (gen_random_uuid(), 'b');
            """, "contacts.contact_id", "1 row without contact_id, so the primary key contacts_pkey",
            "select display_name from contacts",
            ["b"]
        ),
        (
            """
            drop index sessions_one_active_per_contact, sessions_session_token_key;
            insert into contacts (contact_id) values ('00000000-0000-7000-8000-000000000001');
            insert into sessions (contact_id, channel, session_token, created_at)
            select '00000000-0000-7000-8000-000000000001', n, 'a-token-' || n, to_timestamp(n) from generate_series(1, 2) n;
            """, "sessions.contact_id", "1 row with the contact_id of an earlier row", "select channel, status from sessions order by 1",
            ["1|active", "2|expired"]
        ),
        (
            """
            drop index sessions_session_token_key;
            insert into contacts (contact_id) values ('00000000-0000-7000-8000-000000000001');
            insert into sessions (contact_id, channel, session_token, status, created_at)
            select '00000000-0000-7000-8000-000000000001', n, 'a-token', 'expired', to_timestamp(n) from generate_series(1, 2) n;
            """, "sessions.session_token", "unique index sessions_session_token_key cannot be created",
            "select channel, length(session_token) from sessions order by 1", ["1|7", "2|64"]
        ),
    ]

    @Test("Rows that violate a key are counted and shown by the advice, and the statement keeps the first of them", arguments: doubled)
    func rows(script: String, place: String, words: String, left: String, rows: [String]) async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(script)
        let obstacles = try await database.plan().obstacles
        #expect(obstacles.map(\.place) == [place] && obstacles[0].message.contains(words), "\(obstacles)")
        #expect(await database.state(of: Migration.script(in: .public))?.hasPrefix("23") == true)
        let advice = try #require(obstacles.first?.advice)
        if let list = advice.firstMatch(of: #/^look at them: ([^;]+);/#) {
            #expect(try await database.rows(String(list.1)).isEmpty == false)
        }
        try await database.execute("rollback; \(#require(obstacles.first?.statement))")
        #expect(try await database.plan().obstacles == [])
        #expect(try await database.rows(left) == rows)
        try await database.migrate()
        #expect(try await database.plan().changes == [])
    }

    @Test("A deferrable key and an invalid index are obstacles, and their statements fix them")
    func unusable() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            alter table messages drop constraint messages_item_key;
            alter table messages add constraint messages_item_key unique (provider, account, external_id) deferrable;
            update pg_index set indisvalid = false where indexrelid = 'events_contact_idx'::regclass;
            """)
        let obstacles = try await database.plan().obstacles
        #expect(obstacles.map(\.place) == ["events", "messages"])
        #expect(obstacles.first?.message.contains("events_contact_idx is invalid") == true)
        #expect(obstacles.last?.message.contains("messages_item_key is deferrable") == true)
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }
}

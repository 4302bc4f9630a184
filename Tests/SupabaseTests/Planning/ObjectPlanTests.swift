import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("The plan for privileges, and for the objects around Switchboard's tables")
struct ObjectPlanTests {
    @Test("Every revoked and granted privilege is listed, and what the scripts create again")
    func grants() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            grant select on contacts to anon; grant select on dead_letters to public; grant select, insert on events to authenticated;
            grant execute on function switchboard_inspect to anon; grant usage on sequence message_statuses_status_id_seq to anon;
            grant select on message_status_current to authenticated; revoke all on message_status_current from service_role;
            create policy own on sessions for select to authenticated using (true); grant select on sessions to authenticated;
            drop policy service_only on identities; drop trigger switchboard_customer_of_new on sessions;
            alter table sessions drop constraint sessions_status_check; create index sessions_phone_idx on sessions (phone);
            """)
        let plan = try await database.plan()
        #expect(plan.steps == plan.changes)
        #expect(
            plan.changes.map { "\($0.place) \($0.message)" } == [
                "contacts anon loses select", "dead_letters public loses select", "events authenticated loses insert, select",
                "identities gets the policy service_only: service_role reads and writes every row",
                "message_statuses anon loses usage on its sequence message_statuses_status_id_seq",
                "sessions authenticated loses select (session_token)", "sessions gets the trigger switchboard_customer_of_new",
                "sessions gets the check sessions_status_check, to allow only Switchboard's words",
                "sessions its index sessions_phone_idx is dropped: Switchboard does not look up sessions by phone",
                "message_status_current service_role gets select", "database anon loses execute on the function switchboard_inspect",
            ])
        try await database.migrate()
        #expect(try await database.plan().steps == [])
        #expect(try await database.rows("select has_table_privilege('authenticated', 'message_status_current', 'select')") == ["t"])
    }

    @Test("A privilege through public becomes the role's own if a policy preserves it")
    func inherited() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            "create policy own on contacts for select to authenticated using (true); grant select on contacts to public;")
        #expect(
            try await database.plan().changes.map(\.message) == [
                "authenticated gets select of its own; until now it had this through public", "public loses select",
            ])
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("A project's trigger that fires during the migration is listed; if it refuses the migration, disabling it as advised helps")
    func triggers() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions())
            insert into sessions (phone, session_token, status) values ('+919876543210', 'a-token-of-theirs', 'closed');
            create function no_reopen() returns trigger language plpgsql as $$ begin raise exception 'closed is closed'; end $$;
            create trigger "No reopening" before update of status on sessions for each row execute function no_reopen();
            create trigger told after insert on sessions for each row execute function no_reopen();
            """)
        let steps = try await database.plan().changes.filter { $0.message.contains("its trigger") }
        #expect(steps.map(\.message) == ["its trigger No reopening (public.no_reopen()) fires when migrate updates rows"])
        let advice = try #require(steps.first?.advice)
        let off = #"alter table public.sessions disable trigger "No reopening";"#
        #expect(advice.contains("migrate fails and changes nothing") && advice.contains(off))
        #expect(advice.contains(#"enable trigger "No reopening";"#))
        #expect(advice.contains("a column whose type changes") && advice.contains("Session ids are uuid"))
        await #expect(throws: MigrationFailure.self) { try await database.migrate() }
        try await database.execute(off)
        try await database.migrate()
        let left = try await database.plan()
        #expect(
            left.steps == left.warnings
                && left.steps.map(\.message) == [
                    "its trigger told (public.no_reopen()) is the project's own: "
                        + "it can refuse rows of Switchboard's, or change them afterwards"
                ])
    }

    /// A change of a migrated database, and the place and a part of the message of each obstacle.
    private static let changed: [(String, [(String, String)])] = [
        (
            "alter table contacts alter phone set not null, alter display_name set not null, alter created_at drop default",
            [
                ("contacts.display_name", "refuses null"), ("contacts.phone", "refuses null"),
            ]
        ),
        ("alter table message_statuses alter status_id drop identity", [("message_statuses.status_id", "has no default")]),
        (
            """
            create unique index own on contacts (customer_id); create unique index per_delivery on messages (delivery_id);
            create unique index one_kind on events (session_id, kind); create unique index one on identities (lower(value));
            alter table sessions add column number bigint generated always as identity unique, add column shop text;
            create unique index on sessions (shop, phone); create unique index on messages (message_id, sender);
            """,
            [
                ("contacts.customer_id", "own does not allow two rows with the same customer_id"),
                ("events", "one_kind does not allow two rows"),
                ("identities.value", "the unique index one may refuse Switchboard's rows"),
                ("messages.delivery_id", "per_delivery does not allow two rows"),
            ]
        ),
        (
            "drop index messages_contact_idx; create index messages_contact_idx on messages (contact_id) where sender is not null",
            [("messages", "its index messages_contact_idx cannot be created: another index has that name")]
        ),
        (
            "drop index contacts_phone_key; create unique index contacts_phone_key on contacts (phone, display_name)",
            [("contacts", "; Switchboard's is unique on (phone) where phone is not null")]
        ),
        (
            """
            alter table messages drop column content, drop column context, add column team text not null;
            """, [("messages", "lacks content, context"), ("messages.team", "is your own column without a default")]
        ),
    ]

    @Test("Objects that refuse rows of Switchboard's tables are obstacles, all at once, and their statements help", arguments: changed)
    func obstacles(script: String, expected: [(String, String)]) async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(script)
        let obstacles = try await database.plan().obstacles
        #expect(obstacles.map(\.place).sorted() == expected.map(\.0), "\(obstacles)")
        for (place, words) in expected {
            #expect(obstacles.contains { $0.place == place && $0.message.contains(words) }, "\(place) \(words): \(obstacles)")
        }
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("Missing columns are restored as the scripts define them")
    func definitions() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute("alter table messages drop column content, drop column direction")
        #expect(
            try await database.plan().obstacles.map(\.statement) == [
                "alter table public.messages add column content jsonb not null default '{}'::jsonb, "
                    + "add column direction text not null check (direction in ('inbound', 'outbound'));"
            ])
        for (table, columns) in SchemaContract.columns {
            let defined = try #require(TableScript.all[table]).definitions.keys
            // A later script may add a column that the first one also defines.
            let added = SchemaContract.addedColumns[table] ?? []
            #expect(Set(defined).subtracting(added) == Set(columns.keys).subtracting(added))
        }
    }

    @Test("A check of the project's own is only a warning, and a lost foreign key is created again")
    func warnings() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            alter table contacts add constraint phone_form check (phone like '+91%'); alter table contacts add own int check (own > 3);
            alter table sessions drop constraint sessions_contact_id_fkey;
            """)
        let plan = try await database.plan()
        #expect(plan.obstacles == [])
        #expect(
            plan.steps.map { "\($0.place) \($0.message)" } == [
                "contacts.phone rows of Switchboard's that the check phone_form refuses become dead letters: CHECK ((phone ~~ '+91%'::text))",
                "sessions.contact_id gets its foreign key to public.contacts (contact_id) again",
            ])
        try await database.migrate()
        for warning in plan.warnings { try await database.execute(#require(warning.statement)) }
        #expect(try await database.plan().steps == [])
    }

    @Test("The warning about a check shows what Switchboard writes into the column")
    func written() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            alter table sessions add constraint own_token check (length(session_token) = 32);
            alter table messages add constraint own_channel check (channel in ('web') or direction = 'inbound') not valid;
            """)
        let advice = try await database.plan().warnings.compactMap(\.advice)
        let tokens = "43 of A–Z, a–z, 0–9, - and _ in tokens of its own, 8 to 256 letters, digits and -._~+/=: in those of yours"
        #expect(
            advice == [
                "nothing to do if it allows everything that Switchboard writes (channel: any word of 1 to 32 of a-z, 0-9, - and _ "
                    + "that an account or a client names; direction: inbound, outbound); otherwise drop it",
                "nothing to do if it allows everything that Switchboard writes (\(tokens)); otherwise drop it",
            ])
        #expect(WrittenValues.text(of: "status", in: "sessions")?.contains("logged_out") == true)
    }
}

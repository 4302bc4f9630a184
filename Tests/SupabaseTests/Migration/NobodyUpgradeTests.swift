import SharedCases
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Placeholders for nobody in tables made by hand")
struct NobodyUpgradeTests {
    /// Contacts of a team that follows the contract.
    private static let contacts = """
        create table contacts (contact_id uuid primary key, phone text, customer_id text, display_name text,
          created_at timestamptz not null default now(), updated_at timestamptz not null default now(), merged_into uuid);
        """

    @Test("Before the functions exist, a migration uses the same rule, and leaves no trace of it")
    func namesBefore() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        for customer in try CustomerCase.all() {
            let id = customer.id.replacing("'", with: "''")
            let script = """
                \(NobodyRule.function) do $do$ begin
                  if (\(NobodyRule.isNobody("'\(id)'"))) is distinct from \(!customer.namesSomebody) then raise 'otherwise'; end if;
                end $do$; \(NobodyRule.removal)
                """
            #expect(await database.state(of: script) == nil, "\(id)")
        }
        #expect(try await database.rows("select proname from pg_proc where proname ~ '(folded|unescaped|is_hidden|names_somebody)$'") == [])
    }

    @Test("The plan shows placeholders for nobody with their replacement, and only counts what may be about a person")
    func nobodys() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(Self.contacts)
            insert into contacts (contact_id, phone, customer_id)
              values (gen_random_uuid(), 'anonymous', 'null'), (gen_random_uuid(), '+919876543210', '7');
            \(HandmadeProject.sessions(["customer_id": "varchar(40) default 'walk-in'"]))
            insert into sessions (phone, channel, session_token, status, customer_id)
            select p, 'chat', 'a-token-of-theirs' || n, 'active', c from (values
              (1, '+919876543210', 'null'), (2, '+919876543210', ' Null'), (3, '+919876543211', 'null'), (4, '+266696687', '7'),
              (5, '+266696687', '8'), (6, '+919876543212', 'Jane Doe:unknown'), (7, '+919876543213', 'walk-in')) w(n, p, c);
            """)
        let plan = try await database.plan()
        #expect(plan.obstacles == [])
        let told = plan.changes.filter { $0.message.contains(/no customer|placeholder|older active/) }
        #expect(
            told.map { "\($0.place): \($0.message)" } == [
                "sessions.customer_id: the default 'walk-in'::character varying names no customer and is removed; rows with it get the "
                    + "phone as customer_id until a client names a customer (1 row)",
                "sessions.phone: 1 row: the phone has an older active session, which continues; the token of this one leads to it, or this "
                    + "one ends if it names another customer",
                "sessions.customer_id: 2 rows 'null', 1 row 'Null', 1 row with other words: a placeholder that names no customer; "
                    + "it becomes the phone until a client names a customer",
                "sessions.phone: 2 rows '+266696687': a placeholder that is not a phone; it becomes null, and each session gets its own "
                    + "contact, without a phone",
                "contacts.customer_id: 1 row 'null': a placeholder that names no customer; it becomes null",
                "contacts.phone: 1 row 'anonymous': a placeholder that is not a phone; it becomes null",
            ])
        try await database.migrate()
        #expect(try await database.rows("select status, count(*) from sessions group by 1 order by 1") == ["active|6", "merged|1"])
        #expect(
            try await database.rows("select coalesce(phone, '-'), customer_id from contacts order by 1, 2") == [
                "+919876543210|7", "+919876543211|-", "+919876543212|-", "+919876543213|-", "-|7", "-|8", "-|-",
            ])
        #expect(try await database.plan().steps == [])
    }

    @Test("Sessions with a placeholder as their phone are not merged: each continues with a contact of its own", arguments: words)
    func nobodysPhone(word: String) async throws {
        let database = try await SchemaDatabase.make(
            before: HandmadeProject.sessions() + """
                \(Self.contacts) insert into contacts (contact_id, phone) values (gen_random_uuid(), '\(word)');
                insert into sessions (customer_id, phone, channel, session_token, status) values
                  ('7', '\(word)', 'chat', 't1', 'active'), ('8', '\(word)', 'chat', 't2', 'active'),
                  (null, '\(word)', 'chat', 't3', 'active');
                """)
        #expect(
            try await database.rows("select customer_id, phone, status, expires_at > now() from sessions order by session_token")
                == ["7|-|active|t", "8|-|active|t", "-|-|active|t"])
        #expect(try await database.rows("select count(distinct contact_id) from sessions") == ["3"])
        #expect(try await database.rows("select count(phone), count(*) from contacts") == ["0|4"])
    }

    private static let words = ["anonymous", "+null", "Private Number", "0", "+266696687", "00 266 696 687", "86282452253", "tel:unknown"]
}

import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("The plan for values that are rewritten")
struct ValuePlanTests {
    /// The messages of the plan about rows, each with its column, for a table of ten columns with these rows.
    private func told(_ rows: String) async throws -> (SchemaDatabase, MigrationPlan, [String]) {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(HandmadeProject.sessions() + rows)
        let plan = try await database.plan()
        let steps = plan.changes.filter { $0.table == "sessions" && $0.message.first?.isNumber == true }
        return (database, plan, steps.map { "\($0.column ?? "-"): \($0.message)" })
    }

    @Test("Unknown words of a status are listed with their replacement; words that may be about a person are only counted")
    func words() async throws {
        let (database, plan, told) = try await told(
            """
            insert into sessions (phone, channel, session_token, status)
            select '+91987654320' || n, 'chat', 'a-token-of-theirs' || n, s
            from unnest(array['open', 'open', 'open', 'weird', 'Closed', null, '+919876543210', 'Active']) with ordinality w(s, n);
            """)
        #expect(
            told == [
                "status: 1 row 'Closed' becomes logged_out",
                "status: 3 rows 'open', 1 row 'weird', 1 row with other words become expired; 5 of them would not have expired yet",
                "status: 1 row without a status becomes active, or expired if expires_at has passed",
                "phone: 8 phone numbers get their contact",
            ])
        let advice = try #require(plan.changes.first { $0.message.contains("become expired") }?.advice)
        #expect(advice.hasSuffix("update public.sessions set status = 'active' where status = '…';"))
        try await database.migrate()
        #expect(
            try await database.rows("select status, count(*) from sessions group by 1 order by 1")
                == ["active|2", "expired|5", "logged_out|1"])
    }

    @Test("If there are more words than a vocabulary has, they are only counted")
    func manyWords() async throws {
        let (_, _, told) = try await told(
            """
            insert into sessions (phone, channel, session_token, status)
            select '+9198765432' || n, 'chat', 'a-token-of-theirs' || n, 'Name ' || chr(87 + n) from generate_series(10, 34) n;
            """)
        #expect(told.first == "status: 25 rows with other words become expired; 25 of them would not have expired yet")
    }

    @Test("Rewritten and filled-in values are counted by the script's own rules")
    func values() async throws {
        let (database, _, told) = try await told(
            """
            insert into sessions (customer_id, phone, channel, session_token, status, expires_at, metadata) values
              (null, '098765 43216', 'chat', 'a-token-of-theirs1', 'active', null, null),
              ('7', 'whatsapp:+919876543210', 'chat', 'a-token-of-theirs2', 'active', now(), '[1]'),
              ('919876543210', '00 91 98765-43210', null, 'a-token-of-theirs3', 'active', now() + interval '1 day', '{}'),
              (' ', null, 'chat', 'a-token-of-theirs4', 'active', now() + interval '1 day', '{}');
            """)
        #expect(
            told.filter { !$0.contains("has an older active session") } == [
                "phone: 1 row: the phone becomes its international form (E.164)", "phone: 1 phone number gets its contact",
                "phone: 2 rows: the phone is not in international form; it stays as it is, and each session gets its own "
                    + "contact, without a phone",
                "phone: 1 row: there is no phone; each session gets its own contact, without a phone",
                "customer_id: 1 row: customer_id is the phone in another spelling and becomes the phone, or has spaces around it, "
                    + "which are removed",
                "customer_id: 1 row '': a placeholder that names no customer; it becomes the phone until a client names a customer",
                "channel: 1 row: null becomes 'unknown'", "expires_at: 1 row: null becomes 24 hours after last_activity",
                "metadata: 1 row: null becomes {}", #"metadata: 1 row: a value that is not an object becomes {"value": …}"#,
            ])
        try await database.migrate()
        #expect(try await database.rows("select count(phone), count(*) - count(phone) from contacts") == ["1|3"])
        #expect(try await database.rows("select phone from sessions where session_token = 'a-token-of-theirs1'") == ["098765 43216"])
    }

    @Test(
        "The plan shows the replacement for a time that no program can read",
        arguments: ["timestamp", "timestamptz not null default now()"])
    func times(type: String) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            set timezone = 'UTC'; \(HandmadeProject.sessions(["created_at": type, "last_activity": type, "expires_at": type]))
            insert into sessions (phone, channel, session_token, status, created_at, last_activity, expires_at)
            select '+91987654321' || n, 'chat', 'a-token-of-theirs' || n, 'active', c::timestamptz, l::timestamptz, e::timestamptz from (values
              (1, '2025-11-26', '2025-11-26 12:00', 'infinity'), (2, '-infinity', '2025-11-26 12:00', '10000-01-01'),
              (3, '2025-11-26', '0044-03-15 BC', '9999-12-31')) w(n, c, l, e);
            """)
        let plan = try await database.plan()
        let told = plan.changes.filter { $0.message.contains("a time that is infinite or outside the years 1 to 9999 becomes") }
        #expect(plan.obstacles == [])
        #expect(
            told.map { "\($0.column ?? "-") \($0.message.split(separator: ":")[0])" } == [
                "created_at 1 row", "last_activity 1 row", "expires_at 2 rows",
            ])
        try await database.migrate()
        let times = "created_at::date, last_activity at time zone 'UTC', expires_at at time zone 'UTC'"
        #expect(
            try await database.rows("select \(times) from sessions order by phone") == [
                "2025-11-26|2025-11-26 12:00:00|2025-11-27 12:00:00", "2025-11-26|2025-11-26 12:00:00|2025-11-27 12:00:00",
                "2025-11-26|2025-11-26 00:00:00|9999-12-31 00:00:00",
            ])
        #expect(try await database.plan().changes == [])
        let findings = await DatabaseExamination(try database.transport()).findings()
        #expect(findings.contains(Finding(.ok, "supabase.sessions", "all active sessions can be used")))
    }

    @Test("Tokens that Switchboard refuses are reported with a statement that replaces them", arguments: [false, true])
    func tokens(isMigrated: Bool) async throws {
        let (database, _, _) = try await told(
            """
            insert into sessions (phone, channel, session_token, status) values ('+919876543210', 'chat', 'short', 'active'),
              ('+919876543211', 'chat', 'a-token-of-theirs', 'active'), ('+919876543212', 'chat', 'x', 'expired');
            """)
        if isMigrated { try await database.migrate() }
        let warnings = try await database.plan().warnings
        #expect(
            warnings.map(\.message) == [
                "1 active session has a token that Switchboard refuses: a token has 8 to 256 letters, digits or -._~+/=:"
            ])
        try await database.execute(try #require(warnings.first?.statement))
        #expect(try await database.plan().warnings == [])
        #expect(try await database.rows("select length(session_token) from sessions order by 1") == ["1", "17", "64"])
    }
}

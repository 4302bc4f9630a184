import JSON
import Supabase
import SwitchboardTesting
import Testing

@Suite("A session that ends during a concurrent change")
struct RacingEndTests {
    private static let phone = "+919876543210"

    /// A session of the person, created this many seconds ago.
    private static func batch(_ number: Int, made: Int, seen: Int = -10, isChanged: Bool = true) -> String {
        ContractRows.batch(
            "b\(number)\(seen)", contacts: [ContractRows.contact(1, phone: phone)],
            sessions: [ContractRows.session(number, of: 1, phone: phone, made: made, seen: seen, isChanged: isChanged)])
    }

    /// Runs `call` after another connection has run `script`, which it commits as soon as the call waits for it.
    private func during<Value: Sendable>(
        _ script: String, in database: SchemaDatabase, _ call: @Sendable () async throws -> Value
    ) async throws -> Value {
        let other = try SchemaDatabase(url: database.url)
        async let committed: Void = other.execute(
            """
            begin; \(script); set application_name = 'other';
            do $$ begin
              while not exists (
                select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
              loop perform pg_sleep(0.02), pg_stat_clear_snapshot(); end loop;
            end $$;
            commit;
            """)
        let hasRun = "select pid from pg_stat_activity where datname = current_database() and application_name = 'other'"
        while try await database.rows(hasRun).isEmpty {}
        let value = try await call()
        try await committed
        return value
    }

    @Test("A person who logs out while their session is merged ends the surviving one")
    func merged() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, Self.batch(11, made: -60))
        let outcome = try await during(
            "select public.switchboard_ingest('\(Self.batch(12, made: -120))')", in: database
        ) { try await database.call(.end, #"{"session_token":"token-11"}"#)["outcome"].string }
        #expect(outcome == "ended")
        #expect(
            try await database.rows("select session_token, status from sessions order by 1") == ["token-11|merged", "token-12|logged_out"])
    }

    @Test("A session that a team ends stays ended, whatever an instance reports at the same moment")
    func moved() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, Self.batch(11, made: -60))
        let told = try await during("update sessions set status = 'logged_out'", in: database) {
            try await database.call(.ingest, Self.batch(11, made: -60, seen: 0))["sessions"][0]["status"].string
        }
        #expect(told == "logged_out")
        #expect(try await database.rows("select status from sessions") == ["logged_out"])
    }

    @Test("The token of a session that a team ends leads to no other session of the person")
    func older() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, Self.batch(11, made: -60))
        let before = Self.batch(12, made: -120)
        try await during("update sessions set status = 'logged_out'", in: database) { _ = try await database.call(.ingest, before) }
        #expect(
            try await database.rows("select session_token, status from sessions order by 1") == ["token-11|logged_out", "token-12|active"])
        #expect(try await database.rows("select session_token from switchboard.session_of('token-11')") == ["token-11"])
    }

    @Test("Contacts that were merged in a circle by hand do not block a call")
    func circle() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(
            .ingest, ContractRows.batch("c", contacts: [ContractRows.contact(1), ContractRows.contact(2), ContractRows.contact(3)]))
        try await database.execute(
            """
            update contacts set merged_into = case contact_id
              when '\(ContractRows.id(1))' then '\(ContractRows.id(2))'::uuid
              when '\(ContractRows.id(2))' then '\(ContractRows.id(3))'::uuid else '\(ContractRows.id(1))'::uuid end
            """)
        let answered = await database.state(
            of: "set statement_timeout = '10s'; select public.switchboard_ingest('\(Self.batch(11, made: -60))')")
        #expect(answered == nil)
        #expect(try await database.rows("select count(*) from contacts where switchboard.canonical(contact_id) is null") == ["0"])
    }
}

import Supabase
import SwitchboardTesting
import Testing

@Suite("Many instances at once")
struct ConcurrencyTests {
    @Test("Sixteen callers with overlapping phones leave one active session per person, and never deadlock")
    func storm() async throws {
        let database = try await SchemaDatabase.make()
        let callers = 16
        let rounds = 12
        let people = 12
        let transport = try database.transport(connections: callers)
        defer { transport.shutdown() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for round in 0..<rounds {
                        let batch = Self.batch(caller: caller, round: round, people: people)
                        _ = try await transport.call(.ingest, Array(batch.utf8), within: .seconds(120))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(
            try await database.rows("select count(*), count(distinct contact_id) from sessions where status = 'active'")
                == ["\(people)|\(people)"])
        #expect(try await database.rows("select count(*) from contacts where phone is not null") == ["\(people)"])
        #expect(try await database.rows("select count(*) from messages") == ["\(callers * rounds * 6)"])
        #expect(try await database.rows("select deadlocks from pg_stat_database where datname = current_database()") == ["0"])
        let lost = "select count(*) from sessions s where not exists (select 1 from switchboard.session_of(s.session_token))"
        #expect(try await database.rows(lost) == ["0"])
    }

    /// Six people in the caller's own order; other callers send some of them at the same time.
    private static func batch(caller: Int, round: Int, people: Int) -> String {
        var order = Array(0..<6).map { (caller * 5 + round * 7 + $0) % people }
        if !caller.isMultiple(of: 2) { order.reverse() }
        let rows = order.map { person in (person, phone: "+1555000\(1000 + person)", contact: caller * 1000 + person + 1) }
        return ContractRows.batch(
            "\(caller)-\(round)", contacts: rows.map { ContractRows.contact($0.contact, phone: $0.phone) },
            sessions: rows.map {
                ContractRows.session(
                    100_000 + $0.contact, of: $0.contact, phone: $0.phone, made: -60 - caller, seen: round - 20, isChanged: round == 0)
            },
            messages: rows.map {
                ContractRows.message(
                    1_000_000 + caller * 10_000 + round * 100 + $0.0, in: 100_000 + $0.contact, of: $0.contact,
                    external: "\(caller)-\(round)-\($0.0)", received: round - 20)
            })
    }

    @Test("Sixteen simultaneous starts of one phone create one session")
    func starts() async throws {
        let database = try await SchemaDatabase.make()
        let transport = try database.transport(connections: 16)
        defer { transport.shutdown() }
        let phone = "+919876543210"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 1...16 {
                let draft = ContractRows.session(100 + caller, of: caller, phone: phone, made: 0, seen: 0)
                let start = """
                    {"version":1,"contact":\(ContractRows.contact(caller, phone: phone, made: 0)),"session":\(draft),"identities":[],\
                    "is_live":false,"idle_seconds":3600}
                    """
                group.addTask { _ = try await transport.call(.start, Array(start.utf8), within: .seconds(60)) }
            }
            try await group.waitForAll()
        }
        #expect(try await database.rows("select count(*) from sessions") == ["1"])
        #expect(try await database.rows("select deadlocks from pg_stat_database where datname = current_database()") == ["0"])
    }

    @Test("Calls that find each other's persons by a provider's id do not wait for each other", arguments: [1, 600])
    func foundPersons(bystanders: Int) async throws {
        let database = try await SchemaDatabase.make()
        // Each of the two callers names one person by phone, and finds the other one by their id.
        let known = (0..<2).map { person in
            ContractRows.batch(
                "known-\(person)", contacts: [ContractRows.contact(1 + person, phone: "+1555000000\(person)")],
                identities: [ContractRows.identity("whatsapp_user_id", "US.\(person)", of: 1 + person)])
        }
        for batch in known { _ = try await database.call(.ingest, batch) }
        try await database.execute(
            """
            create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$;
            create trigger slow before update on contacts for each row execute function slow();
            """)
        let transport = try database.transport(connections: 2)
        defer { transport.shutdown() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for person in 0..<2 {
                let others = (0..<bystanders).map {
                    ContractRows.contact(10_000 * (1 + person) + $0, phone: "+1555\(1 + person)00\(10_000 + $0)")
                }
                let batch = ContractRows.batch(
                    "found-\(person)",
                    contacts: [
                        ContractRows.contact(1 + person, phone: "+1555000000\(person)", name: "Changed", changed: 0),
                        ContractRows.contact(100 + person, changed: 0),
                    ] + others,
                    identities: [ContractRows.identity("whatsapp_user_id", "US.\(1 - person)", of: 100 + person)])
                group.addTask { _ = try await transport.call(.ingest, Array(batch.utf8), within: .seconds(60)) }
            }
            try await group.waitForAll()
        }
        #expect(try await database.rows("select deadlocks from pg_stat_database where datname = current_database()") == ["0"])
        #expect(
            try await database.rows(
                "select phone, display_name from contacts where merged_into is null and phone like '+1555000000%' order by 1")
                == ["+15550000000|Changed", "+15550000001|Changed"])
    }
}

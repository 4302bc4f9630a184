import JSON
import Relay
import Supabase
import SwitchboardTesting
import Testing

@Suite("switchboard_ingest")
struct IngestTests {
    private let phone = "+919876543210"

    @Test("A batch that is sent again, with its own id or another, stores nothing more and gets the same answer")
    func idempotent() async throws {
        let database = try await SchemaDatabase.make()
        func batch(_ id: String) -> String {
            ContractRows.batch(
                id, contacts: [ContractRows.contact(1, phone: phone)], sessions: [ContractRows.session(11, of: 1, phone: phone)],
                messages: [1, 2].map { ContractRows.message(20 + $0, in: 11, of: 1, external: "w\($0)") },
                events: [ContractRows.event(31, in: 11, of: 1, external: "e1")])
        }
        let first = try await database.call(.ingest, batch("b1"))
        let second = try await database.call(.ingest, batch("b1"))
        let other = try await database.call(.ingest, batch("b2"))
        #expect(first["stored"]["messages"].int == 2 && first["stored"]["events"].int == 1)
        for answer in [second, other] {
            #expect(answer["stored"]["messages"].int == 0 && answer["stored"]["events"].int == 0)
            // `stored` counts what was new; all other parts of the answers are equal.
            for part in ["received", "contacts", "sessions", "moved"] { #expect(answer[named: part].text == first[named: part].text) }
        }
        #expect(second["batch_id"].string == "b1" && other["batch_id"].string == "b2")
        #expect(try await counts(database) == ["1|1|2|1"])
    }

    @Test("A contact's change in the millisecond of its creation is stored, and an older row reverts nothing")
    func sameMillisecond() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let made = ContractRows.batch(contacts: [ContractRows.contact(1, phone: phone, changed: -10)])
        let named = ContractRows.batch(contacts: [ContractRows.contact(1, phone: phone, name: "Asha", changed: -10)])
        let older = ContractRows.batch(contacts: [ContractRows.contact(1, phone: phone, name: "Ravi", changed: -11)])
        for batch in [made, named, made, older] { _ = try await database.call(.ingest, batch) }
        #expect(try await database.rows("select display_name from contacts") == ["Asha"])
    }

    @Test("Rows that a trigger of the project's own discards are refused rather than lost", arguments: ["messages", "events"])
    func discarded(table: String) async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create function discard() returns trigger language plpgsql as $$ begin return null; end $$;
            create trigger discard before insert on \(table) for each row when (new.external_id = 'x2') execute function discard();
            """)
        func batch(_ ids: [Int]) -> String {
            ContractRows.batch(
                contacts: [ContractRows.contact(1, phone: phone)], sessions: [ContractRows.session(11, of: 1, phone: phone)],
                messages: ids.map { ContractRows.message(20 + $0, in: 11, of: 1, external: "x\($0)") },
                events: ids.map { ContractRows.event(30 + $0, in: 11, of: 1, external: "x\($0)") })
        }
        let failure = await #expect(throws: CallFailure.self) { try await database.call(.ingest, batch([1, 2])) }
        #expect(failure?.description == "23000: a trigger on the table \(table) discards rows: trigger discard")
        #expect(
            failure?.disposition == .permanent
                && failure?.advice.hasPrefix("the trigger, rule or policy that is named is the project's own") == true)
        #expect(try await counts(database) == ["0|0|0|0"])
        // Rows that already exist do not count as discarded.
        for _ in 0..<2 { _ = try await database.call(.ingest, batch([1, 3])) }
        #expect(try await counts(database) == ["1|1|2|2"])
    }

    @Test("A project's function that is named like one of PostgreSQL's, with int instead of bigint, is not called")
    func namesake() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create function hashtextextended(text, int) returns bigint language plpgsql as $$ begin raise 'called'; end $$
            """)
        _ = try await database.call(.ingest, ContractRows.batch(contacts: [ContractRows.contact(1, phone: phone)]))
        #expect(try await counts(database) == ["1|0|0|0"])
    }

    @Test("A call reads no more rows once tables are large, even on a connection from when they were empty")
    func rowsRead() async throws {
        let database = try await SchemaDatabase.make()
        let calls = (1...8).map { number in
            let batch = ContractRows.batch(
                "b\(number)", sessions: [ContractRows.session(11, of: 1, phone: phone, seen: number, isChanged: number == 1)],
                messages: [ContractRows.message(20 + number, in: 11, of: 1, external: "w\(number)")])
            return "perform public.switchboard_ingest($j$\(batch)$j$::jsonb);"
        }
        let reads = "select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables"
        try await database.execute(
            """
            create table public.reads (number bigint);
            do $t$
            declare
              before bigint;
            begin
              \(calls.dropLast().joined(separator: "\n"))
              insert into public.contacts (contact_id) select gen_random_uuid() from generate_series(1, 3000);
              insert into public.sessions (channel, session_token, contact_id)
              select 'chat', c.contact_id::text, c.contact_id from public.contacts c
              where not exists (select 1 from public.sessions s where s.contact_id = c.contact_id);
              before := (\(reads));
              \(calls.last ?? "")
              insert into public.reads select (\(reads)) - before;
            end $t$
            """)
        let number = try await database.rows("select number from public.reads").first.flatMap { Int($0) }
        #expect(try #require(number) < 50)
    }

    @Test("The same message from another instance, under another row id, is stored once")
    func duplicate() async throws {
        let database = try await SchemaDatabase.make()
        for (contact, session, message) in [(1, 11, 21), (2, 12, 22)] {
            _ = try await database.call(
                .ingest,
                ContractRows.batch(
                    contacts: [ContractRows.contact(contact, phone: phone)],
                    sessions: [ContractRows.session(session, of: contact, phone: phone)],
                    messages: [ContractRows.message(message, in: session, of: contact, external: "w1")]))
        }
        #expect(try await database.rows("select message_id, session_id from messages") == ["\(ContractRows.id(21))|\(ContractRows.id(11))"])
    }

    @Test("A dead letter is stored once, and is resolved by a later row of the same or another call, from any instance")
    func letters() async throws {
        let database = try await SchemaDatabase.make()
        func letter(_ number: Int, of print: String, resolved minute: Int? = nil) -> String {
            let resolution = minute.map { "\"\(ContractRows.time($0))\"" } ?? "null"
            return """
                {"dead_letter_id":"\(ContractRows.id(number))","stage":"normalize","reason":"no object","record":{},\
                "created_at":"\(ContractRows.time(0))","resolved_at":\(resolution),"fingerprint":"\(print)"}
                """
        }
        func stored(_ letters: String...) async throws -> Int64? {
            let batch = #"{"version":1,"batch_id":"b","dead_letters":[\#(letters.joined(separator: ","))]}"#
            return try await database.call(.ingest, batch)["stored"]["dead_letters"].int
        }
        #expect(try await stored(letter(1, of: "a")) == 1)
        #expect(try await stored(letter(1, of: "a"), letter(2, of: "b"), letter(2, of: "b", resolved: 1)) == 1)
        #expect(try await stored(letter(3, of: "a", resolved: 2)) == 1)
        #expect(try await stored(letter(1, of: "a"), letter(3, of: "a", resolved: 3)) == 0)
        #expect(
            try await database.rows("select fingerprint, switchboard.iso_time(resolved_at) from dead_letters order by 1")
                == ["a|\(ContractRows.time(2))", "b|\(ContractRows.time(1))"])
    }

    @Test("One bad row rolls back its whole batch")
    func atomic() async throws {
        let database = try await SchemaDatabase.make()
        let batch = ContractRows.batch(
            contacts: [ContractRows.contact(1, phone: phone)], sessions: [ContractRows.session(11, of: 1, phone: phone)],
            messages: [
                ContractRows.message(21, in: 11, of: 1, external: "w1"),
                ContractRows.message(22, in: 11, of: 1, external: "w2", direction: "sideways"),
            ])
        let failure = await #expect(throws: CallFailure.self) { try await database.call(.ingest, batch) }
        #expect(failure?.code == "23514" && failure?.disposition == .permanent)
        #expect(try await counts(database) == ["0|0|0|0"])
    }

    @Test(
        "Anything that is not a batch is refused permanently, and never in a way that asks for a retry",
        arguments: [
            "[]", "{}", #"{"version":2}"#, #"{"version":1,"messages":7}"#, #"{"version":1,"messages":[{}]}"#,
            #"{"version":1,"contacts":[{}]}"#,
            #"{"version":1,"contacts":[7]}"#, #"{"version":1,"sessions":[{"session_id":"x"}]}"#,
        ])
    func noBatch(argument: String) async throws {
        let database = try await SchemaDatabase.make()
        let failure = await #expect(throws: CallFailure.self) { try await database.call(.ingest, argument) }
        #expect(failure?.disposition == .permanent, "\(failure?.description ?? "")")
    }

    @Test("A call with more rows than allowed is refused before it has any effect")
    func tooMany() async throws {
        let database = try await SchemaDatabase.make()
        let contacts = Array(repeating: #"{"contact_id":"\#(ContractRows.id(1))"}"#, count: 5001)
        let failure = await #expect(throws: CallFailure.self) {
            try await database.call(.ingest, ContractRows.batch(contacts: contacts))
        }
        #expect(failure?.code == "54000")
    }

    @Test("A column that the project added to sessions keeps its default")
    func ownColumn() async throws {
        let database = try await SchemaDatabase.make()
        try await database.execute("alter table sessions add column shop int not null default 7")
        _ = try await database.call(
            .ingest,
            ContractRows.batch(
                contacts: [ContractRows.contact(1, phone: phone)], sessions: [ContractRows.session(11, of: 1, phone: phone)]))
        #expect(try await database.rows("select shop, session_token from sessions") == ["7|token-11"])
    }

    private func counts(_ database: SchemaDatabase) async throws -> [String] {
        try await database.rows(
            """
            select (select count(*) from contacts), (select count(*) from sessions), (select count(*) from messages),
              (select count(*) from events)
            """)
    }
}

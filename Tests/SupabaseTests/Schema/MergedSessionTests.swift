import JSON
import Supabase
import SwitchboardTesting
import Testing

/// An instance that was offline continues with a session, which the database has meanwhile merged into another instance's session.
@Suite("Reports of an instance about a session that was merged")
struct MergedSessionTests {
    private let phone = "+919876543210"

    @Test("A customer who was named in it sees nothing of the other's session: it ends, and other customers' starts conflict")
    func anotherCustomer() async throws {
        let database = try await merged(customer: "101")
        let answer = try await ingest(database, 12, of: 2, customer: "102", seen: 1)
        #expect(answer["sessions"][0]["status"].string == "logged_out")
        #expect(
            try await database.rows("select customer_id, status, metadata->>'merged_into' from sessions order by 1")
                == ["101|active|-", "102|logged_out|-"])
        #expect(try await database.rows("select customer_id from contacts where merged_into is null") == ["101"])
        for (token, outcome) in [("token-11", "live"), ("token-12", "ended")] {
            #expect(try await database.call(.session, #"{"session_token":"\#(token)"}"#)["outcome"].string == outcome)
        }
        #expect(try await start(database, 13, of: 3, customer: "102")["outcome"].string == "conflict")
        let restored = try await start(database, 14, of: 4, customer: "101")
        #expect(restored["session"]["session_token"].string == "token-11")
    }

    @Test("A contact that another instance made another customer's does not expose the first customer's live session")
    func contactOfAnother() async throws {
        let database = try await merged(customer: "101")
        try await database.execute("update contacts set customer_id = '102' where merged_into is null")
        #expect(try await start(database, 13, of: 3, customer: "102")["outcome"].string == "conflict")
        #expect(try await start(database, 14, of: 4, customer: "101")["outcome"].string == "restored")
    }

    @Test("Ending the merged session ends the surviving one, and neither token is valid afterwards")
    func ended() async throws {
        let database = try await merged(customer: nil)
        let answer = try await ingest(database, 12, of: 2, customer: nil, status: "logged_out", seen: -1, expires: 0)
        #expect(answer["sessions"][0].kind != .object || answer["sessions"][0]["status"].string == "logged_out")
        #expect(try await database.rows("select distinct status from sessions") == ["logged_out"])
        for token in ["token-11", "token-12"] {
            #expect(try await database.call(.session, #"{"session_token":"\#(token)"}"#)["outcome"].string == "ended")
        }
    }

    @Test("A named customer, metadata and activity reach the surviving session")
    func passedOn() async throws {
        let database = try await merged(customer: nil)
        _ = try await ingest(database, 12, of: 2, customer: "102", metadata: #"{"seat":"12A"}"#, seen: 7)
        #expect(
            try await database.rows("select session_id, customer_id, metadata->>'seat' from sessions where status = 'active'")
                == ["\(ContractRows.id(11))|102|12A"])
        #expect(try await activity(database) == [ContractRows.time(7), ContractRows.time(7 + 1440)])
    }

    @Test("A message that only moved it moves the surviving session")
    func moved() async throws {
        let database = try await merged(customer: nil)
        let session = ContractRows.session(12, of: 2, phone: phone, made: -30, seen: 9, isChanged: false)
        let message = ContractRows.message(31, in: 12, of: 2, external: "w9", received: 9)
        _ = try await database.call(.ingest, ContractRows.batch(sessions: [session], messages: [message]))
        #expect(try await activity(database) == [ContractRows.time(9), ContractRows.time(9 + 1440)])
        #expect(try await database.rows("select session_id from messages where external_id = 'w9'") == [ContractRows.id(11)])
    }

    @Test("After a number change at an instance that knows neither of them, two customers stay two persons")
    func changedNumber() async throws {
        let database = try await SchemaDatabase.make()
        let other = "+919876500000"
        for (number, phone) in [(1, phone), (2, other)] {
            let contact = ContractRows.contact(number, phone: phone, customer: "10\(number)", made: -60)
            let session = ContractRows.session(10 + number, of: number, phone: phone, made: -60)
                .replacing(#""customer_id":"\#(phone)""#, with: #""customer_id":"10\#(number)""#)
            _ = try await database.call(.ingest, ContractRows.batch(contacts: [contact], sessions: [session]))
        }
        let identity =
            #"{"kind":"phone","scope":"","value":"\#(phone)","contact_id":"\#(ContractRows.id(3))","first_seen":"\#(ContractRows.time(0))"}"#
        let batch = ContractRows.batch(contacts: [ContractRows.contact(3, phone: other, made: 0)])
        _ = try await database.call(.ingest, String(batch.dropLast()) + #","identities":[\#(identity)]}"#)
        #expect(
            try await database.rows("select customer_id, phone, merged_into is null from contacts where customer_id is not null order by 1")
                == ["101|\(other)|t", "102|-|t"])
        #expect(
            try await database.rows("select customer_id, phone, status from sessions order by 1")
                == ["101|\(other)|active", "102|-|active"])
    }

    /// Session 11 is the older one, of contact 1, and of a customer if one is given. Session 12 of contact 2 was merged into it.
    private func merged(customer: String?) async throws -> SchemaDatabase {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, 11, of: 1, customer: customer, made: -90)
        _ = try await ingest(database, 12, of: 2, customer: nil, made: -30)
        #expect(try await database.rows("select status from sessions order by session_id") == ["active", "merged"])
        return database
    }

    private func ingest(
        _ database: SchemaDatabase, _ session: Int, of contact: Int, customer: String?, status: String = "active", metadata: String = "{}",
        made: Int = -30, seen: Int = -5, expires: Int? = nil
    ) async throws -> JSON {
        let row = ContractRows.session(session, of: contact, phone: phone, status: status, made: made, seen: seen, expires: expires)
            .replacing(#""customer_id":"\#(phone)""#, with: #""customer_id":"\#(customer ?? phone)""#)
            .replacing(#""metadata":{}"#, with: #""metadata":\#(metadata)"#)
        let contact = ContractRows.contact(contact, phone: phone, customer: customer, made: customer == nil ? made : seen)
        return try await database.call(.ingest, ContractRows.batch(contacts: [contact], sessions: [row]))
    }

    private func start(_ database: SchemaDatabase, _ session: Int, of contact: Int, customer: String) async throws -> JSON {
        let draft = ContractRows.session(session, of: contact, phone: phone, made: 0, seen: 0)
        return try await database.call(
            .start,
            """
            {"version":1,"contact":\(ContractRows.contact(contact, phone: phone, made: 0)),"session":\(draft),"identities":[],\
            "is_live":false,"customer_id":"\(customer)","metadata":{},"idle_seconds":3600}
            """)
    }

    /// The last activity and the expiry of the active session.
    private func activity(_ database: SchemaDatabase) async throws -> [String] {
        try await database.rows(
            "select switchboard.iso_time(last_activity) || '|' || switchboard.iso_time(expires_at) from sessions where status = 'active'"
        ).flatMap { $0.split(separator: "|").map { String($0) } }
    }
}

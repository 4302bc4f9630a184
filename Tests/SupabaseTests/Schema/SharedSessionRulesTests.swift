import JSON
import Supabase
import SwitchboardTesting
import Testing

@Suite("Sessions in the shared database")
struct SharedSessionRulesTests {
    private let phone = "+919876543210"

    @Test("Contacts and sessions of one phone at two instances become one, and both tokens lead to the session")
    func merged() async throws {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, session: 11, of: 1, made: -60, seen: -9)
        let answer = try await ingest(database, session: 12, of: 2, made: -30, seen: -2, message: "w2")
        #expect(answer["contacts"][0]["canonical"]["contact_id"].string == ContractRows.id(1))
        #expect(answer["sessions"][0]["status"].string == "merged")
        #expect(answer["sessions"][0]["successor"]["session_id"].string == ContractRows.id(11))
        #expect(answer["moved"][0]["session_id"].string == ContractRows.id(11))
        for token in ["token-11", "token-12"] {
            let found = try await database.call(.session, #"{"session_token":"\#(token)"}"#)
            #expect(found["outcome"].string == "live" && found["session"]["session_id"].string == ContractRows.id(11))
        }
        #expect(
            try await database.rows("select status, metadata->>'merged_into', contact_id from sessions order by session_id")
                == ["active|-|\(ContractRows.id(1))", "merged|\(ContractRows.id(11))|\(ContractRows.id(1))"])
        #expect(try await seen(database, 11) == ContractRows.time(-2))
    }

    @Test("A lookup by a merged session's token also returns that session; a circle of merges is unknown")
    func mergedToken() async throws {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, session: 11, of: 1, made: -60, seen: -9)
        _ = try await ingest(database, session: 12, of: 2, made: -30, seen: -2)
        let found = try await database.call(.session, #"{"session_token":"token-12"}"#)
        #expect(found["session"]["session_id"].string == ContractRows.id(11) && found["session"]["session_token"].string == "token-11")
        #expect(found["merged"]["session_token"].string == "token-12" && found["merged"]["status"].string == "merged")
        #expect(found["merged"]["contact_id"].string == ContractRows.id(1))
        #expect(try await database.call(.session, #"{"session_token":"token-11"}"#)["merged"].kind == .null)
        _ = try await database.rows(
            "update sessions set status = 'merged', metadata = jsonb_build_object('merged_into', '\(ContractRows.id(12))')")
        #expect(try await database.call(.session, #"{"session_token":"token-12"}"#)["outcome"].string == "unknown")
    }

    @Test("The sweep corrects sessions whose times come from a clock that was ahead")
    func ahead() async throws {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, session: 11, of: 1, made: -60, seen: 5_000_000)
        #expect(try await database.rows("select expires_at > now() + interval '9 years' from sessions") == ["t"])
        let swept = try await database.call(.sweep, "{}")
        #expect(swept["returned"].int == 1 && swept["expired"].int == 0)
        #expect(
            try await database.rows(
                "select status, last_activity <= now(), expires_at - last_activity = interval '24 hours' from sessions") == ["active|t|t"])
        #expect(try await database.call(.sweep, "{}")["returned"].int == 0)
    }

    @Test("The older session survives, in whichever order they arrive")
    func older() async throws {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, session: 12, of: 2, made: -30)
        _ = try await ingest(database, session: 11, of: 1, made: -60)
        #expect(try await database.rows("select session_id from sessions where status = 'active'") == [ContractRows.id(11)])
        _ = try await ingest(database, session: 13, of: 3, made: -90)
        #expect(try await database.rows("select session_id from sessions where status = 'active'") == [ContractRows.id(13)])
        for token in ["token-11", "token-12", "token-13"] {
            let found = try await database.call(.session, #"{"session_token":"\#(token)"}"#)
            #expect(found["session"]["session_id"].string == ContractRows.id(13))
        }
    }

    @Test("Rows of a session that is merged later move to the surviving session")
    func storedItems() async throws {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, session: 12, of: 2, made: -30, message: "w1")
        _ = try await ingest(database, session: 11, of: 1, made: -60)
        #expect(try await database.rows("select session_id from messages") == [ContractRows.id(11)])
    }

    @Test("With two customers on one phone the older session survives, hidden from the other's token", arguments: [true, false])
    func twoCustomers(isOlderFirst: Bool) async throws {
        let database = try await SchemaDatabase.make()
        for number in isOlderFirst ? [1, 2] : [2, 1] {
            let session = ContractRows.session(10 + number, of: number, phone: phone, made: -90 + number)
                .replacing(#""customer_id":"\#(phone)""#, with: #""customer_id":"10\#(number)""#)
            let contact = ContractRows.contact(number, phone: phone, customer: "10\(number)", made: -90 + number)
            _ = try await database.call(.ingest, ContractRows.batch(contacts: [contact], sessions: [session]))
        }
        #expect(
            try await database.rows("select customer_id, status, metadata from sessions order by 1")
                == ["101|active|{}", "102|logged_out|{}"])
        for (token, outcome) in [("token-11", "live"), ("token-12", "ended")] {
            #expect(try await database.call(.session, #"{"session_token":"\#(token)"}"#)["outcome"].string == outcome)
        }
    }

    @Test("An instance that does not know of an end never revives a session", arguments: ["logged_out", "expired", "merged"])
    func over(status: String) async throws {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, session: 11, of: 1)
        try await database.execute("update sessions set status = '\(status)', expires_at = now() - interval '1 minute'")
        for seen in [-4, 10] {
            let answer = try await ingest(database, session: 11, of: 1, seen: seen)
            #expect(answer["sessions"][0]["status"].string == status)
        }
        #expect(try await database.rows("select status from sessions") == [status])
    }

    @Test("In one batch, items before the end stay in the ended session, and later ones go to the next")
    func split() async throws {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, session: 11, of: 1)
        _ = try await database.call(.end, #"{"session_token":"token-11"}"#)
        let later = ContractRows.later
        let messages = [("before", -5), ("after", later)].enumerated().map { index, item in
            ContractRows.message(21 + index, in: 11, of: 1, external: item.0, received: item.1)
        }
        let session = ContractRows.session(11, of: 1, phone: phone, seen: later)
        _ = try await database.call(.ingest, ContractRows.batch(sessions: [session], messages: messages))
        #expect(
            try await database.rows(
                "select external_id, status from messages join sessions using (session_id) where external_id <> 'w1' order by 1")
                == ["after|active", "before|logged_out"])
    }

    @Test("A session of a contact that was not reported yet creates the contact")
    func unknownContact() async throws {
        let database = try await SchemaDatabase.make()
        let batch = ContractRows.batch(
            sessions: [ContractRows.session(11, of: 1, phone: phone)], messages: [ContractRows.message(21, in: 11, of: 1, external: "w1")])
        #expect(try await database.call(.ingest, batch)["stored"]["messages"].int == 1)
        #expect(
            try await database.rows("select c.contact_id, c.phone, m.session_id from contacts c join messages m using (contact_id)")
                == ["\(ContractRows.id(1))|\(phone)|\(ContractRows.id(11))"])
    }

    @Test("A provider's id that two customers showed leaves two persons; without two customers it makes them one")
    func sharedIdentity() async throws {
        for (customers, persons) in [(["103", "104"], "2"), ([nil, nil], "1"), (["103", nil], "1")] {
            let database = try await SchemaDatabase.make()
            for number in [1, 2] {
                let contact = ContractRows.contact(number, phone: nil, customer: customers[number - 1])
                let identity =
                    #"{"kind":"whatsapp_user_id","scope":"main","value":"IN.1","contact_id":"\#(ContractRows.id(number))"}"#
                _ = try await database.call(.ingest, #"{"version":1,"batch_id":"b","contacts":[\#(contact)],"identities":[\#(identity)]}"#)
            }
            #expect(try await database.rows("select count(*) from contacts where merged_into is null") == [persons])
        }
    }

    @Test("A person's activity after the end of their session opens the next one, once")
    func next() async throws {
        let database = try await SchemaDatabase.make()
        _ = try await ingest(database, session: 11, of: 1)
        let ended = try await database.call(.end, #"{"session_token":"token-11"}"#)
        #expect(ended["outcome"].string == "ended")
        let later = ContractRows.later
        let event = ContractRows.batch(
            sessions: [ContractRows.session(11, of: 1, phone: phone, seen: later)],
            events: [ContractRows.event(31, in: 11, of: 1, external: "e1", received: later)])
        let first = try await database.call(.ingest, event)
        let successor = try #require(first["sessions"][0]["successor"]["session_token"].string)
        // The next session has also ended when the batch is sent again.
        _ = try await database.call(.end, #"{"session_token":"\#(successor)"}"#)
        let second = try await database.call(.ingest, event)
        #expect(first["moved"].text == second["moved"].text)
        #expect(try await database.rows("select status from sessions") == ["logged_out", "logged_out"])
    }

    @Test("last_activity never goes back, whichever function changes it", arguments: [true, false])
    func forward(isChanged: Bool) async throws {
        let database = try await SchemaDatabase.make()
        for (seen, expected) in [(-5, -5), (-9, -5), (-2, -2), (-3, -2)] {
            _ = try await ingest(database, session: 11, of: 1, seen: seen, isChanged: isChanged)
            #expect(try await self.seen(database, 11) == ContractRows.time(expected))
        }
    }

    @Test("A session that is already overdue when it arrives is stored as expired")
    func late() async throws {
        let database = try await SchemaDatabase.make()
        let answer = try await ingest(database, session: 11, of: 1, made: -3000, seen: -2000)
        #expect(answer["sessions"][0]["status"].string == "expired")
        #expect(try await database.rows("select status from sessions") == ["expired"])
    }

    @Test("A start moves the expiry by the timeout of the session's own channel, not of the channel of the start")
    func idleTimes() async throws {
        let database = try await SchemaDatabase.make()
        func seconds(startingOn channel: String) async throws -> String? {
            let draft = ContractRows.session(11, of: 1, phone: phone, made: 0, seen: 0)
                .replacing(#""channel":"chat""#, with: #""channel":"\#(channel)""#)
            _ = try await database.call(
                .start,
                """
                {"version":1,"contact":\(ContractRows.contact(1, phone: phone, made: 0)),"session":\(draft),"identities":[],\
                "is_live":false,"idle_seconds":86400,"idle_seconds_of":{"kiosk":3600}}
                """)
            return try await database.rows("select extract(epoch from expires_at - last_activity)::int from sessions").first
        }
        #expect(try await seconds(startingOn: "kiosk") == "3600")
        #expect(try await seconds(startingOn: "chat") == "3600")
        try await database.execute("update sessions set channel = 'chat'")
        #expect(try await seconds(startingOn: "kiosk") == "86400")
    }

    @Test("A start creates or restores a session or refuses another customer; an end works once; the next start creates a session")
    func start() async throws {
        let database = try await SchemaDatabase.make()
        func start(_ contact: Int, _ session: Int, customer: String) async throws -> JSON {
            let draft = ContractRows.session(session, of: contact, phone: phone, made: 0, seen: 0)
            return try await database.call(
                .start,
                """
                {"version":1,"contact":\(ContractRows.contact(contact, phone: phone, made: 0)),"session":\(draft),"identities":[],\
                "is_live":false,"customer_id":"\(customer)","metadata":{"cart":7},"idle_seconds":3600}
                """)
        }
        let created = try await start(1, 11, customer: "103")
        #expect(created["outcome"].string == "created" && created["session"]["customer_id"].string == "103")
        let restored = try await start(2, 12, customer: "103")
        #expect(restored["outcome"].string == "restored" && restored["session"]["session_token"].string == "token-11")
        let conflict = try await start(3, 13, customer: "104")
        #expect(conflict["outcome"].string == "conflict" && conflict["session"].kind == .null)
        #expect(try await database.rows("select count(*) from sessions") == ["1"])
        let outcomes = try await [
            database.call(.end, #"{"session_token":"token-11"}"#), database.call(.end, #"{"session_token":"token-11"}"#),
            database.call(.session, #"{"session_token":"token-11"}"#), database.call(.session, #"{"session_token":"none"}"#),
        ].map { $0["outcome"].string }
        #expect(outcomes == ["ended", "unknown", "ended", "unknown"])
        let next = try await start(3, 13, customer: "104")
        #expect(next["outcome"].string == "created" && next["session"]["session_token"].string == "token-13")
        #expect(try await database.rows("select status from sessions order by session_id") == ["logged_out", "active"])
    }

    @Test("The sweep marks overdue sessions as expired, at most the given number at a time, and no others")
    func sweep() async throws {
        let database = try await SchemaDatabase.make()
        for number in 1...3 {
            _ = try await ingest(database, session: 10 + number, of: number, phone: "+1555000000\(number)")
        }
        try await database.execute("update sessions set expires_at = now() - interval '1 s' where session_token <> 'token-11'")
        var expired: [Int64?] = []
        for _ in 1...3 { expired.append(try await database.call(.sweep, #"{"limit":1}"#)["expired"].int) }
        #expect(expired == [1, 1, 0])
        #expect(try await database.rows("select session_token from sessions where status = 'active'") == ["token-11"])
    }

    private func ingest(
        _ database: SchemaDatabase, session: Int, of contact: Int, phone: String? = nil, made: Int = -60, seen: Int = -5,
        isChanged: Bool = true, message: String? = nil
    ) async throws -> JSON {
        let phone = phone ?? self.phone
        return try await database.call(
            .ingest,
            ContractRows.batch(
                contacts: [ContractRows.contact(contact, phone: phone, made: made)],
                sessions: [ContractRows.session(session, of: contact, phone: phone, made: made, seen: seen, isChanged: isChanged)],
                messages: message.map { [ContractRows.message(20 + contact, in: session, of: contact, external: $0, received: seen)] } ?? []
            ))
    }

    private func seen(_ database: SchemaDatabase, _ session: Int) async throws -> String? {
        let sql = "select switchboard.iso_time(last_activity) from sessions where session_id = '\(ContractRows.id(session))'"
        return try await database.rows(sql).first
    }
}

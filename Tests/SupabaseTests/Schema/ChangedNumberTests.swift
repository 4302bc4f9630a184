import JSON
import Messaging
import Supabase
import SwitchboardTesting
import Testing

@Suite("A number change without the former user id, at an instance that does not know the person, in the database")
struct ChangedNumberTests {
    private static let former = "919876543210"
    private static let present = "919812345678"
    /// In whole seconds, as providers report times.
    private static let first = Instant(milliseconds: (Instant.now.milliseconds / 1000 - 600) * 1000)

    private static func party(_ number: String, _ userID: String?) -> Party {
        Party(
            phone: ReceivedPhone(number), identities: userID.map { [Identity(kind: "whatsapp_user_id", scope: "main", value: $0)] } ?? [])
    }

    private static func message(_ id: String, from number: String, _ userID: String?, at seconds: Int) -> Event {
        Event(
            externalID: id, channel: .whatsapp, line: "l", party: party(number, userID), occurredAt: first.adding(.seconds(seconds)),
            effect: .moves,
            content: .message(Message(type: .text, direction: .inbound, sender: number, text: "Hello", content: "{}", context: nil)))
    }

    /// A change as the adapters read it; `number` is the former number.
    private static func change(
        _ id: String = "c-1", from number: String = former, to new: String = present, _ userID: String?, showing shown: String? = nil,
        at seconds: Int
    ) -> Event {
        let told = userID.map { #","user_id":"\#($0)""# } ?? ""
        return Event(
            externalID: id, channel: .whatsapp, party: party(number, shown), occurredAt: first.adding(.seconds(seconds)), effect: .none,
            content: .identity(
                IdentityChange(
                    type: "number.changed", data: #"{"from":"\#(number)","wa_id":"\#(new)"\#(told)}"#, phone: ReceivedPhone(new),
                    identities: party(new, userID).identities)))
    }

    /// The number of contacts, of contacts with a number, the numbers, and the number of active sessions.
    private static let look = """
        select count(*), count(phone), string_agg(phone, ',' order by phone), (select count(*) from sessions where status = 'active')
        from contacts where merged_into is null
        """

    private func carried(_ steps: [(Int, Event)]) async throws -> SchemaDatabase {
        let database = try await SchemaDatabase.makeCopy()
        let gateways = try (0...1).map { _ in try CarriedJournal(to: database) }
        for (gateway, event) in steps { try await gateways[gateway].take(event) }
        for gateway in gateways { try await gateway.carry() }
        return database
    }

    @Test(
        "The change leads to the contact that had the number, with its present number, whichever instance reports it first",
        arguments: [[0, 1, 2, 3], [1, 0, 2, 3], [1, 2, 0, 3], [1, 2, 3, 0], [3, 1, 0, 2]])
    func joined(order: [Int]) async throws {
        let told = [
            (0, Self.message("m-1", from: Self.former, "IN.1", at: 0)), (1, Self.change("c-1", "IN.2", at: 60)),
            (1, Self.message("m-2", from: Self.present, "IN.2", at: 120)), (0, Self.message("m-3", from: Self.present, "IN.2", at: 180)),
        ]
        let database = try await carried(order.map { told[$0] })
        #expect(try await database.rows(Self.look) == ["1|1|+919812345678|1"])
        #expect(try await database.rows("select count(distinct contact_id) from identities") == ["1"])
    }

    @Test("If the number was known in another form of its plan, it leads to the same person")
    func otherForm() async throws {
        let told = [
            (0, Self.message("m-1", from: "5215512345678", "MX.1", at: 0)),
            (1, Self.change(from: "5215512345678", to: "5215587654321", "MX.2", at: 60)),
        ]
        for steps in [told, told.reversed()] {
            let database = try await carried(steps)
            #expect(try await database.rows(Self.look) == ["1|1|+525587654321|1"])
        }
    }

    @Test("Several consecutive changes all lead to the same person")
    func severalChanges() async throws {
        let told = [
            (0, Self.message("m-1", from: Self.former, "IN.1", at: 0)), (1, Self.change("c-1", "IN.2", at: 60)),
            (1, Self.change("c-2", from: Self.present, to: "919800000001", "IN.3", at: 120)),
        ]
        for steps in [told, [told[1], told[0], told[2]], [told[1], told[2], told[0]]] {
            let database = try await carried(steps)
            #expect(try await database.rows(Self.look) == ["1|1|+919800000001|1"])
        }
    }

    @Test("A start with the former number is another person's, who is not shown the first person's session")
    func startWithFormer() async throws {
        let told = [(0, Self.message("m-1", from: Self.former, "IN.1", at: 0)), (1, Self.change("c-1", "IN.2", at: 60))]
        for steps in [told, told.reversed()] {
            let database = try await carried(steps)
            let (id, number) = (ContractRows.id(71), "+\(Self.former)")
            let contact = #"{"contact_id":"\#(id)","phone":"\#(number)","phones":["\#(number)"]}"#
            let draft = #"{"session_id":"\#(ContractRows.id(72))","contact_id":"\#(id)","channel":"chat","session_token":"t"}"#
            let answer = try await database.call(
                .start, #"{"contact":\#(contact),"identities":[],"session":\#(draft),"is_live":false,"idle_seconds":3600}"#)
            #expect(answer["outcome"].string == "created")
            #expect(answer["session"]["session_token"].string == "t")
        }
    }

    @Test("Without a user id, the change leaves the former number to the next person who shows it, at any instance")
    func withoutIDs() async throws {
        let database = try await carried([
            (0, Self.message("m-1", from: Self.former, "IN.1", at: 0)), (1, Self.change("c-1", nil, at: 60)),
            (0, Self.message("m-2", from: Self.present, "IN.1", at: 120)), (1, Self.message("m-3", from: Self.former, "IN.9", at: 180)),
            (0, Self.message("m-4", from: Self.former, "IN.9", at: 240)), (1, Self.message("m-5", from: Self.former, "IN.9", at: 300)),
        ])
        #expect(try await database.rows(Self.look) == ["2|2|+919812345678,+919876543210|2"])
        let own = "select string_agg(external_id, ',' order by external_id) from messages group by session_id order by 1"
        #expect(try await database.rows(own) == ["m-1,m-2", "m-3,m-4,m-5"])
    }

    @Test("It leads to nobody who has shown the former number later, nor to a person with a different user id")
    func apart() async throws {
        let met = (0, Self.message("m-1", from: Self.former, "IN.1", at: 0))
        let later = (0, Self.message("m-2", from: Self.former, "IN.1", at: 120))
        let change = (1, Self.change("c-1", "IN.2", at: 60))
        let ofAnother = (1, Self.change("c-1", "IN.2", showing: "IN.9", at: 60))
        for steps in [[met, later, change], [met, ofAnother], [ofAnother, met]] {
            let database = try await carried(steps)
            #expect(try await database.rows(Self.look) == ["2|2|+919812345678,+919876543210|1"])
        }
    }
}

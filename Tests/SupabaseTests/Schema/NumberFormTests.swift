import Messaging
import SwitchboardTesting
import Testing

@Suite("Several forms of one number, and several ids of one person, in the database")
struct NumberFormTests {
    @Test(
        "Two gateways that see a person by two forms of a number have one contact and one session in the database",
        arguments: [
            ("22997123456", "2290197123456"), ("22507123456", "2250707123456"), ("24106123456", "24166123456"),
            ("5511987654321", "551187654321"), ("5215512345678", "525512345678"), ("5491123456789", "541123456789"),
        ], [false, true])
    func forms(numbers: (String, String), isReversed: Bool) async throws {
        let database = try await SchemaDatabase.makeCopy()
        let gateways = try [CarriedJournal(to: database), CarriedJournal(to: database)]
        let received = isReversed ? [numbers.1, numbers.0] : [numbers.0, numbers.1]
        for (gateway, number) in zip(gateways, received) {
            try await gateway.take(Self.message(number, from: Party(phone: ReceivedPhone(number))))
        }
        for gateway in gateways { try await gateway.carry() }
        #expect(try await database.rows("select count(*) from contacts where merged_into is null") == ["1"])
        #expect(try await database.rows("select count(*) from sessions where status = 'active'") == ["1"])
        #expect(try await database.rows("select value from identities order by value") == received.sorted())
        for gateway in gateways { #expect(try gateway.file.rows("SELECT count(*) FROM sessions WHERE status = 'active'") == ["1"]) }
    }

    @Test("A user id change without the former id leaves one person, whom the database knows by both")
    func changeWithoutFormerID() async throws {
        let gateway = try CarriedJournal(to: await SchemaDatabase.makeCopy())
        try await gateway.take(Self.message("m-1", from: Self.party("IN.1")))
        let change = IdentityChange(type: "user_id.changed", data: "{}", identities: Self.party("IN.2").identities)
        let party = Party(phone: ReceivedPhone("919876543210"))
        try await gateway.take(Event(externalID: "c-1", channel: .whatsapp, party: party, effect: .none, content: .identity(change)))
        try await gateway.take(Self.message("m-2", from: Self.party("IN.2")))
        #expect(try await gateway.database.rows("select phone from contacts") == ["+919876543210"])
        #expect(
            try await gateway.database.rows("select value from identities where kind = 'whatsapp_user_id' order by 1") == ["IN.1", "IN.2"])
        #expect(try await gateway.database.rows("select count(distinct session_id), count(*) from messages") == ["1|2"])
    }

    private static func party(_ id: String) -> Party {
        Party(phone: ReceivedPhone("919876543210"), identities: [Identity(kind: "whatsapp_user_id", scope: "main", value: id)])
    }

    private static func message(_ id: String, from party: Party) -> Event {
        Event(
            externalID: id, channel: .whatsapp, line: "l", party: party, effect: .moves,
            content: .message(Message(type: .text, direction: .inbound, sender: nil, text: "Hello", content: "{}", context: nil)))
    }
}

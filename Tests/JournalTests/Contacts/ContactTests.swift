import Journal
import Messaging
import Testing

@Suite("One person, one contact")
struct ContactTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test(
        "Whatever the spelling of a number, its person has one contact and one session",
        arguments: [
            [
                Party.phone("919876543210"), .phone("+919876543210"), .local("+91 98765 43210"), .local("098765 43210"),
                .local("9876543210"),
            ],
            // Brazil's ninth digit, Mexico's 1, Argentina's 9.
            [.phone("5511987654321"), .phone("551187654321")], [.phone("551187654321"), .phone("+5511987654321")],
            [.phone("5215512345678"), .phone("525512345678")], [.phone("525512345678"), .phone("5215512345678")],
            [.phone("5491123456789"), .phone("541123456789")], [.phone("541123456789"), .phone("5491123456789")],
        ], [false, true])
    func spellings(parties: [Party], isReopened: Bool) async throws {
        var rig = rig
        for (index, party) in parties.enumerated() {
            try await rig.accept(.message("m-\(index)", from: party))
            if isReopened { rig = try rig.reopened() }
        }
        #expect(try rig.count("contacts") == 1)
        #expect(try rig.count("sessions") == 1)
        #expect(try rig.count("identities") == parties.count)
        #expect(try rig.rows("SELECT count(DISTINCT session_id), count(*) FROM messages") == ["1|\(parties.count)"])
    }

    @Test(
        "A word in place of a number is nobody's number: two people who hide theirs stay two people",
        arguments: ["anonymous", " ", "0", "+", "\u{200B}"])
    func noNumber(word: String) async throws {
        try await rig.accept(.message("m-1", from: .phone(word)), .message("m-2", from: .phone(word, id: "IN.1")))
        #expect(try rig.rows("SELECT kind, value FROM identities") == ["whatsapp_user_id|IN.1"])
        #expect(try rig.rows("SELECT external_id, contact_id IS NULL FROM messages ORDER BY 1") == ["m-1|1", "m-2|0"])
    }

    @Test(
        "A number of an impossible length is an identity of its own: its messages are stored, but it is nobody's number",
        arguments: ["1234", "7856789123456789", "12345678901234567890", "999-123-456-789"])
    func impossibleNumber(text: String) async throws {
        try await rig.accept(.message("m-1", from: .phone(text)), .message("m-2", from: .phone(text)))
        try await rig.accept(.message("m-3", from: .phone("4321")))
        #expect(try rig.rows("SELECT phone IS NULL, count(*) FROM contacts GROUP BY 1") == ["1|2"])
        #expect(try Set(rig.rows("SELECT kind, value FROM identities")) == ["phone|\(text)", "phone|4321"])
        #expect(try rig.rows("SELECT sender FROM messages ORDER BY external_id") == [text, text, "4321"])
        #expect(try rig.count("sessions") == 2)
    }

    @Test("A number is stored as an identity as received, never rewritten")
    func asReceived() async throws {
        try await rig.accept(.message("m-1", from: .phone("551187654321")), .message("m-2", from: .phone("5511987654321")))
        #expect(try rig.rows("SELECT phone FROM contacts") == ["+551187654321"])
        #expect(
            try rig.rows("SELECT kind, value FROM identities ORDER BY value") == ["phone|551187654321", "phone|5511987654321"])
        #expect(try rig.rows("SELECT sender FROM messages ORDER BY external_id") == ["551187654321", "5511987654321"])
    }

    @Test("The same local number is another person's in another region")
    func regions() async throws {
        let numbers = ["IN", "DE"].map { Party(phone: ReceivedPhone("09876543210", region: $0)) }
        try await rig.accept(.message("m-1", from: numbers[0]), .message("m-2", from: numbers[1]))
        #expect(try rig.rows("SELECT phone FROM contacts ORDER BY phone") == ["+499876543210", "+919876543210"])
        #expect(try rig.rows("SELECT scope FROM identities ORDER BY scope") == ["DE", "IN"])
    }

    @Test("Different numbers are different people, even if another country's plan would make them variants")
    func different() async throws {
        for (index, number) in ["919876543210", "9198765432109", "5511387654321", "551138765432", "14155550123", "442079460123"]
            .enumerated()
        {
            try await rig.accept(.message("m-\(index)", from: .phone(number)))
        }
        #expect(try rig.rows("SELECT count(*), count(DISTINCT contact_id) FROM sessions") == ["6|6"])
    }

    @Test("A sender with an id alone keeps contact, session and session id when a phone appears")
    func phoneAppears() async throws {
        try await rig.accept(.message("m-1", from: .id("IN.1", name: "Asha")))
        let before = try #require(try await rig.sessions().first)
        #expect(before.phone == nil)
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.1")))
        let after = try #require(try await rig.sessions().first)
        #expect(after.id == before.id && after.token == before.token && after.phone == "+919876543210")
        #expect(try rig.rows("SELECT phone, display_name FROM contacts") == ["+919876543210|Asha"])
        let started = try await rig.start("098765 43210", customer: "103")
        #expect(started.id == before.id && started.customerID == "103")
        #expect(try await rig.sessions().count == 1)
    }

    @Test("A sender with only an id is found by it after their phone was seen")
    func idAlone() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        try await rig.accept(.message("m-2", from: .id("IN.1")))
        #expect(try rig.count("contacts") == 1)
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages") == ["1"])
    }

    @Test("The same id in another scope belongs to another person")
    func scopes() async throws {
        let elsewhere = Party(identities: [Identity(kind: "whatsapp_user_id", scope: "other", value: "IN.1")])
        try await rig.accept(.message("m-1", from: .id("IN.1")), .message("m-2", from: elsewhere))
        #expect(try rig.count("contacts") == 2)
    }

    @Test("The display name is the latest one reported; an event without a name changes nothing")
    func names() async throws {
        for (index, name) in ["Asha", nil, "Asha Rao", nil].enumerated() {
            try await rig.accept(.message("m-\(index)", from: .phone("919876543210", name: name)))
        }
        #expect(try rig.rows("SELECT display_name FROM contacts") == ["Asha Rao"])
    }

    @Test("More people than the cache holds still have one session each")
    func forgotten() async throws {
        let rig = try TemporaryJournal(rememberedContacts: 8)
        for round in 0..<3 {
            for person in 0..<40 {
                try await rig.accept(.message("m-\(round)-\(person)", from: .phone("9198765432\(10 + person)", id: "IN.\(person)")))
            }
        }
        #expect(try rig.rows("SELECT count(*), count(DISTINCT contact_id) FROM sessions") == ["40|40"])
        #expect(try rig.rows("SELECT min(n), max(n) FROM (SELECT count(*) n FROM messages GROUP BY session_id)") == ["3|3"])
    }
}

import Messaging
import SwitchboardTesting
import Testing

@Suite("A user id change at an instance that does not know the person, in the database")
struct RenewedIDTests {
    private static let number = ReceivedPhone("919876543210")
    /// In whole seconds, as providers report times.
    private static let first = Instant(milliseconds: (Instant.now.milliseconds / 1000 - 600) * 1000)

    private static func ids(_ values: String...) -> [Identity] {
        values.map { Identity(kind: "whatsapp_user_id", scope: "main", value: $0) }
    }

    private static func message(_ id: String, from userID: String, at time: Instant) -> Event {
        Event(
            externalID: id, channel: .whatsapp, line: "l", party: Party(phone: number, identities: ids(userID)), occurredAt: time,
            effect: .moves,
            content: .message(
                Message(type: .text, direction: .inbound, sender: number.text, text: "Hello", content: "{}", context: nil)))
    }

    /// `former` is the former id, if the change names it.
    private static func change(to userID: String, former: String? = nil, at time: Instant) -> Event {
        let data = former.map { #"{"previous_user_id":"\#($0)"}"# } ?? "{}"
        return Event(
            externalID: "c-1", channel: .whatsapp, party: Party(phone: number, identities: former.map { ids($0) } ?? []),
            occurredAt: time, effect: .none,
            content: .identity(IdentityChange(type: "user_id.changed", data: data, identities: ids(userID))))
    }

    private static let look = """
        select count(*), count(phone), (select count(distinct contact_id) from identities),
               (select count(*) from sessions where status = 'active') from contacts where merged_into is null
        """

    @Test(
        "Without the former id the change leads to the number's holder, whichever instance reports them first",
        arguments: [[0, 1, 2], [1, 0, 2], [1, 2, 0]])
    func joined(order: [Int]) async throws {
        let database = try await SchemaDatabase.makeCopy()
        let gateways = try (0...1).map { _ in try CarriedJournal(to: database) }
        let told = [
            (0, Self.message("m-1", from: "IN.1", at: Self.first)), (1, Self.change(to: "IN.2", at: Self.first.adding(.seconds(60)))),
            (1, Self.message("m-2", from: "IN.2", at: Self.first.adding(.seconds(120)))),
        ]
        for step in order.map({ told[$0] }) { try await gateways[step.0].take(step.1) }
        for _ in 1...2 {
            #expect(try await database.rows(Self.look) == ["1|1|1|1"])
            for gateway in gateways { try await gateway.carry() }
        }
    }

    @Test("If the former id is not the person's, it leads to another person, who then has the number")
    func apart() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let gateways = try (0...1).map { _ in try CarriedJournal(to: database) }
        try await gateways[0].take(Self.message("m-1", from: "IN.1", at: Self.first))
        try await gateways[1].take(Self.change(to: "IN.2", former: "IN.9", at: Self.first.adding(.seconds(60))))
        #expect(try await database.rows(Self.look) == ["2|1|2|1"])
    }

    @Test("If the change happened before somebody else has shown the number, it leads to another person")
    func before() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let gateways = try (0...1).map { _ in try CarriedJournal(to: database) }
        try await gateways[0].take(Self.message("m-1", from: "IN.1", at: Self.first))
        try await gateways[1].take(Self.change(to: "IN.2", at: Self.first.adding(.seconds(-60))))
        #expect(try await database.rows(Self.look) == ["2|1|2|1"])
    }
}

import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("User ids of a portfolio in the journal")
struct PortfolioTests {
    private static let portfolios = Portfolios(
        ["main", "support"].map { Account(adapter: "whatsapp-cloud", name: $0, secrets: [], portfolio: "acme") })

    @Test("A person whom an earlier version stored under an account's name is found on every account of the portfolio")
    func lazily() async throws {
        let earlier = try TemporaryJournal()
        try await earlier.accept(.message("m-1", from: ids("main/IN.1")))
        let rig = try earlier.reopened(with: Self.portfolios)
        try await rig.accept(.message("m-2", from: ids("acme/IN.1", "support/IN.1")), account: "support")
        try await rig.accept(.message("m-3", from: ids("acme/IN.1", "main/IN.1")))
        #expect(try rig.rows("SELECT count(DISTINCT session_id), count(*) FROM messages") == ["1|3"])
        #expect(try rig.rows("SELECT scope FROM identities ORDER BY scope") == ["acme", "main", "support"])
    }

    @Test("An earlier version that runs afterwards finds the person under the account's name")
    func back() async throws {
        let rig = try TemporaryJournal(portfolios: Self.portfolios)
        try await rig.accept(.message("m-1", from: ids("acme/IN.1", "main/IN.1")))
        let earlier = try rig.reopened(with: Portfolios())
        try await earlier.accept(.message("m-2", from: ids("main/IN.1")))
        #expect(try earlier.count("contacts") == 1)
    }

    @Test("A person with two contacts, one per account, becomes one, with the older session and the customer", arguments: [false, true])
    func joined(isReopened: Bool) async throws {
        let earlier = try TemporaryJournal()
        try await earlier.accept(.message("m-1", from: ids("main/IN.1")))
        earlier.clock.advance(by: .seconds(5))
        try await earlier.accept(.message("m-2", from: Party(phone: ReceivedPhone("919876543210"), identities: [.ruled("support/IN.1")])))
        try await earlier.start("+919876543210", customer: "103")
        var rig = try earlier.reopened(with: Self.portfolios)
        try await rig.accept(.message("m-3", from: ids("acme/IN.1", "main/IN.1")))
        if isReopened { rig = try rig.reopened(with: Self.portfolios) }
        #expect(try rig.rows("SELECT phone, customer_id FROM contacts WHERE merged_into IS NULL") == ["+919876543210|103"])
        #expect(try await rig.sessions().map(\.status) == [.active, .merged])
        #expect(try await rig.start("+919876543210", customer: "103").id == rig.sessions()[0].id)
    }

    @Test("A change of a user id also finds its person under the account's name")
    func change() async throws {
        let earlier = try TemporaryJournal()
        try await earlier.accept(.message("m-1", from: ids("main/IN.1")))
        let rig = try earlier.reopened(with: Self.portfolios)
        let change = IdentityChange(type: "user_id.changed", data: "{}", identities: [.ruled("acme/IN.2"), .ruled("support/IN.2")])
        let party = ids("acme/IN.1", "support/IN.1")
        try await rig.accept(
            Event(externalID: "c-1", channel: .whatsapp, party: party, effect: .none, content: .identity(change)), account: "support")
        try await rig.accept(.message("m-2", from: ids("acme/IN.2", "main/IN.2")))
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages") == ["1"])
    }

    @Test("The outbox has all scopes under which a portfolio's id may be stored, and nothing more for any other id")
    func outbox() async throws {
        let rig = try TemporaryJournal(portfolios: Self.portfolios)
        let party = Party(phone: ReceivedPhone("919876543210"), identities: [.ruled("acme/IN.1"), .ruled("main/IN.1")])
        try await rig.accept(.message("m-1", from: party))
        let items = try await rig.journal.outbox(after: 0, limit: 100).items
        let identities = try items.last { $0.kind == .change }.map { try $0.identities.map { try JSON(parsing: $0) } } ?? []
        let told = identities.map { row in
            (row["scope"].string ?? "") + ": " + row["scopes"].elements.compactMap(\.string).joined(separator: " ")
        }
        #expect(told.sorted() == [": ", "acme: main support", "main: "])
    }

    private func ids(_ texts: String...) -> Party { Party(identities: texts.map { .ruled($0) }) }
}

extension Identity {
    /// The user id in a text with its scope in front: `acme/IN.1`.
    fileprivate static func ruled(_ text: String) -> Identity {
        let parts = text.split(separator: "/").map(String.init)
        return Identity(kind: "whatsapp_user_id", scope: parts.first ?? "", value: parts.last ?? "")
    }
}

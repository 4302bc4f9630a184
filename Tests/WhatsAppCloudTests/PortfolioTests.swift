import Messaging
import Testing
import WhatsAppCloud

@Suite("User ids of a portfolio")
struct PortfolioTests {
    @Test("Every user id, also a parent's, is reported under the portfolio and under the account's name")
    func scopes() throws {
        let account = Account(adapter: "whatsapp-cloud", name: "support", secrets: [Secret("app-secret")], portfolio: "acme")
        let event = try #require(try WhatsAppCloudAdapter(account: account).events(in: .testing(Self.message)).first)
        #expect(event.party?.phone == ReceivedPhone("919876543210"))
        #expect(
            event.party?.identities.map { "\($0.kind) \($0.scope) \($0.value)" } == [
                "whatsapp_user_id acme IN.1", "whatsapp_parent_user_id acme IN.ENT.1", "whatsapp_user_id support IN.1",
                "whatsapp_parent_user_id support IN.ENT.1",
            ])
    }

    @Test("A change of a user id with neither the former id nor a number is an event of nobody")
    func nobody() throws {
        let event = try #require(try WhatsAppCloudAdapter(account: .testing).events(in: .testing(Self.change)).first)
        guard case .identity(let change) = event.content else { throw NoChange() }
        #expect(event.party == nil && change.type == "user_id.changed" && change.identities.map(\.value) == ["IN.2"])
    }

    private struct NoChange: Error {}

    private static let message = envelope(
        """
        {"from":"919876543210","from_user_id":"IN.1","from_parent_user_id":"IN.ENT.1","id":"wamid.1","timestamp":"1795338245",\
        "type":"text","text":{"body":"Hello"}}
        """)
    private static let change = envelope(
        #"{"id":"wamid.2","timestamp":"1795338245","type":"system","system":{"type":"user_changed_user_id","user_id":"IN.2"}}"#)

    private static func envelope(_ message: String) -> String {
        #"{"entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"2"},"messages":[\#(message)]}}]}]}"#
    }
}

import AdapterConformance
import Messaging
import Testing
import WebChat

@Suite("The web chat adapter")
struct WebChatAdapterTests {
    private let conformance = AdapterConformance<WebChatAdapter>(
        signatureHeader: "webhook-signature",
        message: { event("1", type: "message.text", text: $0) },
        unknownType: event("1", type: "message.hologram", text: "Hello"),
        batch: """
            [\(event("1", type: "message.text", text: "One")), {"id": 2}, \(event("3", type: "message.text", text: "Three")),
            \(event("4", type: "typing", text: ""))]
            """,
        neighbours: 3)

    @Test("It keeps the rules of every adapter", arguments: ConformanceRule.allCases)
    func keeps(_ rule: ConformanceRule) throws { try conformance.check(rule) }

    @Test("A capture gives the events beside it", arguments: try Fixture.all(of: "WebChat"))
    func reads(_ fixture: Fixture) throws {
        let account = Account(adapter: "chat", name: "main", secrets: [Secret("whsec_c2l4IHRpbWVzIGZvdXIgbWFrZXMgMjQh")])
        try fixture.check(with: WebChatAdapter(account: account))
    }

    @Test("An account without a secret is refused")
    func needsSecret() {
        #expect(throws: AccountError(setting: "secrets", reason: "must hold at least one secret")) {
            try WebChatAdapter(account: Account(adapter: "chat", name: "main", secrets: []))
        }
    }
}

private func event(_ id: String, type: String, text: String) -> String {
    """
    {"specversion":"1.0","id":"\(id)","source":"/chat","type":"\(type)","data":{"phone":"+919876543210","text":"\(text)"}}
    """
}

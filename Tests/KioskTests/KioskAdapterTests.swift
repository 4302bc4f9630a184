import AdapterConformance
import Kiosk
import Messaging
import Testing

@Suite("The kiosk adapter")
struct KioskAdapterTests {
    private let conformance = AdapterConformance<KioskAdapter>(
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

    @Test("A capture gives the events beside it", arguments: try Fixture.all(of: "Kiosk"))
    func reads(_ fixture: Fixture) throws {
        let account = Account(adapter: "kiosk", name: "lobby", secrets: [Secret("whsec_c2l4IHRpbWVzIGZvdXIgbWFrZXMgMjQh")])
        try fixture.check(with: KioskAdapter(account: account))
    }

    @Test("An account without a secret is refused")
    func needsSecret() {
        #expect(throws: AccountError(setting: "secrets", reason: "must hold at least one secret")) {
            try KioskAdapter(account: Account(adapter: "kiosk", name: "lobby", secrets: []))
        }
    }
}

private func event(_ id: String, type: String, text: String) -> String {
    """
    {"specversion":"1.0","id":"\(id)","source":"/kiosks/1","type":"\(type)","data":{"phone":"+919876543210","text":"\(text)"}}
    """
}

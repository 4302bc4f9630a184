import AdapterConformance
import Messaging
import Testing

@Suite("The Acme adapter")
struct AcmeAdapterTests {
    private let conformance = AdapterConformance<AcmeAdapter>(
        signatureHeader: "x-acme-signature",
        message: { #"{"messages":[{"id":"1","from":"+919876543210","type":"text","text":"\#($0)"}]}"# },
        unknownType: #"{"messages":[{"id":"1","from":"+919876543210","type":"hologram"}]}"#,
        batch: #"{"messages":[{"id":"1","from":"+919876543210","type":"text","text":"One"},{"from":2},{"id":"3","from":"+919876543210"}]}"#,
        neighbours: 2)

    @Test("It keeps the rules of every adapter", arguments: ConformanceRule.allCases)
    func keeps(_ rule: ConformanceRule) throws { try conformance.check(rule) }

    @Test("A capture gives the events beside it", arguments: try Fixture.all(of: "Acme"))
    func reads(_ fixture: Fixture) throws {
        try fixture.check(with: AcmeAdapter(account: Account(adapter: "acme", name: "main", secrets: [Secret("of the example")])))
    }
}

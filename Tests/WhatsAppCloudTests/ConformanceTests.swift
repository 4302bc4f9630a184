import AdapterConformance
import Testing
import WhatsAppCloud

@Suite("WhatsApp's adapter and the rules of every adapter")
struct ConformanceTests {
    private let conformance = AdapterConformance<WhatsAppCloudAdapter>(
        signatureHeader: "x-hub-signature-256",
        message: { body(text("1", $0)) },
        unknownType: body(#"{"from":"919876543210","id":"1","timestamp":"1795370399","type":"hologram","hologram":{"body":"Hello"}}"#),
        batch: body(text("1", "One"), #"{"from":"919876543210","type":"text"}"#, text("3", "Three"), text("4", "Four")),
        neighbours: 3)

    @Test("It keeps the rules of every adapter", arguments: ConformanceRule.allCases)
    func keeps(_ rule: ConformanceRule) throws { try conformance.check(rule) }
}

private func text(_ id: String, _ text: String) -> String {
    #"{"from":"919876543210","id":"\#(id)","timestamp":"1795370399","type":"text","text":{"body":"\#(text)"}}"#
}

private func body(_ messages: String...) -> String {
    #"{"entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[\#(messages.joined(separator: ","))]}}]}]}"#
}

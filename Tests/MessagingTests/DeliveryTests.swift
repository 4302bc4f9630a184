import Messaging
import Testing

@Suite("Deliveries, names and errors")
struct DeliveryTests {
    @Test("The first header with a name is found, in any case")
    func headers() {
        let delivery = delivery([.init("X-Twice", "one"), .init("x-twice", "two"), .init(lowercase: "x-lower", "")])
        #expect(delivery.header("x-twice") == "one")
        #expect(delivery.header("x-lower") == "")
        #expect(delivery.header("x-none") == nil)
        #expect(Delivery.Header("X-HUB-Signature-256", "A") == Delivery.Header(lowercase: "x-hub-signature-256", "A"))
    }

    @Test(
        "A media type is lower case and without parameters",
        arguments: [
            ("application/json", "application/json"), ("Application/JSON; charset=UTF-8", "application/json"),
            (" application/json ;charset=utf-8", "application/json"),
            ("application/cloudevents+json;a=b;c=d", "application/cloudevents+json"),
            ("", nil),
        ] as [(String, String?)])
    func mediaTypes(header: String, mediaType: String?) {
        #expect(delivery([.init("Content-Type", header)]).mediaType == mediaType)
    }

    @Test("Without a Content-Type there is no media type")
    func noMediaType() {
        #expect(delivery([]).mediaType == nil)
    }

    @Test("An account's path leads to its webhook")
    func path() {
        #expect(Account(adapter: "whatsapp-cloud", name: "main", secrets: []).path == "/webhooks/whatsapp-cloud/main")
    }

    @Test("Errors are readable sentences and contain no secrets")
    func errors() {
        #expect(AuthenticationError(.missing, header: "webhook-id").description == "the header webhook-id is missing")
        let hinted = AuthenticationError(.missing, header: "webhook-id", hint: "sign it")
        #expect(hinted.description == "the header webhook-id is missing; sign it")
        #expect(hinted == AuthenticationError(.missing, header: "webhook-id"))
        #expect(
            AuthenticationError(.mismatch, header: "webhook-signature").description
                == "the header webhook-signature does not match the body")
        #expect(PayloadError(.field, field: "data.phone", reason: "must be a string").description == "data.phone must be a string")
        #expect(PayloadError(.malformed, reason: "the body is empty").description == "the body is empty")
        #expect(AccountError(setting: "secrets", reason: "must not be empty").description == "secrets: must not be empty")
    }

    private func delivery(_ headers: [Delivery.Header]) -> Delivery {
        Delivery(adapter: "chat", account: "main", receivedAt: Instant(milliseconds: 0), target: "/", headers: headers, body: [])
    }
}

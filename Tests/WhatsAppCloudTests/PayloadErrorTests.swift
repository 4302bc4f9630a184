import Messaging
import Testing
import WhatsAppCloud

@Suite("Bodies that cannot be read")
struct PayloadErrorTests {
    let adapter: WhatsAppCloudAdapter

    init() throws { adapter = try WhatsAppCloudAdapter(account: .testing) }

    @Test(
        "A body without entries is malformed, and the error says why",
        arguments: [
            ("[]", nil, "the body must be a JSON object"),
            ("17", nil, "the body must be a JSON object"),
            ("{}", "entry", "must be an array"),
            (#"{"entry":{}}"#, "entry", "must be an array"),
            (#"{"entry":null,"messages":[]}"#, "entry", "must be an array"),
        ])
    func noEntries(body: String, field: String?, reason: String) {
        #expect(throws: PayloadError(.malformed, field: field, reason: reason)) { try adapter.events(in: .testing(body)) }
    }

    @Test(
        "A text that is not JSON is malformed",
        arguments: [
            [], Array("   ".utf8), Array(#"{"entry":["#.utf8), Array("entry=1".utf8), Array(#"{"entry":[]} {}"#.utf8),
            Array(#"{"entry":[""#.utf8) + [0xFF, 0xFE] + Array(#""]}"#.utf8),
            Array((String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)).utf8),
        ])
    func noJSON(body: [UInt8]) throws {
        var delivery = Delivery.testing("")
        delivery.body = body
        let error = try #require(throws: PayloadError.self) { try adapter.events(in: delivery) }
        #expect(error.code == .malformed)
        #expect(error.field == nil)
    }

    @Test("A body without entries gives no events")
    func emptyEntries() throws {
        #expect(try adapter.events(in: .testing(#"{"entry":[]}"#)).isEmpty)
    }
}

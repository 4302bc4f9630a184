import CloudEvents
import JSON
import Messaging
import Testing

@Suite("The body of CloudEvents")
struct CloudEventsBodyTests {
    @Test(
        "The media type decides the mode; for plain JSON the body's shape does",
        arguments: [
            ("application/cloudevents+json", "{}", false), ("Application/CloudEvents+JSON; charset=utf-8", "{}", false),
            ("application/cloudevents-batch+json", "[]", true), ("application/json", "{}", false), ("application/json", "[{}]", true),
        ])
    func modes(mediaType: String, body: String, isBatch: Bool) throws {
        switch try CloudEventsBody(delivery(mediaType, body)) {
        case .structured(let json):
            #expect(!isBatch)
            #expect(json.kind == .object)
        case .batch(let json):
            #expect(isBatch)
            #expect(json.kind == .array)
        }
    }

    @Test("Another media type is refused", arguments: ["text/plain", "application/xml", "application/cloudevents", "", nil])
    func mediaTypes(mediaType: String?) throws {
        #expect(try code(delivery(mediaType, "{}")) == .mediaType)
    }

    @Test(
        "A body whose shape does not fit its media type is malformed",
        arguments: [
            ("application/cloudevents+json", "[]"), ("application/cloudevents-batch+json", "{}"), ("application/json", "1"),
            ("application/json", "null"),
        ])
    func shapes(mediaType: String, body: String) throws {
        #expect(try code(delivery(mediaType, body)) == .malformed)
    }

    @Test("Sixty-four levels are read, one more is malformed")
    func depth() throws {
        func nested(_ levels: Int) -> String { String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        #expect(try code(delivery("application/json", nested(64))) == nil)
        #expect(try code(delivery("application/json", nested(65))) == .malformed)
    }

    @Test("Brackets in strings do not count as levels", arguments: ["[", "\\\"[", "\\\\\\\"{"])
    func bracketsInStrings(text: String) throws {
        let body = "{\"a\":\"\(String(repeating: text, count: 100))\"}"
        #expect(try code(delivery("application/json", body)) == nil)
    }

    private func code(_ delivery: Delivery) throws -> PayloadError.Code? {
        do throws(PayloadError) {
            _ = try CloudEventsBody(delivery)
            return nil
        } catch {
            return error.code
        }
    }

    private func delivery(_ mediaType: String?, _ body: String) -> Delivery {
        Delivery(
            adapter: "chat", account: "main", receivedAt: Instant(milliseconds: 0), target: "/webhooks/chat/main",
            headers: mediaType.map { [Delivery.Header("Content-Type", $0)] } ?? [], body: Array(body.utf8))
    }
}

import CloudEvents
import JSON
import Messaging
import Testing

@Suite("A CloudEvent")
struct CloudEventTests {
    @Test("Every attribute is read, and extensions stay in the JSON")
    func attributes() throws {
        let event = try event(
            """
            {"specversion":"1.0","id":"7","source":"/kiosks/1","type":"screen.viewed","time":"2026-11-22T23:21:27.5+05:30","subject":"menu",
            "datacontenttype":"application/json","dataschema":"https://example.com/s","data":{"screen":"menu"},"traceparent":"00-1"}
            """)
        #expect(event.id == "7")
        #expect(event.source == "/kiosks/1")
        #expect(event.type == "screen.viewed")
        #expect(event.time?.description == "2026-11-22T17:51:27.500Z")
        #expect(event.subject == "menu")
        #expect(event.dataContentType == "application/json")
        #expect(event.dataSchema == "https://example.com/s")
        #expect(event.data["screen"].string == "menu")
        #expect(event.json["traceparent"].string == "00-1")
    }

    @Test("Optional attributes may be absent or null", arguments: ["", #","time":null,"subject":null,"dataschema":null"#])
    func optionals(rest: String) throws {
        let event = try event(#"{"specversion":"1.0","id":"7","source":"/s","type":"t""# + rest + "}")
        #expect(event.time == nil)
        #expect(event.subject == nil)
        #expect(event.dataSchema == nil)
        #expect(!event.data.isPresent)
    }

    @Test(
        "An error names the attribute that is missing or wrong",
        arguments: [
            (#"{}"#, "specversion"), (#"{"specversion":1.0}"#, "specversion"), (#"{"specversion":"1.0"}"#, "id"),
            (#"{"specversion":"1.0","id":""}"#, "id"), (#"{"specversion":"1.0","id":null}"#, "id"),
            (#"{"specversion":"1.0","id":"1","source":2}"#, "source"), (#"{"specversion":"1.0","id":"1","source":"s"}"#, "type"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"yesterday"}"#, "time"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t","time":1795370400}"#, "time"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t","dataschema":{}}"#, "dataschema"), (#"[]"#, nil),
        ] as [(String, String?)])
    func errors(json: String, field: String?) throws {
        let error = #expect(throws: PayloadError.self) { try event(json) }
        #expect(error?.code == .field)
        #expect(error?.field == field)
    }

    private func event(_ json: String) throws -> CloudEvent { try CloudEvent(JSON(parsing: Array(json.utf8))) }
}

import JSON
import Messaging
import Testing
import WhatsAppCloud

@Suite("Unusual lists and members")
struct ListTests {
    private func contents(of value: String) throws -> [Event.Content] {
        let body = #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":\#(value)}]}]}"#
        return try WhatsAppCloudAdapter(account: .testing).events(in: .testing(body)).map(\.content)
    }

    private let status = #""statuses":[{"id":"wamid.1","status":"read","timestamp":"1795348700","recipient_id":"919876543210"}]"#

    @Test(
        "A value that should be a list but is not is unreadable, and its neighbours are read",
        arguments: [#"{"id":"wamid.2"}"#, #""text""#, "7"])
    func noList(list: String) throws {
        let contents = try contents(of: #"{"messages":\#(list),\#(status)}"#)
        try #require(contents.count == 2)
        guard case .unreadable(let item) = contents[0], case .status = contents[1] else {
            Issue.record("\(contents)")
            return
        }
        #expect(item.error.field == "entry[0].changes[0].value.messages" && item.error.reason == "must be an array")
    }

    @Test("An unknown list is kept after its neighbours, one that describes people is not")
    func unknownList() throws {
        let contents = try contents(of: #"{"new_things":[{"a":1}],"contacts":[{"wa_id":"919876543210"}],"empty":[],\#(status)}"#)
        try #require(contents.count == 2)
        #expect(contents[1] == .unsupported(type: "new_things", data: #"[{"a":1}]"#))
    }

    @Test("An unknown object is kept after its neighbours, one that describes the line or the conversation is not")
    func unknownObject() throws {
        let known = #""metadata":{"phone_number_id":"1"},"conversation_context":{"type":"summary"}"#
        let contents = try contents(of: #"{\#(known),"new_thing":{"a":1},"empty":{},\#(status)}"#)
        try #require(contents.count == 2)
        #expect(contents[1] == .unsupported(type: "new_thing", data: #"{"a":1}"#))
    }

    @Test("The product's name is not an item, but an unknown value under that name is", arguments: [#"["a"]"#, #"{"a":1}"#])
    func product(value: String) throws {
        #expect(try contents(of: #"{"messaging_product":"whatsapp",\#(status)}"#).count == 1)
        let contents = try contents(of: #"{"messaging_product":\#(value),\#(status)}"#)
        try #require(contents.count == 2)
        #expect(contents[1] == .unsupported(type: "messaging_product", data: value))
    }

    @Test("Descriptions of line and people are not items, whatever they contain", arguments: ["7", #""text""#, "true", "null", "[1]"])
    func descriptions(value: String) throws {
        for name in ["metadata", "contacts", "conversation_context"] {
            #expect(try contents(of: #"{"\#(name)":\#(value),\#(status)}"#).count == 1)
        }
    }

    @Test("Errors of a message of a known type stay with it")
    func errors() throws {
        let message = #"{"id":"wamid.1","from":"919876543210","type":"text","text":{"body":"Hi"},"errors":[{"code":1}]}"#
        guard case .message(let read)? = try contents(of: #"{"messages":[\#(message)]}"#).first else {
            Issue.record("no message")
            return
        }
        #expect(read.context == #"{"errors":[{"code":1}]}"#)
    }

    /// The ids of the errors in a change.
    private func errorIDs(time: Int?, beside list: String) throws -> [String] {
        let time = time.map { #","time":\#($0)"# } ?? ""
        let value = #"{"errors":[{"code":130429},{"code":130429}],\#(list)}"#
        let body = #"{"entry":[{"id":"1"\#(time),"changes":[{"field":"messages","value":\#(value)}]}]}"#
        let events = try WhatsAppCloudAdapter(account: .testing).events(in: .testing(body))
        return events.filter { if case .notice("error", _) = $0.content { true } else { false } }.map(\.externalID)
    }

    @Test("Equal errors give one event each, and repeating the webhook gives the same events")
    func equalErrors() throws {
        let message = #""messages":[{"id":"wamid.9","from":"919876543210","type":"text","text":{"body":"Hi"}}]"#
        let told = try [
            errorIDs(time: 1_795_338_060, beside: status), errorIDs(time: 1_795_338_061, beside: status),
            errorIDs(time: nil, beside: status), errorIDs(time: nil, beside: message),
        ]
        #expect(told.allSatisfy { $0.count == 2 } && Set(told.flatMap { $0 }).count == 8)
        #expect(try errorIDs(time: 1_795_338_060, beside: status) == told[0])
        #expect(try errorIDs(time: nil, beside: status) == told[2])
    }
}

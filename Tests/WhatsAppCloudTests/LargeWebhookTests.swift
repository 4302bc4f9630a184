import Messaging
import SwitchboardTesting
import Testing
import WhatsAppCloud

/// Each of these webhooks took minutes or too much memory when the common parts of a delivery were read again for every item.
@Suite("Webhooks of megabytes")
struct LargeWebhookTests {
    private let long = String(repeating: "x", count: 300_000)

    private func events(_ change: String, entry: String = #""id":"1""#) throws -> [Event] {
        let body = #"{"object":"whatsapp_business_account","entry":[{\#(entry),"changes":[\#(change)]}]}"#
        var events: [Event] = []
        let time = try processorTime { events = try WhatsAppCloudAdapter(account: .testing).events(in: .testing(body)) }
        #expect(time < .seconds(60))
        return events
    }

    private func messages(_ count: Int, _ rest: String = "") -> String {
        let list = (0..<count).map { #"{"from":"9198765\#(10_000 + $0)","id":"wamid.\#($0)","type":"text","text":{"body":"Hi"}\#(rest)}"# }
        return #""messages":[\#(list.joined(separator: ","))]"#
    }

    @Test("A name, a line and an id of megabytes are not copied into every item")
    func sharedTexts() throws {
        let metadata = #""metadata":{"phone_number_id":"\#(long)","display_phone_number":"\#(long)"}"#
        let contacts = #""contacts":[{"wa_id":"919876510000","profile":{"name":"\#(long)"}}]"#
        let from = String(repeating: #"{"from":"919876510000","id":"wamid.1"},"#, count: 3000).dropLast()
        let events = try events(#"{"field":"messages","value":{\#(metadata),\#(contacts),"messages":[\#(from)]}}"#)
        #expect(events.count == 3000)
        #expect(events.allSatisfy { $0.line == nil })
        #expect(events.allSatisfy { $0.party?.displayName?.utf8.count == Party.longestName })
    }

    @Test("The entry's id of megabytes gives its items different, short ids")
    func entryID() throws {
        let errors = #"{"field":"messages","value":{"errors":[\#(String(repeating: #"{"code":1},"#, count: 3000).dropLast())]}}"#
        let one = try events(errors, entry: #""id":"\#(long)""#)
        let other = try events(errors, entry: #""id":"\#(long)y""#)
        #expect(Set((one + other).map(\.externalID)).count == 6000)
        #expect(one.allSatisfy { $0.externalID.utf8.count < 64 })
    }

    @Test("Unread members do not slow down every item", arguments: ["messages", "history"])
    func wideValues(field: String) throws {
        let junk = (0..<60_000).map { #""\#($0)":0"# }.joined(separator: ",")
        let value = #"{\#(junk),"metadata":{"display_phone_number":"1"},"contacts":[{\#(junk),"wa_id":"919876510000"}],\#(messages(5000))}"#
        #expect(try events(#"{"field":"\#(field)","value":\#(value)}"#).count == 5000)
    }

    @Test("Repeated members that are lists or objects cost no more each time")
    func repeatedNames() throws {
        let errors = String(repeating: #""errors":[{"code":1}],"#, count: 20_000)
        let standby = String(repeating: #""standby":{"a":1},"#, count: 20_000)
        let contacts = (0..<5000).map { #"{"wa_id":"9198765\#(10_000 + $0)"}"# }.joined(separator: ",")
        let value = #"{\#(errors)\#(standby)"contacts":[\#(contacts)],\#(messages(5000))}"#
        #expect(try events(#"{"field":"messages","value":\#(value)}"#).count == 45_000)
    }

    @Test("Edits within edits are read only once")
    func nestedEdits() throws {
        let depth = 300
        let opening = String(repeating: #"{"id":"wamid.1","from":"919876543210","type":"edit","edit":{"message":"#, count: depth)
        let message = #"{"type":"text","text":{"body":"\#(long)"}}"#
        let nested = opening + message + String(repeating: "}}", count: depth)
        guard case .message(let edit)? = try events(#"{"field":"messages","value":{"messages":[\#(nested)]}}"#).first?.content else {
            Issue.record("no message")
            return
        }
        #expect(edit.type == .edit && edit.text == nil)
    }

    @Test("An edit has the present content of its message")
    func edit() throws {
        let edit = #"{"id":"wamid.1","from":"919876543210","type":"edit","edit":{"message":{"type":"text","text":{"body":"Hi"}}}}"#
        guard case .message(let read)? = try events(#"{"field":"messages","value":{"messages":[\#(edit)]}}"#).first?.content else {
            Issue.record("no message")
            return
        }
        #expect(read.text == "Hi")
    }

    @Test("Of the unreadable items a hundred are events, and one more counts the rest")
    func unreadable() throws {
        let zeros = String(repeating: "0,", count: 20_000).dropLast()
        let events = try events(#"{"field":"messages","value":{"messages":[\#(zeros),{"id":"wamid.1","from":"919876543210"}]}}"#)
        #expect(events.count == EventList.unreadableLimit + 2)
        let items = events.compactMap { event in if case .unreadable(let item) = event.content { item } else { nil } }
        #expect(items.reduce(0) { $0 + $1.count } == 20_000)
        #expect(items.last?.record == #"{"items":19900,"first":100,"last":19999}"#)
        #expect(events.contains { $0.externalID == "wamid.1" })
    }

    @Test("An id is the same, however long it is", arguments: [512, 10_000, 3_000_000])
    func ids(length: Int) throws {
        let id = String(repeating: "a", count: length)
        let events = try events(#"{"field":"messages","value":{"messages":[{"id":"\#(id)","from":"\#(id)"}]}}"#)
        try #require(events.count == 1)
        guard case .message(let message) = events[0].content else {
            Issue.record("\(events[0].content)")
            return
        }
        #expect(events[0].externalID == id && message.sender == id)
    }

    @Test("A field's name of megabytes is cut off")
    func fieldName() throws {
        let events = try events(#"{"field":"\#(long)","value":{"new_things":[1]}}"#)
        guard case .unsupported(let type, _)? = events.first?.content else {
            Issue.record("\(events.count) events")
            return
        }
        #expect(type.utf8.count == 128 && events[0].externalID.utf8.count < 200)
    }
}

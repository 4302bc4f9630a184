import CloudEvents
import Messaging
import Testing

@Suite("The events of our own clients")
struct ClientEventReaderTests {
    @Test("A message has the sender's phone and the reader's line")
    func message() throws {
        let events = try read(event(data: #"{"phone":"+919876543210","name":"Asha","text":"Hi","context":{"id":"b-1"}}"#))
        let message = Message(
            type: .text, sender: "+919876543210", text: "Hi",
            content: #"{"phone":"+919876543210","name":"Asha","text":"Hi","context":{"id":"b-1"}}"#, context: #"{"id":"b-1"}"#)
        #expect(
            events == [
                Event(
                    externalID: "/s#1", channel: .chat, line: "main",
                    party: Party(phone: ReceivedPhone("+919876543210", region: "IN"), displayName: "Asha"), effect: .moves,
                    content: .message(message))
            ])
    }

    @Test(
        "A member that occurs twice, at any depth, is refused by name; the other events of a batch are read",
        arguments: [
            (#"{"phone":"+919876543210","phone":"+919876543211","text":"Hi"}"#, "data.phone"),
            (#"{"phone":"+919876543210","text":"Hi","te\u0078t":"Hi"}"#, "data.text"),
            (#"{"phone":"+919876543210","text":"Hi","items":[1,{"a":1,"a":1}]}"#, "data.items[1].a"),
            (#"{"phone":"+919876543210","text":"Hi"},"type":"typing""#, "type"), (#"{"phone":"+919876543210","text":"Hi"},"id":"2""#, "id"),
        ])
    func repeatedMember(data: String, field: String) throws {
        #expect(refusal(event(data: data)) == PayloadError(.field, field: field, reason: "occurs more than once"))
        let good = event(id: "3", data: #"{"phone":"+919876543210","text":"Hi"}"#)
        let events = try read("[\(event(data: data)),\(good)]")
        #expect(events.count == 2)
        guard case .unreadable(let item) = events[0].content else {
            Issue.record("\(events[0].content)")
            return
        }
        #expect(item.error == PayloadError(.field, field: "[0].\(field)", reason: "occurs more than once"))
        #expect(events[1].message?.text == "Hi")
    }

    @Test("A blank id or source is refused; the id 0 is allowed, since clients count from it", arguments: [" ", "\\t", "\u{3000}"])
    func blankNames(name: String) throws {
        let data = #"{"phone":"+919876543210","text":"Hi"}"#
        #expect(refusal(event(id: name, data: data)) == PayloadError(.field, field: "id", reason: "must not be blank"))
        #expect(refusal(event(source: name, data: data)) == PayloadError(.field, field: "source", reason: "must not be blank"))
        #expect(try read(event(id: "0", source: "0", data: data)).map(\.externalID) == ["0#0"])
    }

    @Test("A number beyond 64 bits is not read as text", arguments: ["1E400", "99999999999999999999"])
    func numbersBeyondRange(number: String) {
        #expect(refusal(event(data: #"{"phone":\#(number),"text":"Hi"}"#))?.field == "data.phone")
        #expect(refusal(event(data: #"{"phone":"+919876543210","text":\#(number)}"#))?.field == "data.text")
        #expect(refusal(event(data: #"{"phone":"+919876543210","text":"Hi","name":\#(number)}"#))?.field == "data.name")
    }

    @Test("Every message type is read with its name", arguments: MessageType.allCases)
    func messageTypes(type: MessageType) throws {
        let events = try read(event(type: "message.\(type.rawValue)", data: #"{"phone":"+919876543210","text":"Hi"}"#))
        #expect(events.map(\.message?.type) == [type])
        #expect(events.map(\.message?.direction) == [.inbound])
    }

    @Test("The visible text of a message is its text, caption or title", arguments: ["text", "caption", "title"])
    func texts(member: String) throws {
        let events = try read(event(type: "message.image", data: #"{"phone":"+919876543210","\#(member)":"Hi"}"#))
        #expect(events.map(\.message?.text) == ["Hi"])
    }

    @Test("Every other type is an activity", arguments: ["typing", "screen.viewed", "message", "Cart_2.item-added"])
    func activities(type: String) throws {
        let events = try read(event(type: type, data: #"{"phone":"+919876543210"}"#))
        #expect(events.map(\.content) == [.activity(type: type, data: #"{"phone":"+919876543210"}"#)])
        #expect(events.map(\.effect) == [.moves])
    }

    @Test("A type is 1 to 128 letters, digits, dots, hyphens and underscores")
    func types() throws {
        let data = #"{"phone":"+919876543210"}"#
        #expect(try read(event(type: String(repeating: "a", count: 128), data: data)).count == 1)
        for type in [String(repeating: "a", count: 129), "a b", "a/b", "é", "a\\n"] {
            #expect(refusal(event(type: type, data: data))?.field == "type")
        }
    }

    @Test(
        "Every stored field has a size limit, and one byte more is refused with the field's name",
        arguments: [
            ("name", Party.longestName, "data.name"), ("text", 65_536, "data.text"), ("other", 262_144, "data"),
            ("phone", 32, "data.phone"),
        ])
    func bounds(member: String, limit: Int, field: String) throws {
        func event(_ length: Int) -> String {
            let phone = member == "phone" ? "+919876543210" + String(repeating: " ", count: length - 13) : "+919876543210"
            var data = #"{"phone":"\#(phone)","text":"Hi""#
            // The other members of `data` count as well.
            let around = data.utf8.count + #","other":""}"#.utf8.count
            switch member {
            case "phone": data += "}"
            case "text": data = #"{"phone":"\#(phone)","text":"\#(String(repeating: "a", count: length))"}"#
            default: data += #","\#(member)":"\#(String(repeating: "a", count: member == "other" ? length - around : length))"}"#
            }
            return self.event(data: data)
        }
        #expect(try read(event(limit)).count == 1)
        #expect(refusal(event(limit + 1))?.field == field)
        #expect(refusal(event(1_000_000))?.field == field)
    }

    @Test("An event of an unknown type, which is stored whole, has a size limit too")
    func wholeEvent() throws {
        func event(_ length: Int) -> String {
            let event = self.event(type: "message.hologram", data: #"{"phone":"+919876543210"}"#)
            return event.dropLast() + #","extension":"\#(String(repeating: "a", count: length))"}"#
        }
        #expect(try read(event(1000)).count == 1)
        #expect(refusal(event(300_000)) != nil)
    }

    @Test("A batch with more events than allowed is refused before any event is read")
    func tooMany() throws {
        let reader = ClientEventReader(channel: .chat, line: "main", region: "IN")
        func delivery(_ count: Int) -> Delivery {
            let body = "[" + Array(repeating: "0", count: count).joined(separator: ",") + "]"
            return Delivery(
                adapter: "chat", account: "main", receivedAt: Instant(milliseconds: 0), target: "/",
                headers: [Delivery.Header("content-type", "application/json")], body: Array(body.utf8))
        }
        #expect(try reader.events(in: delivery(1000), upTo: 1000).count == EventList.unreadableLimit + 1)
        let error = #expect(throws: PayloadError.self) { try reader.events(in: delivery(1001), upTo: 1000) }
        #expect(error?.code == .tooMany)
        #expect(error?.reason.contains("1001") == true && error?.reason.contains("1000") == true)
        #expect(try reader.events(in: delivery(20_000)).count == EventList.unreadableLimit + 1)
    }

    @Test("Ids and sources are no longer than 512 bytes", arguments: ["id", "source"])
    func names(member: String) throws {
        func event(_ length: Int) -> String {
            let name = String(repeating: "a", count: length)
            return self.event(
                id: member == "id" ? name : "1", source: member == "source" ? name : "/s", data: #"{"phone":"+919876543210","text":"Hi"}"#)
        }
        #expect(try read(event(512)).count == 1)
        #expect(refusal(event(513))?.field == member)
    }

    @Test("A text has at most 65,536 bytes")
    func textLimit() throws {
        func event(_ length: Int) -> String {
            self.event(data: #"{"phone":"+919876543210","text":"\#(String(repeating: "a", count: length))"}"#)
        }
        #expect(try read(event(65_536)).count == 1)
        #expect(refusal(event(65_537)) == PayloadError(.field, field: "data.text", reason: "is longer than 65,536 bytes"))
    }

    @Test(
        "A phone is kept as it was received",
        arguments: [(#""098765 43210""#, "098765 43210"), ("919876543210", "919876543210")])
    func phones(json: String, text: String) throws {
        let events = try read(event(data: #"{"phone":\#(json),"text":"Hi"}"#))
        #expect(events.map(\.party?.phone) == [ReceivedPhone(text, region: "IN")])
    }

    @Test(
        "A text that cannot be a phone is refused",
        arguments: [#""12""#, #""hello""#, #""""#, "-9876543210", "98765.5", "true", "[]", "{}", "null"])
    func noPhones(json: String) {
        #expect(refusal(event(data: #"{"phone":\#(json),"text":"Hi"}"#))?.field == "data.phone")
    }

    @Test("The phone may be absent only if a session's token authenticates the event")
    func tokens() throws {
        let token = Delivery.Header("x-session-token", "t")
        let body = event(data: #"{"text":"Hi"}"#)
        #expect(try read(body, headers: [token]).map(\.party) == [nil])
        #expect(refusal(body)?.field == "data.phone")
        #expect(refusal(body, headers: [token, Delivery.Header("webhook-signature", "v1,AAAA")])?.field == "data.phone")
    }

    @Test("With a session's token an event needs no data")
    func tokenWithoutData() throws {
        let body = #"{"specversion":"1.0","id":"1","source":"/s","type":"typing"}"#
        let events = try read(body, headers: [Delivery.Header("x-session-token", "t")])
        #expect(events.map(\.content) == [.activity(type: "typing", data: "{}")])
    }

    @Test("If the reader has no line, the event's source is the line")
    func lines() throws {
        let reader = ClientEventReader(channel: .kiosk, region: "IN")
        let bodies = [event(source: "/kiosks/1", data: #"{"phone":"+919876543210","text":"Hi"}"#), #"{"source":"/kiosks/2"}"#, "{}"]
        let events = try reader.events(in: delivery("[\(bodies.joined(separator: ","))]"))
        #expect(events.map(\.line) == ["/kiosks/1", "/kiosks/2", nil])
    }

    @Test(
        "Different pairs of source and id have different external ids, and those without # have the form source#id",
        arguments: [
            ("/chat", "1", "/chat#1"), ("/chat#a", "1", "#7#/chat#a#1"), ("/chat", "a#1", "#5#/chat#a#1"), ("#", "#", "#1####"),
            ("#5#/chat", "a", "#8##5#/chat#a"), ("ü#", "1", "#3#ü##1"), ("a", "#\u{301}", "#1#a##\u{301}"),
        ])
    func externalIDs(source: String, id: String, expected: String) throws {
        let event = #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"typing","data":{"phone":"+919876543210"}}"#
        #expect(try read(event).map { Array($0.externalID.utf8) } == [Array(expected.utf8)])
    }

    @Test("All pairs of short sources and ids made of # and 1 have different external ids")
    func allPairs() throws {
        var names = ["#", "1"]
        for _ in 0..<2 { names = Array(Set(names + names.flatMap { ["\($0)#", "\($0)1", "#\($0)", "1\($0)"] })) }
        let events = names.flatMap { source in
            names.map { #"{"specversion":"1.0","id":"\#($0)","source":"\#(source)","type":"typing","data":{"phone":"+919876543210"}}"# }
        }
        let ids = try read("[\(events.joined(separator: ","))]").map(\.externalID)
        #expect(ids.count == names.count * names.count && Set(ids).count == ids.count)
    }

    @Test(
        "An id or source that a database could not tell from another is refused",
        arguments: [#"a\u0000b"#, #"a\ufffdb"#, #"a\ud800b"#, "a\u{FFFD}"])
    func unstorable(name: String) {
        let event = { (id: String, source: String) in
            #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"typing","data":{"phone":"+919876543210"}}"#
        }
        #expect(refusal(event(name, "/s"))?.field == "id")
        #expect(refusal(event("1", name))?.field == "source")
    }

    @Test("Bad items of a batch are reported with their place and field, under ids that are the same when the batch repeats")
    func unreadable() throws {
        let bodies = [#"{"id":"7","source":"/s"}"#, "{}", "{}", "3"]
        let events = try read("[\(bodies.joined(separator: ","))]")
        #expect(events.map(\.fault) == ["[0].specversion", "[1].specversion", "[2].specversion", "[3]"])
        #expect(events[0].externalID == "/s#7")
        #expect(events[1].externalID == "item#2abb749635de1a7f1d45ce3a27636ef3")
        #expect(Set(events.map(\.externalID)).count == 4)
        #expect(events == (try read("[\(bodies.joined(separator: ", "))]")))
        #expect(events.allSatisfy { $0.effect == .none && $0.party == nil })
    }

    private func event(id: String = "1", source: String = "/s", type: String = "message.text", data: String) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"\#(type)","data":\#(data)}"#
    }

    private func delivery(_ body: String, headers: [Delivery.Header] = []) -> Delivery {
        Delivery(
            adapter: "chat", account: "main", receivedAt: Instant(milliseconds: 0), target: "/webhooks/chat/main",
            headers: [Delivery.Header("content-type", "application/json")] + headers, body: Array(body.utf8))
    }

    private func read(_ body: String, headers: [Delivery.Header] = []) throws -> [Event] {
        try ClientEventReader(channel: .chat, line: "main", region: "IN").events(in: delivery(body, headers: headers))
    }

    private func refusal(_ body: String, headers: [Delivery.Header] = []) -> PayloadError? {
        #expect(throws: PayloadError.self) { try read(body, headers: headers) }
    }
}

extension Event {
    fileprivate var message: Message? {
        if case .message(let message) = content { message } else { nil }
    }

    fileprivate var fault: String? {
        if case .unreadable(let item) = content { item.error.field } else { nil }
    }
}

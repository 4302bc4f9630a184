import Messaging
import Testing
import WhatsAppCloud

@Suite("The sender of a message")
struct PeopleTests {
    private let metadata = #""metadata":{"phone_number_id":"1","display_phone_number":"+55 11 8765-4321"}"#

    private func events(_ value: String, field: String = "messages") throws -> [Event] {
        let body = #"{"entry":[{"id":"1","changes":[{"field":"\#(field)","value":{\#(metadata),\#(value)}}]}]}"#
        return try WhatsAppCloudAdapter(account: .testing).events(in: .testing(body))
    }

    private func message(_ id: Int, _ members: String) -> String {
        #"{"id":"wamid.\#(id)","type":"text","text":{"body":"Hi"},\#(members)}"#
    }

    @Test(
        "The business's number in any form of its plan identifies the business, and opens no session",
        arguments: ["551187654321", "5511987654321", "+55 11 98765-4321", "1"])
    func business(number: String) throws {
        let sent = try events(#""messages":[\#(message(1, #""from":"\#(number)","to":"919876543210""#))]"#)
        let called = try events(#""calls":[{"id":"c","event":"connect","from":"\#(number)","to":"919876543210"}]"#, field: "calls")
        #expect((sent + called).map(\.effect) == [.joins, .joins])
        #expect((sent + called).allSatisfy { $0.party?.phone?.text == "919876543210" })
        guard case .message(let message) = sent[0].content else {
            Issue.record("no message")
            return
        }
        #expect(message.direction == .outbound && message.sender == number)
    }

    @Test("A message from the line without a recipient is stored, and belongs to nobody")
    func toNobody() throws {
        let event = try #require(events(#""messages":[\#(message(1, #""from":"5511987654321""#))]"#).first)
        #expect(event.party == nil && event.effect == .none)
    }

    @Test(
        "A blank id, or one of zeros, as text or as a number, identifies neither a person nor an item",
        arguments: [#""""#, #""  ""#, #""0""#, "0"])
    func nobody(id: String) throws {
        let members = #""from":\#(id),"from_user_id":\#(id),"from_parent_user_id":\#(id)"#
        let alone = try #require(events(#""messages":[\#(message(1, members))]"#).first)
        #expect(alone.party == nil && alone.effect == .none)
        let contacts = #""contacts":[{"wa_id":"919876543210","user_id":\#(id)}]"#
        let named = try #require(events(#"\#(contacts),"messages":[\#(message(1, members))]"#).first)
        #expect(named.party == Party(phone: ReceivedPhone("919876543210")) && named.effect == .moves)
        let item = #"{"id":\#(id),"from":"919876543210","type":"text","text":{"body":"Hi"}}"#
        guard case .unreadable(let unreadable)? = try events(#""messages":[\#(item)]"#).first?.content else {
            Issue.record("an item of no id is read")
            return
        }
        #expect(unreadable.record == item && unreadable.error.field?.hasSuffix("messages[0].id") == true)
    }

    @Test(
        "A hidden sender is nobody, by number or by id, even if the contacts repeat the number or id",
        arguments: ["anonymous", "Restricted", "unknown"])
    func hidden(word: String) throws {
        for members in [#""from":"\#(word)""#, #""from_user_id":"\#(word)""#, #""from":"\#(word)","from_parent_user_id":"\#(word)""#] {
            for contacts in ["", #""contacts":[{"wa_id":"\#(word)","user_id":"\#(word)"}],"#] {
                let event = try #require(events(#"\#(contacts)"messages":[\#(message(1, members))]"#).first)
                #expect(event.party == nil && event.effect == .none)
            }
        }
        let known = #""from":"\#(word)","from_user_id":"IN.1""#
        #expect(try events(#""messages":[\#(message(1, known))]"#).first?.party == Party(identities: [.userID("IN.1")]))
    }

    @Test(
        "Beside several senders who hide their numbers, a contact belongs to the one with its id, and to nobody else",
        arguments: ["anonymous", "266696687", "+8656696"])
    func hiddenTogether(word: String) throws {
        let contact = #""contacts":[{"wa_id":"\#(word)","user_id":"IN.1","profile":{"name":"Asha"}}],"#
        let from = #""from":"\#(word)""#
        let nobodies = try events(#"\#(contact)"messages":[\#(message(1, from)),\#(message(2, from))]"#)
        #expect(nobodies.map(\.party) == [nil, nil])
        let two = try events(
            #"\#(contact)"messages":[\#(message(1, from + #","from_user_id":"IN.1""#)),\#(message(2, from + #","from_user_id":"IN.2""#))]"#)
        #expect(two.map { $0.party?.identities ?? [] } == [[.userID("IN.1")], [.userID("IN.2")]])
        #expect(two.map { $0.party?.displayName } == ["Asha", nil])
        let listed = #""contacts":[{"wa_id":"\#(word)","user_id":"IN.1"},{"wa_id":"919876543210","user_id":"IN.2"}],"#
        #expect(try events(#"\#(listed)"messages":[\#(message(1, from))]"#).map(\.party) == [nil])
    }

    @Test("People whose ids differ only in their bytes keep their own names")
    func exactIDs() throws {
        let contacts = ["\u{E9}", "e\u{301}"].map { #"{"user_id":"IN.\#($0)","profile":{"name":"\#($0.utf8.count)"}}"# }
        let messages = ["\u{E9}", "e\u{301}"].enumerated().map { message($0, #""from_user_id":"IN.\#($1)""#) }
        let events = try events(#""contacts":[\#(contacts.joined(separator: ","))],"messages":[\#(messages.joined(separator: ","))]"#)
        #expect(events.map(\.party?.displayName) == ["2", "3"])
    }

    @Test("Another number with the same ending belongs to a person")
    func alike() throws {
        let event = try #require(events(#""messages":[\#(message(1, #""from":"5521987654321""#))]"#).first)
        #expect(event.party?.phone?.text == "5521987654321" && event.effect == .moves)
    }

    @Test("The only person in the contacts is the sender of items that name nobody, unless other items name several people")
    func contactsAlone() throws {
        let contacts = #""contacts":[{"wa_id":"919876543210","user_id":"IN.1"}]"#
        let nameless = message(1, #""a":1"#)
        for list in [nameless, "\(nameless),\(message(2, #""from":"919876543210""#))"] {
            let events = try events(#"\#(contacts),"messages":[\#(list)]"#)
            #expect(events.allSatisfy { $0.party?.phone?.text == "919876543210" && $0.effect == .moves })
        }
        let several = (2...3).map { message($0, #""from":"91987654321\#($0)""#) }.joined(separator: ",")
        let first = try #require(events(#"\#(contacts),"messages":[\#(nameless),\#(several)]"#).first)
        #expect(first.party == nil && first.effect == .none)
        let two = #""contacts":[{"wa_id":"919876543210"},{"wa_id":"919876543211"}]"#
        #expect(try events(#"\#(two),"messages":[\#(nameless)]"#).first?.party == nil)
    }

    @Test(
        "Only a card that the sender shared on request contains the sender's own number",
        arguments: [
            (#""origin":"contact_request""#, #"{"phones":[{"phone":"+919876543210"}]}"#, "+919876543210"),
            (#""origin":"contact_request""#, #"{"phones":[{"phone":"98765","wa_id":"919876543210"}]}"#, "919876543210"),
            (#""a":1"#, #"{"origin":"contact_request","phones":[{"phone":"+919876543210"}]}"#, "+919876543210"),
            (#""origin":"other""#, #"{"phones":[{"phone":"+919876543210"}]}"#, nil),
            (#""origin":"other""#, #"{"origin":"contact_request","phones":[{"phone":"+919876543210"}]}"#, nil),
            (#""a":1"#, #"{"phones":[{"phone":"+919876543210"}]}"#, nil),
            (#""origin":"contact_request""#, #"{"phones":[{"phone":"98765 43210"}]}"#, nil),
            (#""origin":"contact_request""#, #"{"phones":[{"phone":"+919876543210"}]},{"phones":[{"phone":"+919820123456"}]}"#, nil),
        ])
    func cards(origin: String, cards: String, phone: String?) throws {
        let message = #"{"id":"wamid.1","from_user_id":"IN.1","type":"contacts","contacts":[\#(cards)],\#(origin)}"#
        let event = try #require(events(#""messages":[\#(message)]"#).first)
        #expect(event.party == Party(phone: phone.map { ReceivedPhone($0) }, identities: [.userID("IN.1")]))
    }

    @Test("A known number of the sender takes precedence over that of a card")
    func knownNumber() throws {
        let card = #""type":"contacts","origin":"contact_request","contacts":[{"phones":[{"phone":"+919820123456"}]}]"#
        for (contacts, from) in [("[]", #""from":"919876543210","#), (#"[{"wa_id":"919876543210","user_id":"IN.1"}]"#, "")] {
            let message = #"{"id":"wamid.1",\#(from)"from_user_id":"IN.1",\#(card)}"#
            #expect(try events(#""contacts":\#(contacts),"messages":[\#(message)]"#).first?.party?.phone?.text == "919876543210")
        }
    }

    @Test("News about a group connect number and id of their only person; news about several people connect none")
    func group() throws {
        let one = #"{"wa_id":"919876543210","user_id":"IN.1"}"#
        let other = #"{"wa_id":"919820123456","user_id":"IN.2"}"#
        let lists = [("[\(one)]", true), ("[\(one),\(one)]", true), ("[\(one),\(other)]", false), ("[]", false)]
        for (list, isTold) in lists {
            let groups = #""groups":[{"group_id":"g","added_participants":\#(list)}]"#
            let event = try #require(events(groups, field: "group_participants_update").first)
            #expect(event.party?.phone?.text == (isTold ? "919876543210" : nil) && event.effect == .none)
        }
        #expect(try events(#""groups":[\#(one)]"#, field: "group_participants_update").first?.party?.identities == [.userID("IN.1")])
    }

    @Test("The contact of a change without items connects number and id")
    func changeWithoutItems() throws {
        let pair = Party(phone: ReceivedPhone("919876543210"), identities: [.userID("IN.1")])
        let contact = #""contacts":[{"wa_id":"919876543210","user_id":"IN.1","profile":{"name":"Asha"}}]"#
        for field in ["messages", "account_update", "a_field_of_next_year"] {
            let event = try #require(events(contact, field: field).first)
            #expect(event.party == pair && event.effect == .none)
        }
        #expect(try events(#""contacts":[{"wa_id":"919876543210"}]"#).first?.party == nil)
    }
}

extension Identity {
    fileprivate static func userID(_ value: String) -> Identity { Identity(kind: "whatsapp_user_id", scope: "main", value: value) }
}

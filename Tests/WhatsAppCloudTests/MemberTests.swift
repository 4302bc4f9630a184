import JSON
import Messaging
import Testing
import WhatsAppCloud

@Suite("Members of messages without a column")
struct MemberTests {
    private func message(_ members: String, contacts: String = "[]", of field: String = "messages") throws -> Message {
        let message = #"{"id":"wamid.1","from":"919876543210","timestamp":"1795338273",\#(members)}"#
        let value = #"{"contacts":\#(contacts),"messages":[\#(message)]}"#
        let body = #"{"entry":[{"id":"1","changes":[{"field":"\#(field)","value":\#(value)}]}]}"#
        guard case .message(let read)? = try WhatsAppCloudAdapter(account: .testing).events(in: .testing(body)).first?.content else {
            throw NoMessage()
        }
        return read
    }

    private let text = #""type":"text","text":{"body":"Hi"}"#

    @Test("Unknown members are kept, in their order")
    func unknown() throws {
        let read = try message(#"\#(text),"origin":"other","from_logical_id":"5","next_year":[{"a":1}],"nothing":null"#)
        #expect(read.context == #"{"origin":"other","from_logical_id":"5","next_year":[{"a":1}]}"#)
        #expect(read.content == #"{"body":"Hi"}"#)
    }

    @Test("If a member has the name of one in the context, both are kept")
    func names() throws {
        let read = try message(#"\#(text),"context":{"id":"wamid.0","origin":"a"},"origin":"b""#)
        #expect(read.context == #"{"id":"wamid.0","origin":"a","_origin":"b"}"#)
    }

    @Test("The members beside the reply of an interactive message are kept")
    func besideReply() throws {
        let reply = #"{"type":"button_reply","button_reply":{"id":"1","title":"Yes"},"new":1}"#
        let read = try message(#""type":"interactive","interactive":\#(reply)"#)
        #expect(read.type == .buttonReply && read.content == #"{"id":"1","title":"Yes"}"#)
        #expect(read.context == #"{"interactive":{"new":1}}"#)
    }

    @Test("The content of an unsupported message has all of its members, once")
    func whole() throws {
        let read = try message(#""type":"hologram","hologram":{},"origin":"other""#)
        #expect(read.type == .unsupported && read.context == nil)
        #expect(try JSON(parsing: Array(read.content.utf8))["origin"].string == "other")
    }

    @Test("The username beside a contact's name, and unknown members of the contact, are kept with the message")
    func contact() throws {
        let contact = #"{"profile":{"name":"Asha","username":"asha.rao"},"wa_id":"919876543210","identity_key_hash":"h"}"#
        #expect(
            try message(text, contacts: "[\(contact)]").context
                == #"{"contact":{"profile":{"username":"asha.rao"},"identity_key_hash":"h"}}"#)
        #expect(try message(text, contacts: #"[{"profile":{"name":"Asha"},"wa_id":"919876543210","user_id":"IN.1"}]"#).context == nil)
    }

    @Test("The kept part of a contact is bounded, since every message of its person has it")
    func bounded() throws {
        let long = String(repeating: "x", count: 5000)
        let contact = #"{"wa_id":"919876543210","long":"\#(long)","identity_key_hash":"h"}"#
        #expect(try message(text, contacts: "[\(contact)]").context == #"{"contact":{"identity_key_hash":"h"}}"#)
    }

    @Test(
        "A message without a type has the type of the only known object in it",
        arguments: [
            (#""text":{"body":"Hi"}"#, MessageType.text), (#""type":"","image":{"id":"1"},"new":{}"#, .image),
            (#""type":7,"contacts":[{}]"#, .contacts), (#""text":{"body":"Hi"},"image":{"id":"1"}"#, .unsupported),
            (#""text":"Hi""#, .unsupported), (#""new":{}"#, .unsupported), (#""edit":{"message":{"text":{"body":"Hi"}}}"#, .edit),
        ])
    func typeless(members: String, type: MessageType) throws {
        let read = try message(members)
        #expect(read.type == type)
        #expect(read.text == (type == .text || type == .edit ? "Hi" : nil))
    }

    @Test("For a message of the history, its own information decides who sent it", arguments: [true, false])
    func fromMe(isOurs: Bool) throws {
        let read = try message(#"\#(text),"history_context":{"status":"READ","from_me":\#(isOurs),"new":1}"#, of: "history")
        #expect(read.direction == (isOurs ? .outbound : .inbound))
        #expect(read.context == #"{"history_status":"READ","history_context":{"new":1}}"#)
    }

    @Test("What another responder receives is marked, wherever it is in the value")
    func standby() throws {
        #expect(try message(text, of: "standby").context == #"{"handler":"standby"}"#)
    }

    private struct NoMessage: Error {}
}

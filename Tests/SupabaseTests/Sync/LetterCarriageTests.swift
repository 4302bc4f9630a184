import JSON
import Testing

@testable import Supabase

@Suite("Dead letters of refused records that are sent again")
struct LetterCarriageTests {
    private static let record = #"{"version":1,"batch_id":"","messages":[{"text":"\"batch_id\":\"\""}]}"#

    @Test("A letter is sent as its original call, with an id of its own")
    func one() throws {
        let call = try #require(LetterCall(records: [Self.record]))
        #expect(
            String(decoding: call.argument(id: "7"), as: UTF8.self)
                == #"{"version":1,"batch_id":"7","messages":[{"text":"\"batch_id\":\"\""}]}"#)
        #expect(call.counts == ["messages": 1])
    }

    @Test("Several letters are one call, in order, with one row per contact, identity and session")
    func several() throws {
        let records = [
            """
            {"version":1,"batch_id":"","contacts":[{"contact_id":"c","display_name":"old"}],\
            "identities":[{"kind":"phone","scope":"","value":"1","contact_id":"c"}],"sessions":[{"session_id":"s","phone":"+1","changed":true}]}
            """,
            #"{"version":1,"batch_id":"","messages":[{"message_id":"1"}],"sessions":[{"session_id":"s","phone":"+2"}]}"#,
            """
            {"version":1,"batch_id":"","messages":[{"message_id":"2"}],"contacts":[{"contact_id":"c","display_name":"new"}],\
            "identities":[{"kind":"phone","scope":"","value":"1","contact_id":"c"},{"kind":"phone","scope":"IN","value":"1","contact_id":"c"}],\
            "sessions":[{"session_id":"t"}]}
            """,
        ]
        let call = try #require(LetterCall(records: records))
        let json = try JSON(parsing: call.argument(id: "7"))
        #expect(json["messages"].text == #"[{"message_id":"1"},{"message_id":"2"}]"#)
        #expect(json["contacts"].text == #"[{"contact_id":"c","display_name":"new"}]"#)
        #expect(json["sessions"].text == #"[{"session_id":"s","phone":"+2","changed":true},{"session_id":"t"}]"#)
        #expect(call.counts == ["messages": 2, "contacts": 1, "identities": 2, "sessions": 2])
    }

    @Test("Identities that differ only in bytes are each sent")
    func exactKeys() throws {
        let records = ["\u{E9}", "e\u{301}", "\u{E9}"].map { id in
            #"{"version":1,"batch_id":"","messages":[],"identities":[{"kind":"k","scope":"s","value":"\#(id)","contact_id":"c"}]}"#
        }
        let json = try JSON(parsing: #require(LetterCall(records: records)).argument(id: "7"))
        #expect(json["identities"].elements.map { $0["value"].string?.utf8.count } == [2, 3])
    }

    @Test("A record that is not a call is not sent", arguments: ["", "{}", "[]", #"{"version":1,"batch_id":"x"}"#, "no JSON"])
    func others(_ record: String) { #expect(LetterCall(records: [Self.record, record]) == nil) }
}

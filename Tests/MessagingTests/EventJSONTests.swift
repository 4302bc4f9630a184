import JSON
import Messaging
import Testing

@Suite("Events as JSON")
struct EventJSONTests {
    @Test(
        "Each kind of content is written under its own name",
        arguments: [
            (
                .message(
                    Message(type: .text, sender: "919876543210", text: "hi \"you\"", content: #"{"body":"hi"}"#, context: #"{"id":"x"}"#)),
                #""message":{"type":"text","direction":"inbound","sender":"919876543210","text":"hi \"you\"","content":{"body":"hi"},"context":{"id":"x"}}"#
            ),
            (
                .message(Message(type: .buttonReply, direction: .outbound, sender: nil, content: "{}")),
                #""message":{"type":"button_reply","direction":"outbound","content":{}}"#
            ),
            (
                .status(MessageStatus(status: "failed", recipient: "91", errors: "[1]", detail: #"{"a":1}"#)),
                #""status":{"status":"failed","recipient":"91","errors":[1],"detail":{"a":1}}"#
            ),
            (.status(MessageStatus(status: "sent", recipient: nil)), #""status":{"status":"sent"}"#),
            (.activity(type: "screen.viewed", data: "{}"), #""activity":{"type":"screen.viewed","data":{}}"#),
            (.notice(type: "account_update", data: "{}"), #""notice":{"type":"account_update","data":{}}"#),
            (.unsupported(type: "new_field", data: "null"), #""unsupported":{"type":"new_field","data":null}"#),
            (
                .identity(
                    IdentityChange(
                        type: "number.changed", data: "{}", phone: ReceivedPhone("91"),
                        identities: [Identity(kind: "k", scope: "s", value: "v")])),
                #""identity":{"type":"number.changed","data":{},"phone":"91","identities":[{"kind":"k","scope":"s","value":"v"}]}"#
            ),
            (.identity(IdentityChange(type: "identity.changed", data: "{}")), #""identity":{"type":"identity.changed","data":{}}"#),
            (
                .unreadable(UnreadableItem(index: 2, error: PayloadError(.field, field: "id", reason: "is missing"), record: "{}")),
                #""unreadable":{"index":2,"field":"id","reason":"is missing","record":{}}"#
            ),
            (
                .unreadable(UnreadableItem(index: 0, error: PayloadError(.malformed, reason: "is no object"), record: "7")),
                #""unreadable":{"index":0,"reason":"is no object","record":7}"#
            ),
        ] as [(Event.Content, String)])
    func contents(content: Event.Content, json: String) throws {
        let event = Event(externalID: "id", channel: .chat, effect: .none, content: content)
        #expect(event.json == #"{"external_id":"id","channel":"chat","effect":"none",\#(json)}"#)
        #expect(try JSON(parsing: Array(event.json.utf8)).text == event.json)
    }

    @Test("Everything known about an event is written, in a fixed order")
    func everything() {
        let party = Party(
            phone: ReceivedPhone("098765 43210", region: "IN"), identities: [Identity(kind: "k", scope: "s", value: "v")],
            displayName: "Asha")
        let event = Event(
            externalID: "wamid.1", channel: .whatsapp, line: "1065", party: party, occurredAt: Instant(milliseconds: 0), effect: .moves,
            content: .activity(type: "a", data: "1"))
        let person =
            #"{"phone":"098765 43210","region":"IN","identities":[{"kind":"k","scope":"s","value":"v"}],"display_name":"Asha"}"#
        #expect(
            event.json == #"{"external_id":"wamid.1","channel":"whatsapp","line":"1065","party":\#(person),"#
                + #""occurred_at":"1970-01-01T00:00:00.000Z","effect":"moves","activity":{"type":"a","data":1}}"#)
    }

    @Test("Effects are written by their names", arguments: [(SessionEffect.moves, "moves"), (.joins, "joins"), (.none, "none")])
    func effects(effect: SessionEffect, name: String) throws {
        let event = Event(externalID: "", channel: "x", party: Party(), effect: effect, content: .notice(type: "", data: "{}"))
        let json = try JSON(parsing: Array(event.json.utf8))
        #expect(json["effect"].string == name)
        #expect(json["party"].text == "{}")
    }

    @Test("Events in an array are separated by commas")
    func inArray() {
        let event = Event(externalID: "1", channel: .kiosk, effect: .none, content: .notice(type: "t", data: "{}"))
        var writer = JSONWriter()
        writer.array {
            event.write(to: &$0)
            event.write(to: &$0)
        }
        #expect(writer.text == "[\(event.json),\(event.json)]")
    }
}

import Forms
import JSON
import Journal
import Messaging
import Testing

@testable import Replay

// A redacted sender with a hidden number still has no number, and no other sender loses theirs.
extension RedactionTests {
    static let hidden = [
        "anonymous", "whatsapp:anonymous", "WhatsApp:Anonymous", "rcs:anonymous", "messenger:unknown", "Restricted", "+266696687",
        "whatsapp:+7378742833", "rcs:+86282452253", "client:private", "0", "whatsapp:\u{200B}anonymous",
        "whatsapp:+null", "ａｎｏｎｙｍｏｕｓ", "anonymous@x", "client:0", "whatsapp:", "sip:0@example.com", "visitor",
    ]

    @Test("A hidden sender stays nobody to Twilio's adapter, in a form with or without its media type", arguments: hidden)
    func hiddenSender(from: String) throws {
        let adapter = try Captures.adapter(of: Redaction.account(of: "twilio"))
        for headers in [[Delivery.Header("content-type", "application/x-www-form-urlencoded")], []] {
            var original = delivery("MessageSid=SM1&To=%2B14155550123&Body=Hi+there&From=\(FormText.encode(from))", to: "twilio")
            original.headers = headers
            let events = try adapter.events(in: original)
            let fakes = try adapter.events(in: redacted(original).delivery)
            #expect(events.map(\.party) == [nil] && fakes.map(\.party) == [nil])
            #expect(events.map(\.channel) == fakes.map(\.channel))
        }
    }

    @Test("A hidden sender stays nobody to Meta's adapter", arguments: ["anonymous", "Unknown", "266696687", "000"])
    func hiddenWhatsAppSender(from: String) throws {
        let adapter = try Captures.adapter(of: Redaction.account(of: "whatsapp-cloud"))
        let original = Captures.text("wamid.ABCDEF", from: from)
        for capture in [original, redaction.redacted(original)] {
            #expect(try adapter.events(in: capture.delivery).map(\.party) == [nil])
        }
    }

    @Test("Before a placeholder for nobody a known scheme stays, and nothing else")
    func prefixOfNobody() throws {
        #expect(try value("from", "tel:anonymous") == "tel:anonymous")
        let fake = try value("from", "+919876543210:anonymous")
        #expect(fake.hasSuffix(":anonymous") && !fake.contains("9876543210"))
    }

    @Test(
        "Beside a placeholder for nobody nothing stays, and the value still names nobody",
        arguments: [
            "None; my number is 9876501234", "Private; my name is Zorblat Quixley", "tel:anonymous;my name=Quixley 9876501234",
            "hello zorblat 9876501234@anonymous.invalid", "+266696687 Zorblat Quixley", "sip:anonymous@ hello I am Quixley, 9876501234",
            "sip:+919876501234@anonymous.invalid", "sips:null@+919876501234", "sip:anonymous:x@quixley.example", "sip:guest:9@h",
            "sip:anonymous@quixley.example", "Quixley <sip:anonymous@anonymous.invalid>",
        ])
    func besideNobody(text: String) throws {
        #expect(!text.namesSomebody)
        for key in ["from", "name", "text"] {
            let fake = try value(key, text)
            #expect(!fake.namesSomebody, "\(fake)")
            for canary in ["98765", "uixley", "orblat", "hello"] { #expect(!fake.contains(canary), "\(fake)") }
        }
    }

    @Test(
        "A hidden caller by SIP stays nobody to Twilio's adapter, on the same channel",
        arguments: ["sip:anonymous@x.example", "SIP:null@h", "sip:0@h", "sip:@h", "sip:%61nonymous@h"])
    func hiddenBySIP(from: String) throws {
        let adapter = try Captures.adapter(of: Redaction.account(of: "twilio"))
        let original = formDelivery("MessageSid=SM1&To=%2B14155550123&Body=Hi+there&From=\(FormText.encode(from))")
        let events = try adapter.events(in: original)
        let fakes = try adapter.events(in: redacted(original).delivery)
        #expect(events.map(\.party) == [nil] && fakes.map(\.party) == [nil] && events.map(\.channel) == fakes.map(\.channel))
    }

    @Test("No id becomes one that identifies nothing", arguments: ["a seed", "b", "c", "d", "e", "f", "g", "h"])
    func somebody(seed: String) throws {
        let redaction = try Redaction(seed: seed, kinds: []) { _ in nil }
        for length in 1...2 {
            let ids = (1..<(length == 1 ? 10 : 100)).map { String(("0" + String($0)).suffix(length)) }.filter(\.namesSomething)
            let items = ids.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
            let fake = try JSON(parsing: redaction.redacted(Capture(delivery("[\(items)]"))).delivery.body)
            let fakes = fake.elements.compactMap { $0["id"].string }
            #expect(fakes.allSatisfy(\.namesSomething) && Set(fakes).count == ids.count)
        }
    }

    @Test("A user id has the same fake everywhere, and keeps its kind", arguments: ["IN.13491208655302", "IN.ENT.7771234567"])
    func userIDs(id: String) throws {
        let body = #"{"from":"\#(id)","user_id":"\#(id)"}"#
        let fake = try JSON(parsing: redacted(delivery(body, to: "whatsapp-cloud")).delivery.body)
        #expect(fake["from"].string == fake["user_id"].string && fake["from"].string != id)
        #expect(fake["from"].string?.contains(".ENT.") == id.contains(".ENT."))
        let form = redacted(formDelivery("From=whatsapp%3A\(id)&ExternalUserId=\(id)")).delivery
        let fields = Form(String(decoding: form.body, as: UTF8.self))
        #expect(fields["From"] == fields["ExternalUserId"].map { "whatsapp:" + $0 })
    }

    @Test("A number in a form's text becomes its sender's fake, even without its country code")
    func localNumberInForm() throws {
        let form = redacted(formDelivery("From=whatsapp%3A%2B4915112345678&Body=Ruf+mich+an%3A+0151+12345678")).delivery
        let fields = Form(String(decoding: form.body, as: UTF8.self))
        let sender = try #require(fields["From"]).suffix(11)
        #expect(try #require(fields["Body"]).filter(\.isNumber).hasSuffix(sender))
    }

    private func formDelivery(_ body: String) -> Delivery {
        var form = delivery(body, to: "twilio")
        form.headers = [.init("content-type", "application/x-www-form-urlencoded")]
        return form
    }
}

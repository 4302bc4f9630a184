import AdapterConformance
import Forms
import JSON
import Messaging
import Testing
import Twilio

@Suite("The Twilio adapter")
struct TwilioAdapterTests {
    private let forms = AdapterConformance<TwilioAdapter>(
        signatureHeader: "x-twilio-signature", contentType: "application/x-www-form-urlencoded", coverage: .meaning,
        message: { "MessageSid=SM1&From=whatsapp%3A%2B919876543210&To=whatsapp%3A%2B14155238886&MessageType=text&NumMedia=0&Body=\($0)" },
        unknownType: "MessageSid=SM1&From=whatsapp%3A%2B919876543210&MessageType=hologram&NumMedia=0&Body=Hello")

    private let json = AdapterConformance<TwilioAdapter>(
        signatureHeader: "x-twilio-signature", message: { object("SM1", $0) },
        unknownType: #"{"MessageSid":"SM1","From":"+919876543210","MessageType":"hologram"}"#,
        batch: "[\(object("SM1", "One")), {\"From\": \"+919876543210\"}, \(object("SM3", "Three"))]", neighbours: 2)

    @Test("Forms keep the rules of every adapter", arguments: ConformanceRule.all(but: .batch))
    func keepsForms(_ rule: ConformanceRule) throws { try forms.check(rule) }

    @Test("JSON keeps the rules of every adapter", arguments: ConformanceRule.allCases)
    func keepsJSON(_ rule: ConformanceRule) throws { try json.check(rule) }

    @Test("A capture gives the events beside it", arguments: try Fixture.all(of: "Twilio"))
    func reads(_ fixture: Fixture) throws { try fixture.check(with: TwilioAdapter(account: .testing())) }

    @Test("Digits are a phone only where the channel's addresses are numbers", arguments: ["client", "messenger", "viber"])
    func digits(channel: String) throws {
        let delivery = Delivery.testing("MessageSid=SM1&From=\(channel)%3A919876543210&To=%2B14155238886&Body=Hello")
        let party = try #require(try TwilioAdapter(account: .testing()).events(in: delivery).first?.party)
        #expect(party.phone == nil)
        #expect(party.identities.map(\.kind) == ["\(channel)_user_id"])
        #expect(party.identities.map(\.value) == ["919876543210"])
    }

    @Test("A delivery is answered with empty TwiML, whatever its result", arguments: [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
    func answer(accepted: Int, duplicates: Int, rejected: Int) throws {
        let outcome = DeliveryOutcome(accepted: accepted, duplicates: duplicates, rejected: rejected)
        #expect(
            try TwilioAdapter(account: .testing()).reply(to: outcome)
                == DeliveryReply(status: 200, contentType: "text/xml", body: "<Response/>"))
    }

    @Test("Every parameter of a message is in its event, in a column or in its JSON", arguments: try Fixture.all(of: "Twilio"))
    func nothingIsLost(_ fixture: Fixture) throws {
        let delivery = try fixture.delivery()
        guard delivery.mediaType == Delivery.formType, let events = try? TwilioAdapter(account: .testing()).events(in: delivery) else {
            return
        }
        let shown = try JSON(parsing: Array("[\(events.map(\.json).joined(separator: ","))]".utf8)).allScalars
        for field in Form(String(decoding: delivery.body, as: UTF8.self)) where !field.value.isEmpty {
            let bare = ["whatsapp:", "rcs:", "messenger:"].first(where: field.value.hasPrefix).map {
                String(field.value.dropFirst($0.count))
            }
            #expect(shown.contains(field.value) || bare.map(shown.contains) == true, "\(field.name)=\(field.value)")
        }
    }

    @Test("There is a fixture for every message type that Twilio has, and every status has its rank")
    func coverage() throws {
        let adapter = try TwilioAdapter(account: .testing())
        let events = try Fixture.all(of: "Twilio").flatMap { (try? adapter.events(in: $0.delivery())) ?? [] }
        let types = events.compactMap { event in if case .message(let message) = event.content { message.type } else { nil } }
        #expect(
            Set(types) == [
                .text, .image, .video, .audio, .document, .sticker, .location, .contacts, .buttonReply, .listReply, .flowReply,
                .unsupported,
            ])
        let ranks = ["accepted", "scheduled", "queued", "sending", "sent", "delivered", "read"].map {
            TwilioAdapter.traits.statusRanks[$0] ?? 0
        }
        #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 < $1 })
        for end in ["undelivered", "failed", "canceled"] { #expect(TwilioAdapter.traits.statusRanks[end] == 20) }
    }

    @Test(
        "A sender who hides their number is nobody, on every channel, unless another value says who it is",
        arguments: [
            "anonymous", "whatsapp%3Aanonymous", "WhatsApp%3AAnonymous", "messenger%3Aunknown", "rcs%3Aanonymous", "Restricted",
            "%2B266696687", "%2B86282452253", "whatsapp%3A%2B7378742833", "tel%3A%2B266696687", "TEL%3A%2B8656696", "tel%3Aanonymous",
            "sip%3Aanonymous%40example.com", "sip%3Aanonymous%4010.0.0.1%3A5060", "sip%3A%2B266696687%40example.com%3Buser%3Dphone",
            "client%3Aanonymous", "client%3A%2B2562533", "messenger%3A%2B266696687", "rcs%3A%2B86282452253", "client%3Anull",
        ])
    func hidden(from: String) throws {
        let message = "MessageSid=SM1&To=%2B14155550123&Body=Hi&From=\(from)"
        let event = try event(message)
        #expect(event.party == nil && event.effect == .none)
        guard case .message(let content) = event.content else {
            Issue.record("no message")
            return
        }
        #expect(content.sender?.isEmpty == false)
        #expect(try self.event(message + "&WaId=919876543210").party?.phone?.text == "919876543210")
    }

    @Test(
        "The channel is the prefix of the address; without one it is SMS",
        arguments: [
            ("%2B919876543210", "sms", "+919876543210", nil), ("whatsapp%3A%2B919876543210", "whatsapp", "+919876543210", nil),
            ("rcs%3A%2B919876543210", "rcs", "+919876543210", nil), ("56161", "sms", "56161", nil), ("ACME", "sms", nil, nil),
            ("whatsapp%3AIN.13491208655302741918", "whatsapp", nil, "whatsapp_user_id IN.13491208655302741918"),
            ("messenger%3A7012345678901234", "messenger", nil, "messenger_user_id 7012345678901234"),
            ("WhatsApp%3A%2B919876543210", "whatsapp", "+919876543210", nil), ("919876543210%3A5", "sms", nil, nil),
            ("u919876543210%3A5", "sms", nil, nil), ("-a%3A5", "sms", nil, nil), ("viber2%3A5", "viber2", nil, "viber2_user_id 5"),
            ("whatsapp%3A%2B91+98765+43210", "whatsapp", "+91 98765 43210", nil),
            ("WHATSAPP%3A%2B919876543210", "whatsapp", "+919876543210", nil), ("tel%3A%2B919876543210", "sms", "+919876543210", nil),
            ("TEL%3A%2B91-98765-43210", "sms", "+91-98765-43210", nil),
            ("tel%3A%2B919876543210%3Bverstat%3DTN-Validation-Passed", "sms", "+919876543210", nil),
            ("tel%3A%2B919876543210%3Bext%3D1", "tel", nil, "tel_user_id +919876543210;ext=1"),
            ("whatsapp%3A%2B919876543210%3Bext%3D1", "whatsapp", nil, "whatsapp_user_id +919876543210;ext=1"),
            ("sip%3A%2B919876543210%40example.com", "sip", nil, "sip_user_id +919876543210@example.com"),
            ("client%3A%2B919876543210", "client", nil, "client_user_id +919876543210"),
            ("%D9%A9%D9%A1%D9%A9%D9%A8%D9%A7%D9%A6%D9%A5%D9%A4%D9%A3%D9%A2%D9%A1%D9%A0", "sms", "٩١٩٨٧٦٥٤٣٢١٠", nil),
        ])
    func addresses(from: String, channel: String, phone: String?, identity: String?) throws {
        let event = try event("MessageSid=SM1&To=%2B14155550123&Body=Hi&From=\(from)")
        #expect(event.channel.rawValue == channel)
        #expect(event.party?.phone?.text == phone)
        #expect(event.party?.phone?.region == nil)
        #expect(event.party?.identities.map { "\($0.kind) \($0.value)" } ?? [] == [identity].compactMap(\.self))
        #expect(event.party?.identities.allSatisfy { $0.scope == "main" } ?? true)
        #expect(event.effect == (phone == nil && identity == nil ? .none : .moves))
    }

    @Test("A user id is reported under the account's portfolio and under the account's name")
    func portfolio() throws {
        let account = Account(
            adapter: "twilio", name: "main", secrets: [Secret("the auth token")], portfolio: "acme", publicURL: "https://hooks.example")
        let form = "MessageSid=SM1&To=whatsapp%3A%2B14155550123&Body=Hi&From=whatsapp%3A%2B919876543210&ExternalUserId=IN.1"
        let event = try #require(try TwilioAdapter(account: account).events(in: .testing(form)).first)
        #expect(
            event.party?.identities.map { "\($0.kind) \($0.scope) \($0.value)" }
                == ["whatsapp_user_id acme IN.1", "whatsapp_user_id main IN.1"])
    }

    @Test("The line is the recipient of a message, and the sender of a status")
    func lines() throws {
        #expect(try event("MessageSid=SM1&From=whatsapp:%2B91987&To=whatsapp:%2B1415").line == "+1415")
        #expect(try event("MessageSid=SM1&MessageStatus=read&From=whatsapp:%2B1415&To=whatsapp:%2B91987").line == "+1415")
        #expect(try event("MessageSid=SM1&MessageStatus=queued&To=%2B91987").line == nil)
    }

    @Test("A blank id, or one of zeros, identifies neither a person nor an item", arguments: ["+", "0", "00"])
    func nobody(id: String) throws {
        let form = "MessageSid=\(id)&SmsSid=SM1&From=whatsapp:\(id)&ExternalUserId=\(id)&Body=Hi"
        let message = try event(form)
        #expect(message.externalID == "SM1" && message.party == nil && message.effect == .none)
        #expect(try event(form + "&WaId=919876543210").party == Party(phone: ReceivedPhone("919876543210")))
        let error = #expect(throws: PayloadError.self) { try event("MessageSid=\(id)&From=%2B919876543210&Body=Hi") }
        #expect(error?.field == "MessageSid")
    }

    @Test(
        "An account without a secret, or with an empty one, is refused",
        arguments: [([], "secrets"), (["the auth token", ""], "secrets[1]")])
    func secretsAreNeeded(secrets: [String], setting: String) throws {
        let error = try #require(throws: AccountError.self) { try TwilioAdapter(account: .testing(secrets: secrets)) }
        #expect(error.setting == setting)
    }

    private func event(_ form: String) throws -> Event {
        let events = try TwilioAdapter(account: .testing()).events(in: .testing(form))
        return try #require(events.first)
    }
}

private func object(_ id: String, _ text: String) -> String {
    #"{"MessageSid":"\#(id)","From":"+919876543210","To":"+14155550123","Body":"\#(text)"}"#
}

extension JSON {
    /// All strings, numbers and flags in the value, as text, including those in strings that contain JSON.
    fileprivate var allScalars: Set<String> {
        switch kind {
        case .object: members.reduce(into: []) { $0.formUnion($1.value.allScalars) }
        case .array: elements.reduce(into: []) { $0.formUnion($1.allScalars) }
        case .string: [string ?? ""]
        default: [text ?? ""]
        }
    }
}

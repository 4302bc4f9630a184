import JSON
import Messaging
import SharedCases
import SwitchboardTesting
import Testing

@Suite("The body of /session/start")
struct StartFormTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    private static let neither = "is not a valid phone number in IN: write a number of another country with a plus and its country code"
    private static let otherValue = "must be a string, or a whole number written without fraction and exponent"
    private static let oneOf = "must be one of chat, kiosk, whatsapp"

    @Test(
        "A field that is missing or wrong is answered 422 with its name and the expected value",
        arguments: [
            (#"{"channel":"chat"}"#, "phone is missing"), (#"{"phone":null,"channel":"chat"}"#, "phone is missing"),
            (#"{"phone":true,"channel":"chat"}"#, "phone \(otherValue)"), (#"{"phone":{},"channel":"chat"}"#, "phone \(otherValue)"),
            (#"{"phone":["+919876543210"],"channel":"chat"}"#, "phone \(otherValue)"),
            (#"{"phone":"","channel":"chat"}"#, "phone has no digits"),
            (#"{"phone":"12","channel":"chat"}"#, "phone \(neither)"),
            (#"{"phone":"my phone","channel":"chat"}"#, "phone contains the letter “m”, which is not part of a phone number"),
            (#"{"phone":"+91987654321098765","channel":"chat"}"#, "phone is not a valid phone number of its country"),
            (#"{"phone":1.5,"channel":"chat"}"#, "phone \(otherValue)"),
            (#"{"phone":"+919876543210"}"#, "channel is missing"), (#"{"phone":"+919876543210","channel":7}"#, "channel must be a string"),
            (#"{"phone":"+919876543210","channel":""}"#, "channel \(oneOf)"),
            (#"{"phone":"+919876543210","channel":"Chat"}"#, "channel \(oneOf)"),
            (#"{"phone":"+919876543210","channel":"watsapp"}"#, "channel \(oneOf)"),
            (#"{"phone":"+919876543210","channel":"chat","metadata":[]}"#, "metadata must be an object"),
            (#"{"phone":"+919876543210","channel":"chat","metadata":"{}"}"#, "metadata must be an object"),
            (
                #"{"phone":"+919876543210","channel":"chat","metadata":{"a":"\#(String(repeating: "a", count: 16_384))"}}"#,
                "metadata must have at most 16384 bytes"
            ),
        ])
    func field(body: String, error: String) async throws {
        let answer = try await rig.start(body)
        #expect(answer.status == 422)
        #expect(answer.problem == [error])
        #expect(try rig.file.count("contacts") == 0)
    }

    @Test("The answer lists all errors")
    func several() async throws {
        let answer = try await rig.start(#"{"phone":"12","customer_id":true,"metadata":7}"#)
        #expect(answer.status == 422)
        #expect(
            answer.problem == [
                "phone \(Self.neither)", "channel is missing", "customer_id must be a string or a whole number",
                "metadata must be an object",
            ])
    }

    @Test(
        "A customer id is text, trimmed, whether it comes as a string or as a number",
        arguments: [
            (#""103""#, "103"), ("103", "103"), ("9007199254740993", "9007199254740993"), ("18446744073709551615", "18446744073709551615"),
            (#"" 103 ""#, "103"), (#""\t103\n""#, "103"), (#""A 10/3""#, "A 10/3"), (#""0103""#, "0103"), (#""ग्राहक""#, "ग्राहक"),
            ("null", "+919876543210"), ("-1", "-1"), ("103.0", "103"), ("1.03e2", "103"), ("1030E-1", "103"), ("-1.0", "-1"),
            ("9007199254740991.0", "9007199254740991"),
        ])
    func customer(json: String, stored: String) async throws {
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":\#(json)}"#)
        #expect(answer.status == 201)
        #expect(answer.json?["session"]["customer_id"].string == stored)
        #expect(try rig.file.rows("SELECT customer_id, typeof(customer_id) FROM sessions") == ["\(stored)|text"])
    }

    @Test(
        "A member that occurs twice, at any depth, is answered 422 with its name",
        arguments: [
            (#"{"phone":"+919876543210","channel":"chat","phone":"+919876543211"}"#, "phone"),
            (#"{"phone":"+919876543210","channel":"chat","p\u0068one":"+919876543210"}"#, "phone"),
            (#"{"phone":"+919876543210","channel":"chat","customer_id":"1","customer_id":"2"}"#, "customer_id"),
            (#"{"phone":"+919876543210","channel":"chat","metadata":{"a":[{"b":1,"b":2}]}}"#, "metadata.a[0].b"),
            (#"{"phone":"+919876543210","channel":"chat","metadata":{"+919876543210":1,"+919876543210":2}}"#, "met•••••••••••••••3210"),
        ])
    func repeatedMember(body: String, path: String) async throws {
        let answer = try await rig.start(body)
        #expect(answer.status == 422)
        #expect(answer.problem == ["\(path) occurs more than once"])
        #expect(try rig.file.count("contacts") == 0)
    }

    @Test(
        "A number with a plus and a length that is impossible in its country is answered 422, from every client",
        arguments: ["+12345", "+1234", "+1", "+912345", "+4930123456789012", "+7856789123456789", "+1234567890123456"])
    func length(phone: String) async throws {
        let reason = "is not a valid phone number of its country"
        #expect(try await rig.start(#"{"phone":"\#(phone)","channel":"chat"}"#).problem == ["phone \(reason)"])
        for path in ["/webhooks/chat/main", "/webhooks/kiosk/lobby"] {
            let event = #"{"specversion":"1.0","id":"1","source":"/a","type":"typing","data":{"phone":"\#(phone)"}}"#
            let answer = try await rig.post(path, event)
            #expect(answer.status == 422)
            #expect(answer.problem == ["data.phone \(reason)"])
        }
        #expect(try rig.file.count("contacts") == 0)
    }

    @Test(
        "A number that stands for a hidden caller is answered 422, from every client, in every spelling",
        arguments: ["+86282452253", "tel:+86282452253", "+86 28 2452253", "+٨٦٢٨٢٤٥٢٢٥٣"])
    func hiddenCaller(phone: String) async throws {
        let reason = "stands for a caller with a hidden number, so it is nobody's number"
        let answer = try await rig.start(#"{"phone":"\#(phone)","channel":"chat","customer_id":"103"}"#)
        #expect(answer.status == 422)
        #expect(answer.problem == ["phone \(reason)"])
        for path in ["/webhooks/chat/main", "/webhooks/kiosk/lobby"] {
            let event = #"{"specversion":"1.0","id":"1","source":"/a","type":"typing","data":{"phone":"\#(phone)"}}"#
            let answer = try await rig.post(path, event)
            #expect(answer.status == 422)
            #expect(answer.problem == ["data.phone \(reason)"])
        }
        #expect(try rig.file.count("contacts") == 0)
    }

    @Test("A local number with the digits of a hidden caller's number is a valid phone")
    func localNumber() async throws {
        let answer = try await rig.start(#"{"phone":"7378742833","channel":"chat"}"#)
        #expect(answer.status == 201)
        #expect(answer.json?["session"]["phone"].string == "+917378742833")
    }

    @Test("A customer id that names nobody is answered 422, and opens no session", arguments: try CustomerCase.all())
    func nobody(customer: CustomerCase) async throws {
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":\#(customer.json)}"#)
        #expect(answer.status == (customer.namesSomebody ? 201 : 422))
        if !customer.namesSomebody { #expect(answer.problem == ["customer_id names no customer: leave it out if none is known"]) }
        #expect(try rig.file.count("sessions") == (customer.namesSomebody ? 1 : 0))
    }

    @Test(
        "A customer id that is not a text is answered 422",
        arguments: [
            ("0", "names no customer: leave it out if none is known"), ("-0.0", "names no customer: leave it out if none is known"),
            (#"" 00 ""#, "names no customer: leave it out if none is known"),
            ("true", "must be a string or a whole number"), ("{}", "must be a string or a whole number"),
            ("[]", "must be a string or a whole number"), ("1.5", "must be a string or a whole number"),
            ("9007199254740992.0", "must be a string or a whole number"), ("1e300", "must be a string or a whole number"),
            ("1e-400", "must be a string or a whole number"), ("103.00000000000000000001", "must be a string or a whole number"),
            ("1E400", "is a number beyond 64 bits: send it as a string"), ("1e99999", "is a number beyond 64 bits: send it as a string"),
            ("99999999999999999999", "is a number beyond 64 bits: send it as a string"),
            (String(repeating: "1", count: 200), "is a number beyond 64 bits: send it as a string"),
            (#""""#, "must have 1 to 256 bytes"),
            (#""  ""#, "must have 1 to 256 bytes"), ("\"\(String(repeating: "1", count: 257))\"", "must have 1 to 256 bytes"),
            (#""10\u00003""#, "has a character that cannot be seen: U+0000"),
            (#""\u200b103""#, "has a character that cannot be seen: U+200B"),
            (#""103\ufeff""#, "has a character that cannot be seen: U+FEFF"),
            (#""1\u200d03""#, "has a character that cannot be seen: U+200D"),
            (#""1\u202e03""#, "has a character that cannot be seen: U+202E"),
            (#""\ud800103""#, "has a character that cannot be seen: U+FFFD"),
            (#""1\n03""#, "has a character that cannot be seen: U+000A"),
        ])
    func noCustomer(json: String, reason: String) async throws {
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":\#(json)}"#)
        #expect(answer.status == 422)
        #expect(answer.problem == ["customer_id \(reason)"])
    }

    @Test(
        "A number is read in every spelling, local ones in the default region",
        arguments: [#""+91 98765-43210""#, #""098765 43210""#, #""9876543210""#, #""tel:+919876543210""#, "919876543210", "9876543210"])
    func phone(json: String) async throws {
        let answer = try await rig.start(#"{"phone":\#(json),"channel":"chat"}"#)
        #expect(answer.status == 201)
        #expect(answer.json?["session"]["phone"].string == "+919876543210")
    }

    @Test(
        "A body that is not a JSON object is answered 400", arguments: ["", "{", "hello", "[]", "7", "null", #"{"phone":"+919876543210"#])
    func malformed(body: String) async throws {
        let answer = try await rig.start(body)
        #expect(answer.status == 400)
        #expect(answer.problem == [])
    }

    @Test(
        "Another media type is answered 415; JSON's own types are accepted",
        arguments: [
            ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("", 415), ("application/json; charset=utf-8", 201),
            ("Application/JSON", 201), ("application/problem+json", 201),
        ])
    func mediaType(type: String, status: Int) async throws {
        let body = Array(#"{"phone":"+919876543210","channel":"chat"}"#.utf8)
        let answer = try await rig.send("POST", "/session/start", headers: [Delivery.Header("content-type", type)], body: body)
        #expect(answer.status == status)
    }
}

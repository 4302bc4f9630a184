import JSON
import Journal
import Messaging
import PhoneNumbers
import Testing

@testable import Replay

// Numbers in unexpected places.
extension RedactionTests {
    @Test(
        "A number in a member's name does not survive, whatever separates its digits",
        arguments: [
            "919876543210", "9.1.9.8.7.6.5.4.3.2.1.0", "+91-98765-43210", "u_919876543210_x", "9_1_9_8_7_6_5_4_3_2_1_0", "91/98765/43210",
            "9a1b9c8d7e6f5g4h3i2j1k0", "9876.5432.10", "1234-5",
        ])
    func names(of member: String) throws {
        let inner = #"{\"\#(member)\":1}"#
        let body = #"{"\#(member)":{"a":1},"data":{"\#(member)":2},"text":"\#(inner)"}"#
        let fake = String(decoding: redacted(delivery(body)).delivery.body, as: UTF8.self)
        #expect(!fake.contains(member))
        let digits = member.filter(\.isNumber)
        #expect(!fake.split { $0 == "\"" }.contains { $0.filter(\.isNumber).contains(digits) })
        let form = redacted(delivery("\(member)=1", to: "twilio")).delivery
        #expect(!String(decoding: form.body, as: UTF8.self).filter(\.isNumber).contains(digits))
    }

    @Test("A member's name that is a number is replaced by that number's fake")
    func numberAsName() throws {
        let body = #"{"from":"919876543210","919876543210":1,"+91-98765-43210":2}"#
        let json = try JSON(parsing: redacted(delivery(body)).delivery.body)
        let phone = try #require(json["from"].string)
        #expect(json.members.map { $0.key.filter(\.isNumber) } == ["", phone, phone])
    }

    @Test("Words and members' names without a number stay", arguments: ["screen_0_TextInput_1", "a.b-c", "MediaUrl0"])
    func plainNames(name: String) throws {
        let json = try JSON(parsing: redacted(delivery(#"{"\#(name)":"Asha","type":"\#(name)"}"#)).delivery.body)
        #expect(json.members.map { $0.key } == [name, "type"] && json["type"].string == name)
    }

    @Test("In a word that identifies an item only the digits are replaced", arguments: ["u_919876543210_x", "screen.9-1-9-8-7-6"])
    func words(type: String) throws {
        let fake = try #require(JSON(parsing: redacted(delivery(#"{"type":"\#(type)"}"#)).delivery.body)["type"].string)
        #expect(fake.filter { !$0.isNumber } == type.filter { !$0.isNumber } && fake != type)
        let number = try JSON(parsing: redacted(delivery(#"{"from":"919876543210","type":"919876543210"}"#)).delivery.body)
        #expect(number["from"].string == number["type"].string)
    }

    @Test(
        "A number with any signs between its digits is redacted, and has the same fake elsewhere",
        arguments: [
            "9_1_9_8_7_6_5_4_3_2_1_0", "91*98765*43210", "9,1,9,8,7,6,5,4,3,2,1,0", "91–98765–43210", "91\u{200B}98765\u{200B}43210",
            #"91\u000098\u000076\u0000543\u0000210"#,
        ])
    func dividedNumbers(written: String) throws {
        let json = try JSON(parsing: redacted(delivery(#"{"from":"919876543210","note":"id \#(written) ok"}"#)).delivery.body)
        #expect(json["note"].string?.filter(\.isNumber) == json["from"].string)
    }

    @Test("Single digits are not all shifted by the same amount")
    func loneDigits() throws {
        let items = (0...9).map { #"{"d":"\#($0)a \#($0)"}"# }.joined(separator: ",")
        let json = try JSON(parsing: redacted(delivery("[\(items)]")).delivery.body)
        let fakes = json.elements.compactMap { $0["d"].string?.last?.wholeNumberValue }
        #expect(Set(fakes).count == 10 && zip(fakes, 0...9).allSatisfy { $0 != $1 })
        #expect(Set(zip(fakes, 0...9).map { ($0 - $1 + 10) % 10 }).count > 1)
    }

    @Test(
        "A client's phone is read from the fake as from the original, whatever its form",
        arguments: [
            "whatsapp:+919876543210", "WhatsApp:919876543210", "tel:+91-98765-43210", "tel:09876543210", "919876543210@c.us",
            "919876543210@S.WhatsApp.net", "+91–98765–43210", "＋９１９８７６５４３２１０", "098765 43210", "9876543210", "(0) 98765 43210",
            "+91\u{2009}98765\u{2009}43210", "\u{202A}+919876543210\u{202C}",
        ])
    func forms(phone: String) throws {
        let body =
            #"{"specversion":"1.0","id":"1","source":"/k","type":"screen.viewed","data":{"phone":"\#(phone)","other":"919876543210"}}"#
        for kind in ["kiosk", "chat"] as [AdapterKind] {
            var original = delivery(body, to: kind)
            original.headers = [.init("content-type", "application/cloudevents+json")]
            let fake = redacted(original).delivery
            let adapter = try Captures.adapter(of: Redaction.account(of: kind))
            let read = try #require(adapter.events(in: fake).first?.party?.phone)
            let number = try PhoneNumber(reading: read.text, region: read.region ?? "ZZ")
            let other = try JSON(parsing: fake.body)["data"]["other"].string
            #expect("+" + (other ?? "") == number.e164 && number.e164 != "+919876543210")
            #expect(read.text.filter { !$0.isNumber } == phone.filter { !$0.isNumber })
        }
    }

    @Test(
        "The fakes of local numbers are read as numbers of the region too, whatever the seed", arguments: ["9876543210", "9812345670"])
    func readable(phone: String) throws {
        for seed in 0..<40 {
            let redaction = try Redaction(seed: "\(seed)", kinds: []) { _ in nil }
            let fake = redaction.redacted(Capture(delivery(#"{"phone":"\#(phone)"}"#))).delivery
            let text = try #require(JSON(parsing: fake.body)["phone"].string)
            #expect(PhoneNumber(text, region: "IN")?.e164 == "+91" + text)
        }
    }

    @Test("Codes, sizes and times stay only if they cannot be a number")
    func counts() throws {
        let body = """
            {"from":"+551132345678","code":131060,"file_size":104857600,"quantity":919876543210,"index":91987654321000000000,\
            "timestamp":"1132345678","creation_timestamp":"2125551234","expiration_timestamp":"+1795338000",\
            "time":1795338000,"start_time":"2026-11-22T17:51:27.919876543210Z","end_time":919876543210000000}
            """
        let fake = try JSON(parsing: redacted(delivery(body, to: "whatsapp-cloud")).delivery.body)
        #expect(fake["code"].int == 131_060 && fake["file_size"].int == 104_857_600 && fake["time"].int == 1_795_338_000)
        #expect(fake["timestamp"].string != "1132345678" && fake["expiration_timestamp"].string != "+1795338000")
        #expect(fake["start_time"].string?.hasPrefix("2026-11-22T17:51:27.919") == true && fake["start_time"].string?.count == 33)
        let text = try #require(fake.text)
        for number in ["919876543210", "9876543210", "2125551234", "1132345678"] { #expect(!text.contains(number)) }
    }

    @Test("The accounts of the settings keep their names, whatever those are")
    func accountsOfSettings() throws {
        let names: Set<AccountName> = ["919876543210", "shop-919812345678", "lobby"]
        let redaction = try Redaction(seed: "a", accounts: names, kinds: []) { _ in nil }
        for name in names {
            var original = delivery("{}")
            original.account = name
            let fake = redaction.redacted(Capture(original)).delivery
            #expect(fake.account == name && fake.target == "/webhooks/kiosk/\(name)")
        }
    }
}

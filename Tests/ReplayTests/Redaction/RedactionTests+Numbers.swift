import JSON
import Journal
import Messaging
import Testing

@testable import Replay

// Numbers in bodies and texts.
extension RedactionTests {
    @Test("Short numbers do not stay, whoever chose the key, and never begin with a zero")
    func shortNumbers() throws {
        let numbers = [1234, 4711, 47, 7, 98]
        let list = "[\(numbers.map(String.init).joined(separator: ","))]"
        let body = #"{"data":{"pin":\#(list)},"response_json":"{\"age\":\#(list)}","open":\#(list)}"#
        let fake = try JSON(parsing: redacted(delivery(body)).delivery.body)
        let flow = try JSON(parsing: Array(#require(fake["response_json"].string).utf8))
        let digits = numbers.map { String($0).count }
        for list in [fake["data"]["pin"], flow["age"], fake["open"]] {
            let fakes = list.elements.map { $0.int ?? 0 }
            #expect(zip(fakes, numbers).allSatisfy { $0 != $1 })
            #expect(fakes.map { String($0).count } == digits)
        }
    }

    @Test("A person's number has one fake in every form: in JSON, in a text, in an address, in a link and in a message")
    func formsOfOnePerson() throws {
        let body = """
            {"from":"919876543210","number":919876543210,"plus":"+919876543210","uri":"tel:+919876543210","whatsapp":"whatsapp:919876543210",\
            "wa_id":919876543210,"profile":{"wa_id":"919876543210"},"WaId":"919876543210","id":919876543210,"float":919876543210.0,\
            "link":"https://wa.me/919876543210?text=hi","query":"https://api.whatsapp.com/send?phone=%2B919876543210&a=b",\
            "text":"call +91 98765 43210","dialled":"00919876543210","local":9876543210,"mobile":"09876543210","table":"919876543210.0"}
            """
        let json = try JSON(parsing: redacted(delivery(body)).delivery.body)
        let phone = try #require(json["from"].string)
        for name in ["number", "wa_id", "id"] { #expect(json[named: name].text == phone, "\(name)") }
        for name in ["plus", "uri", "whatsapp", "WaId", "link", "text"] {
            #expect(json[named: name].string?.filter(\.isNumber) == phone, "\(name)")
        }
        #expect(json["profile"]["wa_id"].string == phone && json["dialled"].string == "00" + phone)
        #expect(json["query"].string?.contains("=%2B\(phone)&") == true)
        #expect(json["float"].text == phone + ".0" && json["table"].string == phone + ".0")
        #expect(json["local"].text == String(phone.suffix(10)) && json["mobile"].string == "0" + phone.suffix(10))
        // Also if each is in a delivery of its own.
        for (name, written) in [("wa_id", "919876543210"), ("a", "00919876543210"), ("b", "tel:+919876543210")] {
            #expect(try value(name, written).filter(\.isNumber).hasSuffix(phone), "\(name)")
        }
    }

    @Test(
        "Digits have the same fake as a JSON number and as text",
        arguments: (0..<60).map { String(10_007 * ($0 + 1)) } + ["7", "42", "1.5", "-12.75", "411111111111111122", "1234567890123456"])
    func numbersAndTexts(number: String) throws {
        let body = #"{"a":\#(number),"b":"\#(number)","x":{"id":\#(number)},"y":{"id":"\#(number)"},"zeros":"00\#(number)"}"#
        let json = try JSON(parsing: redacted(delivery(body)).delivery.body)
        #expect(json["a"].text == json["b"].string && json["a"].text != number)
        #expect(json["x"]["id"].text == json["y"]["id"].string && json["x"]["id"].text != number)
        guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), (5...6).contains(number.count) else { return }
        #expect(json["zeros"].string == "00" + (json["a"].text ?? ""))
        #expect(try value("text", "see \(number) of it").contains(json["a"].text ?? "-"))
    }

    @Test("A number keeps its form and has the same fake everywhere; codes, sizes and times stay")
    func numbersInBodies() throws {
        let body = """
            {"pin":4821,"wide":123456789012345678901,"year":1984,"other":4821,"latitude":18.52,"longitude":-73.5,"zero":0,"tiny":0.05,\
            "code":470,\
            "file_size":12345,"timestamp":1795338000}
            """
        let fake = String(decoding: redacted(delivery(body, to: "whatsapp-cloud")).delivery.body, as: UTF8.self)
        let kept = #""code":470,"file_size":12345,"timestamp":1795338000}"#
        #expect(fake.hasSuffix(kept))
        let json = try JSON(parsing: Array(fake.utf8))
        #expect(json["pin"].int != 4821 && json["pin"].int == json["other"].int && json["year"].int != 1984)
        #expect(json["zero"].int == 0 && json["wide"].string?.count == 21 && !fake.contains("123456789012345678901"))
        for (key, pattern) in [
            ("latitude", #"[1-9]\d\.\d\d"#), ("longitude", #"-[1-9]\d\.\d"#), ("tiny", #"0\.0[1-9]"#),
            ("pin", #"[1-9]\d\d\d"#),
        ] {
            let text = try #require(json[named: key].text)
            #expect(text.wholeMatch(of: try Regex(pattern)) != nil, "\(key): \(text)")
            #expect(!body.contains("\"\(key)\":\(text),"))
        }
    }

    @Test("Of consecutive numbers nothing stays, and each has its own fake")
    func twoNumbers() throws {
        let text = try value("text", "98765 43210 98765 43211")
        #expect(text == (try value("text", "98765 43210")) + " " + (try value("text", "98765 43211")))
        let long = try value("text", "1111 2222 3333 4444 5555 6666")
        #expect(zip(long.split(separator: " "), 1...6).allSatisfy { $0 != String(repeating: "\($1)", count: 4) })
    }

    @Test(
        "A phone in a text is replaced by its fake, however it is written",
        arguments: [
            ("98765 43210", true), ("098765 43210", true), ("09876543210", true), ("(0) 98765-43210", true), ("12 9876543210", false),
            ("00919876543210", true), ("4711 0815 2323 98765 43210", false),
        ])
    func phoneInText(written: String, isAlone: Bool) throws {
        let body = #"{"from":"919876543210","text":"call \#(written)"}"#
        let known = try JSON(parsing: redacted(delivery(body)).delivery.body)
        let phone = try #require(known["from"].string)
        let text = try #require(known["text"].string)
        #expect(text.filter(\.isNumber).hasSuffix(phone.suffix(10)))
        #expect(text.filter { !$0.isNumber && !$0.isLetter } == " " + written.filter { !$0.isNumber })
        #expect(isAlone || !text.contains(written.prefix(2)))
    }

    @Test("A local number is one of the region even if no other spelling of it occurs", arguments: ["98765 43210", "098765 43210"])
    func localInText(written: String) throws {
        let text = try value("text", "call \(written)")
        #expect(text.filter(\.isNumber).hasSuffix(try value("from", "919876543210").suffix(10)))
        let german = try Redaction(seed: "a seed for tests", region: "DE", kinds: []) { _ in nil }
        let fakes = try ["+4915112345678", "015112345678"].map { phone in
            try #require(
                JSON(parsing: german.redacted(Capture(delivery(#"{"phone":"\#(phone)"}"#))).delivery.body)["phone"].string)
        }
        #expect(fakes[0].suffix(11) == fakes[1].suffix(11))
    }

    @Test(
        "An id is replaced whole, even if its digits could be a number, and stays equal or distinct",
        arguments: ["catalog_id", "id", "listing_ids", "productId", "MessageSid", "ref-id"])
    func ids(key: String) throws {
        for original in ["55566677788", "4930901820", "919876543210", "order 55566677788", "55-5666-77788"] {
            let fake = try value(key, original)
            let again = try value(key, original)
            #expect(fake.count == original.count && fake == again)
            let shown = fake.filter(\.isNumber)
            #expect(!shown.hasPrefix(original.filter(\.isNumber).prefix(4)), "\(original) is \(fake)")
        }
        let numbers = #"{"\#(key)":[55566677788,55566677789]}"#
        let fakes = try JSON(parsing: redacted(delivery(numbers)).delivery.body)[named: key].elements.map { $0.text ?? "" }
        #expect(Set(fakes).count == 2 && fakes.allSatisfy { $0.count == 11 && !$0.hasPrefix("5556") })
    }

    @Test("An id that is a person's number has that person's fake, and so has an id that equals such a number elsewhere")
    func numbersCalledIDs() throws {
        let body = #"{"from":"919876543210","wa_id":"919876543210","threads":[{"id":"919876543210"}],"customer_id":"919876543210"}"#
        let fake = try JSON(parsing: redacted(delivery(body, to: "whatsapp-cloud")).delivery.body)
        let phone = try #require(fake["from"].string)
        #expect(phone.hasPrefix("91") && phone != "919876543210")
        for other in [fake["wa_id"], fake["threads"][0]["id"], fake["customer_id"]] { #expect(other.string == phone) }
        let alone = try JSON(parsing: redacted(delivery(#"{"recipient_id":"919876543210"}"#, to: "whatsapp-cloud")).delivery.body)
        #expect(alone["recipient_id"].string == phone)
    }
}

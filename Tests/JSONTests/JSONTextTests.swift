import JSON
import Testing

@Suite("Limits of JSON texts")
struct JSONTextTests {
    @Test(
        "A value is written again without white space and otherwise the same",
        arguments: [
            #"{"a":[1,-2,3.5,true,false,null,"x"],"b":{}}"#, "[]", "{}", #""""#, "null", "true", "0", #""\"\\/ é 😀 ñ 日本""#,
            "18446744073709551615", "-9223372036854775808", "0.1", "-0.0", "5e-324", "123456.789",
            "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
        ])
    func roundTrip(text: String) throws {
        #expect(try parse(text).text == text)
        #expect(try parse(" \n\t" + text + "\r\n ").text == text)
    }

    @Test(
        "Escapes are resolved in strings and written again only where they must be",
        arguments: [
            (#""\u00e9\/""#, "é/", #""é/""#), (#""\ud83d\ude00""#, "😀", #""😀""#), (#""a\"b\\c\n\t""#, "a\"b\\c\n\t", #""a\"b\\c\n\t""#),
            (#""\u0000\u001f""#, "\0\u{1F}", #""\u0000\u001f""#), (#""\b\f""#, "\u{8}\u{C}", #""\b\f""#),
        ])
    func escapes(text: String, string: String, again: String) throws {
        let json = try parse(text)
        #expect(json.string == string)
        #expect(json.text == again)
    }

    @Test(
        "Half a surrogate pair becomes U+FFFD, a whole one is kept",
        arguments: [
            (#""\ud800""#, "\u{FFFD}"), (#""\uDC00""#, "\u{FFFD}"), (#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud800x""#, "\u{FFFD}x"), (#""\ud800\n""#, "\u{FFFD}\n"),
            (#""\ud83d\ude00 \udfff""#, "😀 \u{FFFD}"), (#""\ud800\u0041""#, "\u{FFFD}A"),
        ])
    func surrogates(text: String, string: String) throws {
        #expect(try parse(text).string == string)
    }

    @Test("An escaped backslash or quote before what looks like half a pair is left alone")
    func escapedBackslash() throws {
        let json = try parse(#"["\ud800","\\ud800","\"\\\\udc00\"","a\"","b"]"#)
        #expect(json.elements.map(\.string) == ["\u{FFFD}", "\\ud800", "\"\\\\udc00\"", "a\"", "b"])
    }

    @Test("Half a surrogate pair in a member's name is replaced as well")
    func surrogateName() throws {
        #expect(try parse(#"{"a\ud800":1}"#)[named: "a\u{FFFD}"].int == 1)
    }

    @Test(
        "Numbers too large for 64 bits or a double stay numbers, and are written as strings of their digits",
        arguments: ["18446744073709551616", "-9223372036854775809", "1e999", "-1.5E+400", "123456789012345678901234567890"])
    func bigNumbers(number: String) throws {
        let values = [
            try parse(number), try parse("[\"\(number)\",\(number)]")[1],
            try parse("{\"\(number)\":{\"b\":\(number)}}")[named: number]["b"],
        ]
        for json in values {
            #expect(json.isBeyondRange && json.kind == .number)
            #expect(json.string == nil && json.int == nil && json.double == nil)
            #expect(json.stringOrNumber == number)
        }
        let neighbour = try parse("[\"\(number)\",\(number)]")[0]
        #expect(!neighbour.isBeyondRange && neighbour.string == number)
        #expect(try parse("{\"a\":\(number),\"b\":2}").text == "{\"a\":\"\(number)\",\"b\":2}")
    }

    @Test("In a text with a number that is too large, digits in strings and other numbers stay unchanged")
    func bigNumberNeighbours() throws {
        let json = try parse(#"{"n":99999999999999999999,"s":"99999999999999999999 1e999","d":2.50,"i":-3}"#)
        #expect(json["s"].string == "99999999999999999999 1e999")
        #expect(json["d"].double == 2.5)
        #expect(json["i"].int == -3)
    }

    @Test(
        "A text that is not JSON is refused with a reason",
        arguments: [
            "", " ", "{", "[1,", "[1,]", #"{"a"}"#, #"{"a":}"#, "{} x", "1 2", "nul", "truth", "-", "+1", "01", "1.", ".5", "1e", "NaN",
            "'a'",
            #""a"#, #""\x""#, #""\u12""#, #""\u""#, #""\u123g""#, "\"a\tb\"", "{1:2}", "\u{FEFF}{}",
        ])
    func refused(text: String) {
        #expect(reason(against: Array(text.utf8))?.isEmpty == false)
    }

    @Test(
        "A malformed number is refused even if it is too large",
        arguments: [
            "[099999999999999999999]", "[1e999e5]", "[99999999999999999999-5]", "[-01e999]", "[1.e999]", "[99999999999999999999.]",
            "[--1e999]",
        ])
    func malformedBigNumbers(text: String) {
        #expect(reason(against: Array(text.utf8))?.isEmpty == false)
    }

    @Test("A string that ends within an escape is refused, also after half a pair")
    func unfinishedEscape() {
        #expect(reason(against: Array(#"["\ud800","\u"#.utf8)) != nil)
        #expect(reason(against: Array(#"["\ud800","\ud8"]"#.utf8)) != nil)
        #expect(reason(against: Array(#"["\ud800\"#.utf8)) != nil)
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC0, 0x80]] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(reason(against: [0x22] + bytes + [0x22]) == "The input is not valid UTF-8")
    }

    @Test("Nesting is accepted to a depth of 1024, and refused beyond")
    func nesting() throws {
        let deepest = String(repeating: "[", count: 1024) + String(repeating: "]", count: 1024)
        #expect(try parse(deepest).text == deepest)
        #expect(reason(against: Array("[\(deepest)]".utf8))?.isEmpty == false)
        #expect(reason(against: Array(String(repeating: #"{"a":"#, count: 100_000).utf8))?.isEmpty == false)
    }

    @Test("After a refused text the next one is read")
    func afterRefusal() throws {
        #expect(reason(against: Array("[1,".utf8)) != nil)
        #expect(try parse("[1]").text == "[1]")
    }

    private func reason(against bytes: [UInt8]) -> String? {
        do throws(JSONError) {
            _ = try JSON(parsing: bytes)
            return nil
        } catch {
            return error.description
        }
    }
}

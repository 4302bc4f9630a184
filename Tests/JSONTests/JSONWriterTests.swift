import JSON
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    @Test("Objects and arrays nest, with commas where they belong")
    func nesting() {
        var writer = JSONWriter()
        writer.object { object in
            object.member("a", "x")
            object.member("n", -5)
            object.member("b", true)
            object.key("list")
            object.array { list in
                list.int(UInt64.max)
                list.null()
                list.bool(false)
                list.object { _ in }
                list.array { _ in }
                list.string("s")
            }
            object.member("raw", raw: #"{"k":[1]}"#)
            object.key("inner")
            object.object { $0.member("z", "") }
        }
        #expect(
            writer.text
                == #"{"a":"x","n":-5,"b":true,"list":[18446744073709551615,null,false,{},[],"s"],"raw":{"k":[1]},"inner":{"z":""}}"#)
        #expect(writer.bytes == Array(writer.text.utf8))
    }

    @Test("A member without a value is left out, with its comma")
    func absentMember() {
        var writer = JSONWriter()
        writer.object { object in
            object.member("a", ifPresent: nil)
            object.member("b", ifPresent: "x")
            object.member("c", ifPresent: nil)
            object.member("d", ifPresent: "")
        }
        #expect(writer.text == #"{"b":"x","d":""}"#)
    }

    @Test("A raw value in an array is separated like any other")
    func rawElements() {
        var writer = JSONWriter(capacity: 0)
        writer.array {
            $0.raw("1")
            $0.raw("[2]")
        }
        #expect(writer.text == "[1,[2]]")
    }

    @Test(
        "Quotes, backslashes and control characters are escaped, nothing else",
        arguments: [
            ("\"", #""\"""#), ("\\", #""\\""#), ("\n\r\t", #""\n\r\t""#), ("\0\u{1F}\u{8}\u{C}", #""\u0000\u001f\u0008\u000c""#),
            ("a\"b\\", #""a\"b\\""#), ("/é😀\u{7F}\u{2028}", "\"/é😀\u{7F}\u{2028}\""), ("", #""""#),
        ])
    func escapes(text: String, written: String) {
        var writer = JSONWriter()
        writer.string(text)
        #expect(writer.text == written)
    }

    @Test("Names are escaped like values")
    func escapedName() {
        var writer = JSONWriter()
        writer.object { $0.member("a\"\n", "v") }
        #expect(writer.text == #"{"a\"\n":"v"}"#)
    }

    @Test("Every ASCII character is read back as it was written")
    func roundTrip() throws {
        let ascii = String(decoding: 0..<128 as Range<UInt8>, as: UTF8.self)
        var writer = JSONWriter()
        writer.array { $0.string(ascii) }
        #expect(try JSON(parsing: writer.bytes)[0].string == ascii)
    }
}

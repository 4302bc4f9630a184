import Forms
import Testing

@Suite("Forms")
struct FormTests {
    @Test(
        "A body is read as its fields in order, decoded",
        arguments: [
            ("a=1&b=2", ["a=1", "b=2"]), ("", []), ("&&", []), ("a", ["a="]), ("a=", ["a="]), ("=1", ["=1"]), ("=", ["="]),
            ("a=1=2", ["a=1=2"]), ("a+b=c%20d", ["a b=c d"]), ("%41%2b=%2B%26%3d", ["A+=+&="]),
            ("a=50%&b=%zz&c=%4", ["a=50%", "b=%zz", "c=%4"]),
            ("a=1&a=2&a=1", ["a=1", "a=2", "a=1"]), ("n=%E0%A4%A8", ["n=न"]), ("n=%FF", ["n=\u{FFFD}"]), ("a=1&", ["a=1"]),
        ])
    func fields(body: String, fields: [String]) {
        #expect(Form(body).map { "\($0.name)=\($0.value)" } == fields)
    }

    @Test("Of several values the first counts, and an unknown name has none")
    func lookup() {
        let form = Form("a=1&A=2&a=3&b=&c")
        #expect(form["a"] == "1")
        #expect(form["A"] == "2")
        #expect(form["b"] == "")
        #expect(form["c"] == "")
        #expect(form["d"] == nil)
    }

    @Test("Bytes that are not UTF-8 stay unchanged")
    func bytes() throws {
        let field = try #require(Form("a=%FF%00x").first)
        #expect(Array(field.valueBytes) == [0xFF, 0x00, 0x78])
    }

    @Test("A body with more fields than allowed is not read", arguments: [(3, true), (4, false)])
    func limit(count: Int, isTaken: Bool) {
        let body = Array((0..<count).map { "a\($0)=1" }.joined(separator: "&").utf8)
        #expect((Form(body, limit: 3) != nil) == isTaken)
    }

    @Test(
        "A query is the part between the question mark and the fragment",
        arguments: [("/a?b=1#c=2", ["b=1"]), ("/a", []), ("/a?", []), ("/a?b=?&c=/", ["b=?", "c=/"]), ("/a#b?c=1", [])])
    func query(target: String, fields: [String]) {
        #expect(Form(queryOf: target).map { "\($0.name)=\($0.value)" } == fields)
    }

    @Test(
        "Decoding an encoded text gives the same text",
        arguments: ["", "a b", "a+b&c=d%", "नमस्ते", "*-._~", "\u{0}\n\u{7F}", String(repeating: "é", count: 1000)])
    func roundTrip(text: String) {
        #expect(FormText.decode(FormText.encode(text)) == text)
        #expect(Form("\(FormText.encode(text))=\(FormText.encode(text))").map { [$0.name, $0.value] } == [[text, text]])
    }

    @Test(
        "Encoding keeps letters, digits and four characters, and writes escapes in upper case",
        arguments: [("a Z9*-._", "a+Z9*-._"), ("é~/", "%C3%A9%7E%2F")])
    func encoding(text: String, encoded: String) {
        #expect(FormText.encode(text) == encoded)
    }
}

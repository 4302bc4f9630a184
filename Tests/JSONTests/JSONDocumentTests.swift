import JSON
import Testing

@Suite("The lifetime of a JSON text")
struct JSONDocumentTests {
    @Test("A view stays valid when every other view of its text is gone")
    func lifetime() throws {
        let leaf = try leaf(of: #"{"a":{"b":["x","kept \#(String(repeating: "…", count: 100))"]}}"#)
        for number in 0..<100 { #expect(try parse("[\(number),\"overwritten\"]")[0].int == Int64(number)) }
        #expect(leaf.string == "kept " + String(repeating: "…", count: 100))
    }

    @Test("An iteration keeps its text alive")
    func walkLifetime() throws {
        var elements = try parse(#"["first","second"]"#).elements
        _ = try parse(#"["other","words"]"#)
        #expect(elements.next()?.string == "first")
        #expect(elements.next()?.string == "second")
    }

    @Test("A body of four mebibytes is read whole")
    func largeBody() throws {
        let item = #"{"id":"wamid.HBgM","text":{"body":"नमस्ते 😀"}}"#
        let count = 4 * 1024 * 1024 / (item.utf8.count + 1)
        let text = "[" + Array(repeating: item, count: count).joined(separator: ",") + "]"
        let json = try parse(text)
        #expect(json.count == count)
        #expect(json[count - 1]["text"]["body"].string == "नमस्ते 😀")
        #expect(json.text == text)
    }

    @Test("A string longer than the parser's buffer is read whole, and so are small texts after it")
    func longString() throws {
        let long = String(repeating: "abcdefgh", count: 64 * 1024)
        #expect(try parse("[\"\(long)\"]")[0].string == long)
        #expect(try parse("[\"short\"]")[0].string == "short")
    }

    @Test("Many threads read one text and each parse their own")
    func threads() async throws {
        let shared = try parse(#"{"list":[1,2,3],"text":"shared"}"#)
        let right = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    (0..<200).allSatisfy { turn in
                        let own = try? parse(#"{"n":\#(number),"turn":\#(turn),"half":"\ud800"}"#)
                        return own?["n"].int == Int64(number) && own?["turn"].int == Int64(turn) && own?["half"].string == "\u{FFFD}"
                            && shared["text"].string == "shared" && shared["list"].elements.compactMap(\.int) == [1, 2, 3]
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 64)
    }

    private func leaf(of text: String) throws -> JSON { try parse(text)["a"]["b"][1] }
}

import Testing

@testable import Journal

@Suite("The ends that byte strings have in common")
struct SharedEndsTests {
    @Test(
        "Beginning and end stop at a boundary, so that no value is cut, and never overlap",
        arguments: [
            (["{\"t\":17,\"n\":1}", "{\"t\":18,\"n\":2}"], "{\"t\"", "}"),
            (["{\"a\":\"Asha\",\"z\":1}", "{\"a\":\"Ashok\",\"z\":1}"], "{\"a\":\"", "\",\"z\":1}"),
            (["From=91&Text=a&Last=9", "From=92&Text=b&Last=9"], "From=", "&Last=9"),
            (["sha256=aa", "sha256=ab"], "sha256=", ""),
            (["abc1", "abc2"], "", ""),
            (["[]", "[]"], "[]", ""),
            (["{\"a\":[]}", "{\"a\":[[]]}"], "{\"a\":[", "]}"),
            (["", "{}"], "", ""),
            (["\"é\"", "\"è\""], "\"", "\""),
        ])
    func ends(_ texts: [String], _ start: String, _ end: String) {
        for texts in [texts, texts.reversed()] {
            var ends = SharedEnds(of: Array(texts[0].utf8))
            for text in texts.dropFirst() { ends.narrow(to: Array(text.utf8)) }
            ends = ends.cut()
            #expect(ends == SharedEnds(start: Array(start.utf8), end: Array(end.utf8)))
            for text in texts {
                let bytes = Array(text.utf8)
                #expect(ends.fit(bytes))
                #expect(ends.start + ends.middle(of: bytes) + ends.end == bytes)
            }
        }
    }

    @Test(
        "The ends fit strings that begin and end with them without an overlap",
        arguments: [("{}", true), ("{1}", true), ("{", false), ("", false), ("{]", false)])
    func fits(_ text: String, _ isFit: Bool) {
        #expect(SharedEnds(start: Array("{".utf8), end: Array("}".utf8)).fit(Array(text.utf8)) == isFit)
    }

    @Test("Each end has at most a thousand bytes, however long the bodies are")
    func longest() {
        let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 5000)
        let ends = SharedEnds(of: bytes).cut()
        #expect(ends.start.count == SharedEnds.longest)
        #expect(ends.end.count == SharedEnds.longest)
    }

    private func form(_ start: String, _ end: String = "") -> DeliveryForm { DeliveryForm(id: 1, parts: parts(start, end)) }

    private func parts(_ start: String, _ end: String = "") -> SharedParts {
        let body = SharedEnds(start: Array(start.utf8), end: Array(end.utf8))
        return SharedParts(headers: SharedEnds(start: [], end: []), body: body)
    }

    @Test("A new form must save enough compared with existing ones, and leaves out values that were equal by chance")
    func news() {
        let limits = FormLimits()
        let long = String(repeating: "[", count: 60)
        #expect(limits.news(parts("[["), to: []) == nil)
        #expect(limits.news(parts(long), to: []) == parts(long))
        // Nothing that the existing form lacks.
        #expect(limits.news(parts(long), to: [form(long)]) == nil)
        #expect(limits.news(parts(long + "[["), to: [form(long)]) == nil)
        #expect(limits.news(parts(long + long), to: [form(long)]) == parts(long + long))
        // The existing form contains a time.
        #expect(limits.news(parts(long + "\"13\""), to: [form(long + "\"12\"")]) == parts(long + "\""))
        // A different kind of body.
        let other = String(repeating: "{", count: 60)
        #expect(limits.news(parts("[" + other), to: [form("[" + long)]) == parts("[" + other))
    }
}

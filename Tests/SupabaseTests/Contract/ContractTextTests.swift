import Testing

@testable import Supabase

@Suite("JSON text in a form that PostgreSQL accepts")
struct ContractTextTests {
    @Test(
        "Escaped NULs and unpaired surrogates become U+FFFD, everything else stays",
        arguments: [
            (#""\u0000""#, #""\ufffd""#), (#""\\u0000""#, #""\\u0000""#), (#""\\\u0000""#, #""\\\ufffd""#),
            (#""\\\\u0000""#, #""\\\\u0000""#),
            (#""\u0000\u0000""#, #""\ufffd\ufffd""#), (#""\n\u0000\"""#, #""\n\ufffd\"""#), (#""\u0001 \u00e4""#, #""\u0001 \u00e4""#),
            (#""\uD83D\uDC4B""#, #""\uD83D\uDC4B""#), (#""\ud83d""#, #""\ufffd""#), (#""\udc4b\ud83d""#, #""\ufffd\ufffd""#),
            (#""\ud83d\ud83d\udc4b""#, #""\ufffd\ud83d\udc4b""#), (#""\ud83d\u0000""#, #""\ufffd\ufffd""#), (#""\ud83dx""#, #""\ufffdx""#),
            (#""\ud83d\\udc4b""#, #""\ufffd\\udc4b""#), ("{}", "{}"), ("", ""), (#"\"#, #"\"#), (#"\u00"#, #"\u00"#),
            (#"\ud83d\u"#, #"\ufffd\u"#),
        ])
    func sanitized(text: String, expected: String) {
        #expect(String(decoding: ContractText.sanitized(Array(text.utf8)), as: UTF8.self) == expected)
    }
}

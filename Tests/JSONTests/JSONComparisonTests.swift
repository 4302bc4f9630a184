import JSON
import Testing

@Suite("Comparing JSON values")
struct JSONComparisonTests {
    @Test(
        "Values with the same meaning are equal, whatever their notation",
        arguments: [
            (#"{"a":1,"b":[true,null]}"#, #"{ "b" : [true, null], "a" : 1 }"#), (#""\u0041""#, #""A""#), ("1.50", "1.5"), ("1", "1.0"),
            ("103", "1.03e2"),
            ("[]", "[ ]"),
            (#"{"a":1,"a":2}"#, #"{"a":1,"a":2}"#),
        ])
    func same(one: String, other: String) throws {
        #expect(try parse(one).isSame(as: parse(other)))
        #expect(try parse(other).isSame(as: parse(one)))
        #expect(try parse(one).canonicalText() == parse(other).canonicalText())
    }

    @Test(
        "Values with different meanings are different",
        arguments: [
            (#"{"a":1}"#, #"{"a":2}"#), (#"{"a":1}"#, #"{"a":1,"b":null}"#), ("[1,2]", "[2,1]"), ("1", #""1""#), ("1e999", #""1e999""#),
            ("null", "false"),
            ("[]", "{}"), ("9007199254740993", "9007199254740992"), ("18446744073709551615", "18446744073709551614"),
            (#"{"a":{"b":[1]}}"#, #"{"a":{"b":[2]}}"#),
        ])
    func different(one: String, other: String) throws {
        #expect(try !parse(one).isSame(as: parse(other)))
        #expect(try !parse(other).isSame(as: parse(one)))
        #expect(try parse(one).canonicalText() != parse(other).canonicalText())
    }

    @Test("Ignored members are omitted from a value's canonical text, but not from those of the values within it")
    func passing() throws {
        let value = try parse(#"{"b":{"p":1},"p":2,"a":"\u0022"}"#)
        #expect(value.canonicalText(passing: ["p"]) == #"{"a":"\"","b":{"p":1}}"#)
    }

    @Test("A value nested a thousand levels deep, and one of a hundred thousand members, are compared")
    func large() throws {
        let deep = String(repeating: "[", count: 1000) + "7" + String(repeating: "]", count: 1000)
        #expect(try parse(deep).isSame(as: parse(deep)))
        #expect(try !parse(deep).isSame(as: parse(deep.replacing("7", with: "8"))))
        let names = (0..<100_000).map { #""name-\#($0)":\#($0)"# }
        let (one, other) = ("{\(names.joined(separator: ","))}", "{\(names.reversed().joined(separator: ","))}")
        #expect(try parse(one).isSame(as: parse(other)))
    }

    @Test(
        "A value contains another if PostgreSQL's operator @> says so",
        arguments: [
            (#"{"type":"x","id":"1"}"#, #"{"type":"x"}"#, true), (#"{"type":"x"}"#, #"{"type":"y"}"#, false),
            (#"{"errors":[{"code":1},{"code":131060,"title":"t"}]}"#, #"{"errors":[{"code":131060}]}"#, true),
            (#"{"errors":[{"code":"131060"}]}"#, #"{"errors":[{"code":131060}]}"#, false), (#"{"errors":{}}"#, #"{"errors":[]}"#, false),
            ("[1,2,3]", "[3,1]", true), ("[1]", "[1,1]", true), ("{}", "{}", true), (#"{"a":null}"#, #"{"a":null}"#, true),
            ("{}", #"{"a":null}"#, false), ("7", "7", true),
        ])
    func contains(whole: String, part: String, expected: Bool) throws {
        #expect(try parse(whole).contains(parse(part)) == expected)
    }
}

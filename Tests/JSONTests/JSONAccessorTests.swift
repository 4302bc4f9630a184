import JSON
import Testing

@Suite("Reading values of a JSON text")
struct JSONAccessorTests {
    private let every: JSON

    init() throws {
        every = try parse(
            #"{"null":null,"yes":true,"no":false,"int":-7,"big":18446744073709551615,"double":1.5,"whole":3.0,"text":"hi","list":[1,"b",null],"map":{"a":{"b":"deep"}}}"#
        )
    }

    @Test(
        "Each value reports its kind",
        arguments: [
            ("null", JSON.Kind.null), ("yes", .bool), ("no", .bool), ("int", .number), ("big", .number), ("double", .number),
            ("text", .string), ("list", .array), ("map", .object), ("nothing", .absent),
        ])
    func kinds(key: String, kind: JSON.Kind) {
        #expect(every[named: key].kind == kind)
    }

    @Test("A value is present if it exists and is not null")
    func presence() {
        #expect(every["no"].isPresent)
        #expect(!every["null"].isPresent)
        #expect(!every["nothing"].isPresent)
    }

    @Test("Only a JSON string is read as a string", arguments: ["null", "yes", "int", "double", "list", "map", "nothing"])
    func strings(other: String) {
        #expect(every["text"].string == "hi")
        #expect(every[named: other].string == nil)
    }

    @Test("Only true and false are read as a bool", arguments: ["null", "int", "text", "list", "map", "nothing"])
    func bools(other: String) {
        #expect(every["yes"].bool == true)
        #expect(every["no"].bool == false)
        #expect(every[named: other].bool == nil)
    }

    @Test(
        "A whole number is read as the text of its digits, however the number is written",
        arguments: [
            ("103", "103", "103"), ("-103", "-103", "-103"), ("18446744073709551615", "18446744073709551615", "18446744073709551615"),
            ("103.0", nil, "103"), ("1.03e2", nil, "103"), ("9007199254740991.0", nil, "9007199254740991"),
            ("9007199254740992.0", nil, nil), ("1.5", nil, nil), ("1e300", nil, nil), ("-1e300", nil, nil),
            ("-9223372036854775808.0", nil, nil), ("true", nil, nil),
            (#""103""#, nil, nil), ("null", nil, nil), ("[]", nil, nil), ("1030E-1", nil, "103"), ("-0.0", nil, "0"), ("0e0", nil, "0"),
            ("10.30e1", nil, "103"), ("103.00000000000000000001", nil, nil), ("102.99999999999999999999", nil, nil), ("1e-400", nil, nil),
            ("1E400", nil, nil), ("0.5e0", nil, nil), ("1035e-1", nil, nil), ("99999999999999999999", nil, nil),
        ] as [(String, String?, String?)])
    func numberTexts(text: String, integer: String?, whole: String?) throws {
        let body = Array(#"{"a":1.5,"n\u0075m":\#(text) ,"z":"1E400"}"#.utf8)
        let json = try JSON(parsing: body)
        #expect(json["num"].integerText == integer)
        #expect(json.wholeText(of: "num", in: body) == whole)
    }

    @Test(
        "A member that occurs twice in its object is found at any depth, with its path",
        arguments: [
            (#"{"phone":1,"phone":1}"#, "phone"), (#"{"a":{"b":1},"b":{"b":1}}"#, nil),
            (#"{"a":[1,{"b":{"c":1,"d":2,"\u0063":3}}]}"#, "a[1].b.c"),
            (#"[{"a":1},[{"a":1,"a":2}]]"#, "[1][0].a"), (#"{"":1,"":2}"#, ""), ("7", nil), (#"{"a":1,"A":2,"\u00e1":3,"a\u0301":4}"#, nil),
        ] as [(String, String?)])
    func repeatedMembers(text: String, path: String?) throws {
        #expect(try parse(text).repeatedMember == path)
    }

    @Test(
        "An int is a whole number within 64 signed bits",
        arguments: [
            ("-7", -7), ("0", 0), ("-0", 0), ("3.0", 3), ("1e3", 1000), ("9223372036854775807", Int64.max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("1.5", nil), ("1e300", nil), ("\"7\"", nil), ("true", nil), ("null", nil), ("[7]", nil),
            ("{}", nil),
        ] as [(String, Int64?)])
    func ints(text: String, value: Int64?) throws {
        #expect(try parse(text).int == value)
    }

    @Test(
        "A double is any number",
        arguments: [
            ("-7", -7), ("18446744073709551615", 0x1p64), ("1.5", 1.5), ("5e-324", .leastNonzeroMagnitude), ("1e-999", 0),
            ("\"1.5\"", nil),
            ("false", nil), ("null", nil), ("[]", nil),
        ] as [(String, Double?)])
    func doubles(text: String, value: Double?) throws {
        #expect(try parse(text).double == value)
    }

    @Test(
        "An identifier is read from a string or a number",
        arguments: [
            ("\"103\"", "103"), ("103", "103"), ("18446744073709551615", "18446744073709551615"),
            ("99999999999999999999", "99999999999999999999"),
            ("\"\"", ""), ("true", nil), ("null", nil), ("[1]", nil), ("{}", nil),
        ] as [(String, String?)])
    func stringOrNumber(text: String, value: String?) throws {
        #expect(try parse(text).stringOrNumber == value)
    }

    @Test("Reading through a value that is absent or of another kind returns an absent value")
    func chains() {
        #expect(every["map"]["a"]["b"].string == "deep")
        #expect(every["map"]["x"]["b"].kind == .absent)
        #expect(every["text"]["a"].kind == .absent)
        #expect(every["list"]["a"].kind == .absent)
        #expect(every["null"]["a"][named: "b"][3].text == nil)
        #expect(every["nothing"].count == 0)
        #expect(Array(every["nothing"].elements).isEmpty)
        #expect(Array(every["nothing"].members).isEmpty)
        #expect(every["nothing"].stringOrNumber == nil)
        #expect(every["nothing"].double == nil)
        #expect(every["nothing"].int == nil)
    }

    @Test("Names in other alphabets, names with escapes and empty names are found")
    func names() throws {
        let json = try parse(#"{"":1,"имя":2,"q\"uote":3,"back\\slash":4,"\u00e9":5,"tab\t":6,"😀":7,"nul\u0000":8}"#)
        #expect(json[""].int == 1)
        #expect(json["имя"].int == 2)
        #expect(json["q\"uote"].int == 3)
        #expect(json["back\\slash"].int == 4)
        #expect(json["é"].int == 5)
        #expect(json[named: ""].int == 1)
        #expect(json[named: "имя"].int == 2)
        #expect(json[named: "tab\t"].int == 6)
        #expect(json[named: "😀"].int == 7)
        #expect(json[named: "nul\0"].int == 8)
        #expect(json[named: "nul"].kind == .absent)
    }

    @Test("Of two members with the same name the first is found; iterating returns both")
    func duplicates() throws {
        let json = try parse(#"{"a":1,"b":2,"a":3}"#)
        #expect(json["a"].int == 1)
        #expect(json[named: "a"].int == 1)
        #expect(json.members.map(\.key) == ["a", "b", "a"])
        #expect(json.members.map(\.value.int) == [1, 2, 3])
    }

    @Test("Iterating returns elements and members in order, and nothing for values of another kind")
    func walking() throws {
        let json = try parse(#"{"list":[3,[1,2],"x",{}],"z":1,"a":{"k":null}}"#)
        #expect(json["list"].elements.map(\.text) == ["3", "[1,2]", "\"x\"", "{}"])
        #expect(json.members.map(\.key) == ["list", "z", "a"])
        #expect(json.elements.map(\.kind).isEmpty)
        #expect(json["list"].members.map(\.key).isEmpty)
        #expect(json["list"].count == 4)
        #expect(json.count == 3)
        #expect(json["z"].count == 0)
    }

    @Test("An iterator that has ended stays ended")
    func endedWalk() throws {
        var elements = try parse("[1]").elements
        #expect(elements.next()?.int == 1)
        #expect(elements.next() == nil)
        #expect(elements.next() == nil)
        var members = try parse(#"{"a":1}"#).members
        #expect(members.next()?.key == "a")
        #expect(members.next() == nil)
        #expect(members.next() == nil)
    }

    @Test("An index outside the array, or into a value that is not an array, is absent", arguments: [-1, 3, Int.max, Int.min])
    func indices(outside: Int) {
        #expect(every["list"][1].string == "b")
        #expect(every["list"][2].kind == .null)
        #expect(every["list"][outside].kind == .absent)
        #expect(every["map"][0].kind == .absent)
    }
}

/// Parses a string as JSON.
func parse(_ text: String) throws(JSONError) -> JSON { try JSON(parsing: Array(text.utf8)) }

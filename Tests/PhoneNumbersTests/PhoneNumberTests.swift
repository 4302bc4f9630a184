import PhoneNumbers
import SwitchboardTesting
import Testing

@Suite("Reading phone numbers")
struct PhoneNumberTests {
    @Test(
        "A local number is read as one of its region",
        arguments: [
            ("9876543210", "IN", "+919876543210"), ("09876543210", "IN", "+919876543210"), ("98765-43210", "IN", "+919876543210"),
            ("(11) 91234-5678", "BR", "+5511912345678"), ("0 21 11 91234-5678", "BR", "+5511912345678"),
            ("2125550123", "US", "+12125550123"),
            ("1 (212) 555-0123", "US", "+12125550123"), ("212.555.0123", "US", "+12125550123"), ("020 7946 0958", "GB", "+442079460958"),
            ("07400 123456", "GB", "+447400123456"), ("011 15 2345 6789", "AR", "+5491123456789"), ("55 1234 5678", "MX", "+525512345678"),
        ])
    func local(text: String, region: String, e164: String) {
        #expect(PhoneNumber(text, region: region)?.e164 == e164)
    }

    @Test(
        "A number with its country code is the same in any region",
        arguments: [
            "+919876543210", "+91 98765 43210", "+91-98765-43210", "(+91) 98765 43210", " +91 98765 43210 ", "+91 (0) 98765 43210",
            "tel:+91-98765-43210", "＋９１９８７６５４３２１０", "+٩١٩٨٧٦٥٤٣٢١٠", "+९१९८७६५४३२१०",
        ])
    func international(text: String) {
        for region in ["IN", "US", "BR", "ZZ"] { #expect(PhoneNumber(text, region: region)?.e164 == "+919876543210") }
    }

    @Test(
        "The region's own prefix for abroad is understood",
        arguments: [("00919876543210", "IN"), ("00 91 98765 43210", "GB"), ("011 91 98765 43210", "US")])
    func prefixForAbroad(text: String, region: String) {
        #expect(PhoneNumber(text, region: region)?.e164 == "+919876543210")
    }

    @Test("Digits of any script count as digits", arguments: ["٩٨٧٦٥٤٣٢١٠", "９８７６５４３２１０", "९८७६५४३२१०"])
    func scripts(text: String) {
        #expect(PhoneNumber(text, region: "IN")?.e164 == "+919876543210")
    }

    @Test(
        "A number that is not valid in its region is refused",
        arguments: [
            ("", "IN"), (" ", "IN"), ("+", "IN"), ("-", "IN"), ("12345", "IN"), ("112", "IN"), ("98765432101234", "IN"),
            (String(repeating: "9", count: 300), "IN"), ("+91", "IN"), ("+999 123 456 789", "IN"), ("9876543210", "ZZ"), ("9876543210", ""),
            ("98765 43210 / 98765 43211", "IN"), ("*123#", "IN"), ("+1 212 555 01234", "US"), ("☎️", "IN"),
            ("555556156127700", "DE"), ("+49 555556156127700", "ZZ"), ("+1 2345", "IN"), ("+7 856 789 123 456 789", "IN"),
        ])
    func refused(text: String, region: String) {
        #expect(PhoneNumber(text, region: region) == nil)
    }

    @Test("A number without its area code is refused, since several people have it", arguments: [("2530000", "US"), ("555-0123", "US")])
    func areaCode(text: String, region: String) {
        #expect(PhoneNumber(text, region: region) == nil)
    }

    @Test(
        "A number with an extension is refused, since several people share it",
        arguments: [
            "+91 98765 43210 x123", "98765 43210 ext. 5", "98765 43210, 5", "98765 43210 #5", "tel:+91-98765-43210;ext=12",
        ])
    func extensions(text: String) {
        #expect(PhoneNumber(text, region: "IN") == nil)
    }

    @Test(
        "Letters are refused, whatever they could mean",
        arguments: [
            "1-800-FLOWERS", "tel:1-800-FLOWERS", "212555O123", "call 212 555 0123", "2125550123 please", "2125550123ab", "two",
            "тел 2125550123",
        ])
    func letters(text: String) {
        #expect(PhoneNumber(text, region: "US") == nil)
        #expect(PhoneNumber(international: text) == nil)
    }

    @Test(
        "Providers' numbers are read with and without their plus",
        arguments: [
            ("919876543210", "+919876543210"), ("+919876543210", "+919876543210"), ("12125550123", "+12125550123"),
            ("5511912345678", "+5511912345678"), ("551181234567", "+551181234567"), ("555181234567", "+555181234567"),
            ("5491123456789", "+5491123456789"), ("447700900123", "+447700900123"), ("+91 98765 43210", "+919876543210"),
        ])
    func providers(text: String, e164: String) {
        #expect(PhoneNumber(international: text)?.e164 == e164)
    }

    @Test("Mexico's old 1 after the country code is removed as its plan says")
    func mexico() {
        #expect(PhoneNumber(international: "5215512345678")?.e164 == "+525512345678")
        #expect(PhoneNumber("+52 1 55 1234 5678", region: "IN")?.e164 == "+525512345678")
    }

    @Test(
        "A provider's number that is in no numbering plan is accepted unchanged",
        arguments: [
            ("999123456789", "+999123456789"), ("+888123", "+888123"), ("16505", "+16505"), ("912345678901234", "+912345678901234"),
        ])
    func unknownPlans(text: String, e164: String) {
        #expect(PhoneNumber(international: text)?.e164 == e164)
    }

    @Test(
        "A provider's number must have 5 to 15 digits",
        arguments: ["", "+", "1234", "9991234567890123", "999-123-456-789", "++9991234", "7856789123456789"])
    func notInternational(text: String) {
        #expect(PhoneNumber(international: text) == nil)
    }

    @Test(
        "A text that is longer than a number can be is refused at once, whatever it contains",
        arguments: [
            ("9", 80_000), (" ", 8000), ("1 ", 40_000), ("-", 100_000), ("()", 50_000), ("९", 4_000_000), ("x1", 1_000_000),
            (";ext=1", 10_000),
            ("\u{301}", 500_000),
        ])
    func tooLong(piece: String, count: Int) {
        // Without the limit, each of these texts would take from 30 seconds to hours.
        for text in ["+91" + String(repeating: piece, count: count), "+91" + String(repeating: piece, count: count) + "9876543210"] {
            let time = processorTime {
                #expect(PhoneNumber(text, region: "IN") == nil)
                #expect(PhoneNumber(international: text) == nil)
            }
            #expect(time < .seconds(20))
        }
    }

    @Test("A number may fill the longest text, and is refused in a longer one", arguments: [" ", "\u{2003}"])
    func bound(space: String) {
        let digits = "919876543210".unicodeScalars.compactMap { Unicode.Scalar(0x1D7CE + $0.value - 0x30) }
        for number in ["+91 98765 43210", "+" + String(String.UnicodeScalarView(digits))] {
            let filled = number + String(repeating: space, count: PhoneNumber.longestText - number.unicodeScalars.count)
            #expect(filled.utf8.count <= PhoneNumber.longestBytes)
            #expect(PhoneNumber(filled, region: "IN")?.e164 == "+919876543210")
            #expect(PhoneNumber(international: filled)?.e164 == "+919876543210")
            #expect(PhoneNumber(filled + space, region: "IN") == nil)
            #expect(PhoneNumber(international: filled + space) == nil)
        }
    }

    @Test(
        "White space around a number and between its digits is ignored",
        arguments: [
            "\t+91 98765 43210\n", "+91\u{A0}98765\u{2003}43210", "+91     98765   43210", "\u{3000}+919876543210", "+91\r\n98765 43210",
        ])
    func whiteSpace(text: String) {
        #expect(PhoneNumber(text, region: "IN")?.e164 == "+919876543210")
        #expect(PhoneNumber(text, region: "ZZ")?.e164 == "+919876543210")
    }

    @Test("A number is printed and compared by its E.164 form")
    func identity() throws {
        let one = try #require(PhoneNumber("09876543210", region: "IN"))
        let other = try #require(PhoneNumber(international: "919876543210"))
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
        #expect("\(one)" == "+919876543210")
    }

    @Test("A log shows the first three and last four characters")
    func masked() throws {
        #expect(try #require(PhoneNumber(international: "919876543210")).masked == "+91••••••3210")
        #expect(PhoneNumber.mask("9876543210") == "987•••3210")
        #expect(PhoneNumber.mask("987654321") == "•••••••••")
        #expect(PhoneNumber.mask("1") == "•")
        #expect(PhoneNumber.mask("") == "")
    }

    @Test("Many threads read numbers at once")
    func threads() async {
        let right = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<32 {
                group.addTask {
                    (0..<50).allSatisfy { turn in
                        let subscriber = 9_800_000_000 + number * 1000 + turn
                        return PhoneNumber("0\(subscriber)", region: "IN")?.e164 == "+91\(subscriber)"
                            && PhoneNumber("020 7946 0958", region: "GB")?.e164 == "+442079460958"
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 32)
    }
}

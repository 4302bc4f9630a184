import PhoneNumbers
import Testing

@Suite("Masks of numbers")
struct NumberMaskTests {
    /// One number as different senders write it.
    static let spellings = [
        "919876543210", "٩١٩٨٧٦٥٤٣٢١٠", "۹۱۹۸۷۶۵۴۳۲۱۰", "९१९८७६५४३२१०", "９１９８７６５４３２１０", "𝟗𝟏𝟗𝟖𝟕𝟔𝟓𝟒𝟑𝟐𝟏𝟎", "٩1९8７6۵4३2１0",
        "91\u{200B}98765\u{200B}43210",
        "9\u{200B}1\u{200B}9\u{200B}8\u{200B}7\u{200B}6\u{200B}5\u{200B}4\u{200B}3\u{200B}2\u{200B}1\u{200B}0",
        "91\u{AD}98765\u{AD}43210", "91 98765 43210", "91–98765–43210", "91\u{A0}98765\u{2011}43210", "91.98765.43210", "(91) 98765-43210",
        "9\u{FE0F}\u{20E3}1\u{FE0F}\u{20E3}9\u{FE0F}\u{20E3}8765\u{2066}43210\u{2069}", "⑨①⑨⑧⑦⑥⑤④③②①⓪", "９１（９８７６５）\u{2212}４３２１０",
    ]

    @Test("Whatever its digits and the signs between them, visible or not, a number is masked, alone and in a text", arguments: spellings)
    func everySpelling(number: String) {
        #expect(PhoneNumber.mask(whole: number) == "91••••••3210")
        #expect(PhoneNumber.mask(whole: "+" + number) == "+91••••••3210")
        let text = PhoneNumber.mask("whatsapp:+\(number), Asha", runsOf: 8)
        #expect(text.contains("91••••••3210") && text.hasSuffix(", Asha"))
    }

    @Test(
        "In a single id any sign may separate the digits, elsewhere only the usual separators",
        arguments: ["91_98765_43210", "91/98765/43210", "91:98765:43210", "9_1_9_8_7_6_5_4_3_2_1_0", "91*_*98765,43210"])
    func dividedByAnySign(id: String) {
        #expect(PhoneNumber.mask("x\(id)", runsOf: 8, dividedByAnySign: true) == "x91••••••3210")
        #expect(PhoneNumber.mask("127.0.0.1:54321", runsOf: 8) == "127.0.0.1:54321")
    }

    @Test(
        "Few digits, dates and times in a text are not masked",
        arguments: ["12 s", "2026-11-22T17:51:27.123Z", "९१ rows", "HTTP/1.1 503", ""])
    func others(text: String) {
        #expect(PhoneNumber.mask(text, runsOf: 8) == text)
    }

    @Test(
        "A text with more than a number in it is not masked as one; a short number is hidden completely",
        arguments: ["", "Asha", "98765 Asha", "IN.98765"])
    func whole(text: String) {
        #expect(PhoneNumber.mask(whole: text) == nil)
        #expect(PhoneNumber.mask(whole: "९८७६५") == "•••••")
    }

    @Test("A name that contains a number's digits is masked, in any script", arguments: spellings)
    func names(number: String) {
        #expect(!PhoneNumber.shown(name: number).contains(number))
    }
}

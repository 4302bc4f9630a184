import PhoneNumbers
import Testing

@testable import MetaEnvelope

@Suite("The forms of a line's number")
struct NumberFormsTests {
    /// Numbers with one, two and three forms, and some that fit no plan.
    private let numbers = [
        "+15550783881", "+919876543210", "+551187654321", "+5511987654321", "+5215512345678", "+525512345678", "+5491123456789",
        "+22997123456", "+2290197123456", "+22507123456", "+2416123456", "+24106123456", "+24166123456", "+551123456789", "+55", "+5", "+0",
        "+123456789012345678901234567890",
    ]

    @Test("A number is the line's if its digits are those of one of the forms, however both are written")
    func forms() {
        for line in numbers {
            let forms = PhoneNumber(stored: line).variants.map(\.e164)
            for shown in spellings(of: line) {
                let known = NumberForms(shown)
                for other in numbers {
                    for text in spellings(of: other) { #expect(known.contains(text) == forms.contains(other), "\(shown), \(text)") }
                }
            }
        }
    }

    @Test("A line without a number equals no number", arguments: [nil, "", "+", "none"])
    func none(line: String?) {
        for text in numbers + ["", "+", "none"] { #expect(!NumberForms(line).contains(text)) }
    }

    @Test("A text without digits is not a line's number", arguments: ["", "+", "IN.", "४५"])
    func noDigits(text: String) {
        for line in numbers { #expect(!NumberForms(line).contains(text)) }
    }

    /// The number with and without its plus, and with spaces, hyphens and letters.
    private func spellings(of number: String) -> [String] {
        let digits = number.dropFirst()
        return [number, String(digits), "+ \(digits.prefix(1)) (\(digits.dropFirst(1)))", digits.map { "\($0)-" }.joined() + "é"]
    }
}

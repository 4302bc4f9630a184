import Foundation
import PhoneNumbers
import Testing

@Suite("Numbers without their plus")
struct PlusTests {
    @Test(
        "A number is one of the region only if it is assigned there, otherwise it is international",
        arguments: [
            ("14155552671", "IN", "+14155552671"), ("1 (415) 555-2671", "IN", "+14155552671"), ("5511912345678", "IN", "+5511912345678"),
            ("2348021234567", "IN", "+2348021234567"), ("919876543210", "US", "+919876543210"), ("447400123456", "FR", "+447400123456"),
            ("9876543210", "IN", "+919876543210"), ("919876543210", "IN", "+919876543210"), ("4155552671", "US", "+14155552671"),
            ("3212345678", "US", "+13212345678"), ("15112345678", "DE", "+4915112345678"), ("4915112345678", "DE", "+4915112345678"),
        ])
    func reading(text: String, region: String, e164: String) {
        #expect(PhoneNumber(text, region: region)?.e164 == e164)
    }

    @Test(
        "A number is refused if it could be the region's, not written as usual there, or another country's",
        arguments: [("376712345", "DE"), ("12464123456", "MX"), ("35522345678", "ID"), ("902123456789", "BR")])
    func ambiguous(text: String, region: String) throws {
        let error = #expect(throws: PhoneNumberError.self) { try PhoneNumber(reading: text, region: region) }
        #expect(error?.reason.contains("may be a number in \(region), or one in another country") == true)
        #expect(try PhoneNumber(reading: "+" + text, region: region).e164 == "+" + text)
    }

    @Test("The trunk prefix shows that a number is one of the region", arguments: [("0376712345", "DE", "+49376712345")])
    func trunkPrefix(text: String, region: String, e164: String) {
        #expect(PhoneNumber(text, region: region)?.e164 == e164)
    }

    /// A person's ten digits in India, Mexico or the United States, and ten or eleven in Brazil, are written without a prefix. Only there
    /// can another country's number look the same.
    @Test(
        "No country's number becomes another country's, whatever the default region",
        arguments: [
            ("IN", [10]), ("US", [10]), ("MX", [10]), ("BR", [10, 11]), ("DE", []), ("GB", []), ("ID", []), ("NG", []), ("ZA", []),
            ("FR", []),
        ])
    func examples(region: String, lengths: [Int]) throws {
        var taken = 0
        var kept = 0
        let examples = try PlusTests.examples()
        for example in examples {
            let digits = String(example.dropFirst())
            guard let read = PhoneNumber(digits, region: region) else { continue }
            if read.e164 == example {
                kept += 1
            } else if lengths.contains(digits.utf8.count) {
                taken += 1
            } else {
                // The range is unknown to libphonenumber of 2022, so it cannot recognize the number as another country's.
                #expect(!PhoneNumber.isKnown(example), "\(example) became \(read) in \(region)")
            }
        }
        #expect(taken <= examples.count / 8)
        // Germany's plan allows nearly any number, so most numbers without a plus are refused there.
        #expect(kept >= (region == "DE" ? 50 : examples.count / 2))
    }

    @Test("With a plus, or as providers send them, numbers of all countries are read unchanged")
    func international() throws {
        let examples = try PlusTests.examples()
        #expect(examples.count >= 500)
        for example in examples {
            #expect(PhoneNumber(international: String(example.dropFirst()))?.e164 == example)
            #expect(PhoneNumber(example, region: "IN")?.e164 == example)
        }
    }

    /// An example of each kind of number of each country.
    static func examples() throws -> [String] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../PhoneExamples")
        let text = try String(contentsOf: folder.appendingPathComponent("examples.tsv"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { $0.split(separator: "\t").last.map(String.init) }
    }
}

extension PhoneNumber {
    /// Whether digits without a plus are read as this number in a region without national numbers.
    fileprivate static func isKnown(_ e164: String) -> Bool { PhoneNumber(String(e164.dropFirst()), region: "ZZ") != nil }
}

import AdapterConformance
import PhoneNumbers
import Testing

@Suite("Numbers that are written and read again")
struct StableReadingTests {
    @Test(
        "A number with its trunk prefix written twice is not valid in its country",
        arguments: [
            "49006344733", "9100 98765 43210", "440007400123456", "44007400123456", "33006 12345678", "4300 5124349",
            "521 1 55 1234 5678", "910009876543210",
        ])
    func doubledTrunkPrefix(text: String) {
        for region in ["IN", "DE", "US", "ZZ"] {
            #expect(PhoneNumber(text, region: region) == nil)
            #expect(PhoneNumber("+" + text, region: region) == nil)
        }
        // A provider's number that fits no plan is accepted as it is if it consists only of digits.
        let isPlain = !text.contains(" ")
        #expect(PhoneNumber(international: text)?.e164 == (isPlain ? "+" + text : nil))
    }

    @Test(
        "A trunk prefix that is written once is removed",
        arguments: [
            ("+49 (0) 6344 733", "+496344733"), ("+9109876543210", "+919876543210"), ("+52 1 55 1234 5678", "+525512345678"),
            ("9109876543210", "+919876543210"), ("+39 06 12345678", "+390612345678"),
        ])
    func trunkPrefix(text: String, e164: String) {
        #expect(PhoneNumber(text, region: "IN")?.e164 == e164)
        #expect(PhoneNumber(international: text)?.e164 == e164)
    }

    @Test("A number is read the same again from its E.164 form, by every reader and in any region")
    func fixedPoints() throws {
        var generator = SeededGenerator()
        let examples = try PlusTests.examples()
        var read = 0
        for _ in 0..<6_000 {
            guard let example = examples.randomElement(using: &generator) else { continue }
            let digits = Self.changed(Array(example.utf8.dropFirst()), &generator)
            let region = Self.regions.randomElement(using: &generator) ?? "IN"
            for number in [PhoneNumber(digits, region: region), PhoneNumber("+" + digits, region: region)].compactMap({ $0 }) {
                read += 1
                expectStable(number, of: digits, Self.regions.map { PhoneNumber(number.e164, region: $0) })
            }
            guard let number = PhoneNumber(international: digits) else { continue }
            read += 1
            // Clients may not use a number that fits no plan; at least it is never read as another number.
            expectStable(number, of: digits, Self.regions.map { PhoneNumber(number.e164, region: $0) }.filter { $0 != nil })
        }
        #expect(read > 4_000)
    }

    private static let regions = ["AR", "BR", "DE", "GB", "IN", "IT", "MX", "NG", "RU", "US", "ZZ"]

    private func expectStable(_ number: PhoneNumber, of digits: String, _ byClients: [PhoneNumber?]) {
        let byProviders = [number.e164, String(number.e164.dropFirst())].map { PhoneNumber(international: $0) }
        let isStable = (byClients + byProviders).allSatisfy { $0 == number }
        #expect(isStable, "\(digits) was read as \(number); SWITCHBOARD_SEED=\(SeededGenerator.runSeed)")
    }

    /// A number with digits inserted where trunk prefixes and country codes are, with other digits there, without its first digits, or of
    /// random digits.
    private static func changed(_ digits: [UInt8], _ generator: inout SeededGenerator) -> String {
        var digits = digits
        let start = Int.random(in: 1...3, using: &generator)
        switch Int.random(in: 0...4, using: &generator) {
        case 0: digits.insert(contentsOf: repeatElement(0x30, count: Int.random(in: 1...2, using: &generator)), at: start)
        case 1: digits.insert(contentsOf: Array(digits[start...].prefix(Int.random(in: 1...2, using: &generator))), at: start)
        case 2:
            for _ in 0...1 { digits.insert(UInt8.random(in: 0x30...0x39, using: &generator), at: start) }
        case 3: digits = [UInt8](repeating: 0x30, count: Int.random(in: 0...2, using: &generator)) + digits.dropFirst(start)
        default:
            digits = (0..<Int.random(in: 5...15, using: &generator)).map { _ in UInt8.random(in: 0x30...0x39, using: &generator) }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

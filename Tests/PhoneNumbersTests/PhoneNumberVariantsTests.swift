import Testing

@testable import PhoneNumbers

@Suite("Two forms of one line")
struct PhoneNumberVariantsTests {
    @Test(
        "Brazil's mobiles are known with and without the ninth digit",
        arguments: [("+5551981234567", "+555181234567"), ("+5511987654321", "+551187654321"), ("+5521961234567", "+552161234567")])
    func brazil(long: String, short: String) throws {
        try expectForms(long, short)
    }

    @Test(
        "Argentina's mobiles are known with and without the 9",
        arguments: [("+5491123456789", "+541123456789"), ("+5492211234567", "+542211234567")])
    func argentina(long: String, short: String) throws {
        try expectForms(long, short)
    }

    @Test("Mexico's numbers are also recognized with the old 1")
    func mexico() throws {
        let number = try #require(PhoneNumber(international: "5215512345678"))
        #expect(number.variants.map(\.e164) == ["+525512345678", "+5215512345678"])
        #expect(number.variants[1].variants.map(\.e164) == ["+5215512345678", "+525512345678"])
    }

    @Test(
        "Brazil's landlines, and its mobiles that would become a landline, have one form",
        arguments: [
            "+551123456789", "+551134567890", "+551145678901", "+551156789012", "+5511912345678", "+5511934567890", "+5511956789012",
        ])
    func oneFormInBrazil(e164: String) throws {
        #expect(try #require(PhoneNumber(international: e164)).variants.map(\.e164) == [e164])
    }

    @Test("Other plans have one form", arguments: ["+919876543210", "+12125550123", "+447700900123", "+999123456789", "+55123", "+54123"])
    func oneForm(e164: String) throws {
        #expect(try #require(PhoneNumber(international: e164)).variants.map(\.e164) == [e164])
    }

    @Test("Each variant has the same variants", arguments: ["55", "52", "54"])
    func symmetry(country: String) {
        for area in ["11", "51", "15", "91", "99", "55"] {
            for subscriber in ["23456789", "67890123", "98765432", "923456789", "987654321", "91234567", "12345678", "112345678"] {
                guard let number = PhoneNumber(international: country + area + subscriber) else { continue }
                for variant in number.variants { #expect(Set(variant.variants) == Set(number.variants)) }
            }
        }
    }

    @Test("The plans that are selected by a number's first digits are all that can apply")
    func plansOfFirstDigits() throws {
        let short = ["", "+", "+5", "+55", "+552", "+22", "+229", "5", "x5511987654321", "+5a11987654321", "+\u{966}5", "5511987654321"]
        let ofEachBeginning = (0..<100).flatMap { pair in
            (6...13).map { length in "+\(pair / 10)\(pair % 10)" + (0..<length).map { _ in "\(Int.random(in: 0...9))" }.joined() }
        }
        let ofEachPlan = NumberPlan.all.flatMap { plan in
            (0..<200).map { _ in
                let digits = plan.countryCode + (0..<plan.length + Int.random(in: 0...2)).map { _ in UInt8.random(in: 0x30...0x39) }
                return "+" + String(decoding: digits, as: UTF8.self)
            }
        }
        for e164 in try PlusTests.examples() + short + ofEachBeginning + ofEachPlan {
            let digits = Array(e164.utf8.dropFirst())
            let forms = NumberPlan.all.lazy.compactMap { $0.forms(of: digits) }.first ?? []
            let others = forms.filter { $0 != digits }.map { "+" + String(decoding: $0, as: UTF8.self) }
            #expect(PhoneNumber(stored: e164).variants.map(\.e164) == [e164] + others, "\(e164)")
        }
    }

    private func expectForms(_ one: String, _ other: String) throws {
        #expect(try #require(PhoneNumber(international: one)).variants.map(\.e164) == [one, other])
        #expect(try #require(PhoneNumber(international: other)).variants.map(\.e164) == [other, one])
    }
}

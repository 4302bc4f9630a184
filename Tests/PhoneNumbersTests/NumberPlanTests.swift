import Testing

@testable import PhoneNumbers

@Suite("Numbering plans with several forms of a number")
struct NumberPlanTests {
    @Test(
        "Both forms are read, and each leads to the other",
        arguments: [
            ("+22997123456", "+2290197123456"), ("+22920212345", "+2290120212345"),
            ("+22507123456", "+2250707123456"), ("+22558123456", "+2250758123456"), ("+22544123456", "+2250544123456"),
            ("+22504123456", "+2250504123456"), ("+22501234567", "+2250101234567"), ("+22540123456", "+2250140123456"),
            ("+22520212345", "+2252720212345"), ("+22520012345", "+2252520012345"), ("+22520812345", "+2252120812345"),
            ("+551187654321", "+5511987654321"), ("+541123456789", "+5491123456789"),
        ])
    func twoForms(short: String, long: String) throws {
        for (one, other) in [(short, long), (long, short)] {
            let number = try PhoneNumber(reading: one, region: "IN")
            #expect(number.e164 == one)
            #expect(number.variants.map(\.e164) == [one, other])
            #expect(PhoneNumber(String(one.dropFirst()), region: "ZZ")?.e164 == one)
            #expect(PhoneNumber(international: String(one.dropFirst()))?.e164 == one)
        }
    }

    @Test(
        "Gabon's numbers have three forms",
        arguments: [("6123456", "6"), ("2123456", "6"), ("5123456", "6"), ("7123456", "7"), ("4123456", "7"), ("1701234", "1")])
    func gabon(short: String, prefix: String) {
        let forms = ["+241" + short, "+2410" + short, "+241" + prefix + short]
        for form in forms {
            #expect(Set(PhoneNumber(stored: form).variants.map(\.e164)) == Set(forms))
            #expect(PhoneNumber(form, region: "IN")?.e164 == form)
        }
        #expect(PhoneNumber("0" + prefix + short, region: "GA")?.e164 == forms[2])
    }

    @Test(
        "Local numbers of a changed plan are read in both forms",
        arguments: [
            ("0197123456", "BJ", "+2290197123456"), ("97 12 34 56", "BJ", "+22997123456"), ("01 97 12 34 56", "BJ", "+2290197123456"),
            ("0707123456", "CI", "+2250707123456"), ("07 12 34 56", "CI", "+22507123456"), ("1187654321", "BR", "+551187654321"),
            ("06 12 34 56", "GA", "+24106123456"), ("066 12 34 56", "GA", "+24166123456"),
        ])
    func local(text: String, region: String, e164: String) {
        #expect(PhoneNumber(text, region: region)?.e164 == e164)
    }

    @Test(
        "Numbers that never had another form have only one",
        arguments: [
            "+2290012345678", "+22912345678", "+2250712345678", "+2250142345678912", "+22560123456", "+24161123456", "+24160123456",
            "+24131234567", "+2413234567", "+229", "+225", "+2290197", "+241",
        ])
    func oneForm(e164: String) {
        #expect(PhoneNumber(stored: e164).variants.map(\.e164) == [e164])
    }

    @Test(
        "A landline of Argentina is not a mobile, nor is a mobile with the digits of a landline",
        arguments: [
            "1143215678", "2214567890", "3514234567", "3435412345", "3434123456", "2202412345", "2204412345", "2944412345", "2972412345",
            "3884212345", "2320412345",
        ])
    func argentineLandlines(national: String) {
        for e164 in ["+54" + national, "+549" + national] {
            #expect(PhoneNumber(stored: e164).variants.map(\.e164) == [e164])
        }
    }

    @Test(
        "A mobile of Argentina has both forms, in areas of two, three and four digits",
        arguments: [
            "1123456789", "1169071234", "2215123456", "3516234567", "3435612345", "3435112345", "2202512345", "2205812345", "2945612345",
            "2972512345", "3885212345", "2320512345", "3442512345",
        ])
    func argentineMobiles(national: String) {
        #expect(PhoneNumber(stored: "+54" + national).variants.map(\.e164) == ["+54" + national, "+549" + national])
    }

    @Test("Every form of a number has the same set of forms, and no line has more than three")
    func symmetry() {
        var several = 0
        for _ in 0..<60_000 {
            guard let plan = NumberPlan.all.randomElement() else { continue }
            let national = (0..<plan.length + Int.random(in: 0...2)).map { _ in UInt8.random(in: 0x30...0x39) }
            let number = PhoneNumber(stored: "+" + String(decoding: plan.countryCode + national, as: UTF8.self))
            let variants = Set(number.variants)
            several += variants.count > 1 ? 1 : 0
            #expect(variants.count <= 3)
            #expect(variants.allSatisfy { Set($0.variants) == variants }, "\(number)")
        }
        #expect(several > 10_000)
    }

    @Test("A number matches at most one row of the table")
    func rows() {
        for code in Set(NumberPlan.all.map(\.countryCode)) {
            let rows = NumberPlan.all.filter { $0.countryCode == code }
            let lengths = Set(rows.flatMap { row in [row.length] + row.insertions.map { row.length + $0.count } })
            for head in 0..<10_000 {
                let national = Array((String(repeating: "0", count: 4 - String(head).count) + String(head) + "51234567").utf8)
                for length in lengths {
                    let count = rows.count { $0.forms(of: code + national.prefix(length)) != nil }
                    if count > 1 { Issue.record("\(String(decoding: code + national.prefix(length), as: UTF8.self)) is of \(count) rows") }
                }
            }
        }
    }

    @Test("A pattern consists of digits, sets of digits and wildcards")
    func patterns() {
        let cases: [(DigitPattern, yes: [String], no: [String])] = [
            ("12", ["12", "123"], ["1", "21", ""]), (".2", ["12", "92"], ["11"]), ("[6-9]", ["6", "9"], ["5"]),
            ("[^4-6]", ["3", "7"], ["4", "5", "6"]), ("[135-7]", ["1", "3", "5", "6", "7"], ["0", "2", "4", "8"]),
            ("[^4]1", ["31"], ["41"]),
        ]
        for (pattern, yes, no) in cases {
            for text in yes { #expect(pattern.matches(Array(text.utf8))) }
            for text in no { #expect(!pattern.matches(Array(text.utf8))) }
        }
    }
}

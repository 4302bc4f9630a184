import PhoneNumbers
import Testing

@Suite("Reading phone numbers strictly")
struct StrictReadingTests {
    @Test(
        "A text that is not a phone number is refused with the reason",
        arguments: [
            ("", "has no digits"), ("+", "has no digits"), ("tel:", "has no digits"), ("()", "has no digits"),
            ("9876543210.0", "has a decimal fraction"), ("9876543210.00", "has a decimal fraction"), ("1e10", "contains the letter “e”"),
            ("98765x43210", "contains the letter “x”"), ("-9876543210", "contains the character “-”"),
            ("−9876543210", "contains the character “−”"),
            (".9876543210", "contains the character “.”"), ("+919876543210/1", "contains the character “/”"),
            ("+919876543210,1", "contains the character “,”"), ("+91+9876543210", "contains the character “+”"),
            ("9876543210\u{0}", "contains the character U+0000"), ("98765\u{FFFD}43210", "contains the character “\u{FFFD}”"),
            ("sip:+919876543210", "contains the letter “s”"), ("919876543210@g.us", "contains the character “@”"),
            ("tel:whatsapp:+919876543210", "contains the letter “w”"), ("tel:+919876543210;ext=1", "contains the character “;”"),
            ("tel:+919876543210;isub=1", "contains the character “;”"), ("tel:9876543210;phone-context=+91", "contains the character “;”"),
            ("+919876543210;npdi", "contains the character “;”"), ("tel:whatsapp:+919876543210;npdi", "contains the letter “w”"),
            ("+91 98765 43210                   ", "is longer than 32 characters"),
            ("+999123456789", "is not a valid phone number of its country"), ("12345", "is not a valid phone number in IN: write a number"),
        ])
    func reasons(text: String, reason: String) {
        let error = #expect(throws: PhoneNumberError.self) { try PhoneNumber(reading: text, region: "IN") }
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }

    @Test("The reason never contains the number", arguments: ["987654321012345", "+9998765432101", "376712345"])
    func secrecy(text: String) {
        let error = #expect(throws: PhoneNumberError.self) { try PhoneNumber(reading: text, region: "DE") }
        #expect(error?.reason.contains { $0.isNumber } == false)
    }

    @Test(
        "The forms of addresses are read",
        arguments: [
            "tel:+919876543210", "TEL:+91-98765-43210", "whatsapp:+919876543210", "WhatsApp:+91 98765 43210", "whatsapp: +919876543210",
            "tel:+919876543210;npdi", "Tel:+91(98765)43210;rn=1",
            "919876543210@c.us", "+919876543210@C.US", "919876543210@s.whatsapp.net", "whatsapp:919876543210@c.us",
        ])
    func forms(text: String) {
        for region in ["IN", "US", "DE"] { #expect(PhoneNumber(text, region: region)?.e164 == "+919876543210") }
        #expect(PhoneNumber(international: text)?.e164 == "+919876543210")
    }

    @Test("An address of WhatsApp contains the country code, whatever its digits mean in the region")
    func addressIsInternational() {
        #expect(PhoneNumber("6581234567@c.us", region: "IN")?.e164 == "+6581234567")
        #expect(PhoneNumber("376712345@c.us", region: "DE")?.e164 == "+376712345")
        #expect(PhoneNumber("9876543210@c.us", region: "IN")?.e164 != "+919876543210")
    }

    @Test(
        "Marks of direction, zero-width characters and non-breaking spaces are ignored",
        arguments: [
            "\u{202A}+91 98765 43210\u{202C}", "\u{2066}+919876543210\u{2069}", "+91\u{200E}98765\u{200F}43210", "\u{FEFF}+919876543210",
            "+91\u{202F}98765\u{202F}43210", "+91\u{200B}98765\u{200C}43\u{200D}210", "+91\u{2060}9876543210", "\u{61C}+919876543210",
            "\u{FEFF}tel:+919876543210", "\u{202A}\u{202A}919876543210@c.us\u{202C}",
        ])
    func invisible(text: String) {
        #expect(PhoneNumber(text, region: "US")?.e164 == "+919876543210")
        #expect(PhoneNumber(international: text)?.e164 == "+919876543210")
    }

    @Test(
        "Dots between groups of digits are not a decimal fraction",
        arguments: ["98765.43210", "987.654.3210", "+91.98765.43210", "9876543.210"])
    func dots(text: String) {
        #expect(PhoneNumber(text, region: "IN")?.e164 == "+919876543210")
    }

    @Test(
        "Dashes of all kinds may separate digits", arguments: ["98765–43210", "98765—43210", "98765‑43210", "98765−43210", "98765－43210"])
    func dashes(text: String) {
        #expect(PhoneNumber(text, region: "IN")?.e164 == "+919876543210")
    }
}

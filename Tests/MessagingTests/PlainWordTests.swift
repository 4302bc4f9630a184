import Messaging
import Testing

@Suite("Words chosen by senders, in a log")
struct PlainWordTests {
    @Test(
        "A word is shown, with up to four digits",
        arguments: ["account_update", "screen.viewed", "whatsapp", "read", "v2.1", "com.twilio.messaging.inbound-message.received", ""])
    func shown(word: String) { #expect(word.loggedWord == word) }

    @Test(
        "Of anything else only the length is logged: a number, whatever separates its digits, or somebody's words",
        arguments: [
            "919876543210", "+91-98765-43210", "u_919876543210_x", "9.1.9.8.7.6.5.4.3.2.1.0", "9a1b9c8d7e6f5g4h3i2j1k0", "98765",
            "९१९८७६५४३२१०", "①②③", "Asha Rao", "asha@example.com", "Ásha", "whatsapp:asha", String(repeating: "a", count: 129), "a\nb",
        ])
    func hidden(word: String) { #expect(word.loggedWord == "(a name of \(word.utf8.count) bytes)") }

    @Test("At most 128 bytes and four digits are shown")
    func bounds() {
        #expect(String(repeating: "a", count: 128).isPlainWord() && !"".isPlainWord())
        #expect("a1b2c3d4".isPlainWord() && !"a1b2c3d4e5".isPlainWord() && "a1b2c3d4e5".isPlainWord(mostDigits: 5))
    }
}

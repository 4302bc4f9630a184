import Journal
import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Records in the log")
struct MaskedRecordTests {
    @Test(
        "Everything that identifies a person is masked in any notation, and what an operator needs stays",
        arguments: [
            ("+919876543210 is taken", "+91••••••3210 is taken"), ("98765 43210", "98••••3210"), ("+91 (98765) 43-210", "+91••••••3210"),
            ("asha.rao+1@example.com wrote", "•••@••• wrote"), (#"{"a":"asha@example.com"}"#, #"{"a":"•••@•••"}"#),
            ("Key (customer_id)=(asha rao) already exists.", "Key (customer_id)=(•••) already exists."),
            ("Failing row contains (1, 103, tok3n, Hello).", "Failing row contains (•••)"),
            ("at 2026-11-22T17:51:27.123Z", "at 2026-11-22T17:51:27.123Z"), ("HTTP 503 after 12 s", "HTTP 503 after 12 s"),
            ("relation \"public.sessions\" does not exist", "relation \"public.sessions\" does not exist"),
        ])
    func texts(text: String, masked: String) {
        #expect(MaskedRecord.masked(text) == masked)
    }

    @Test("A record shows ids, times and words of the contract; of people's texts and names only the length")
    func record() {
        let session = OutboxSession(
            id: "s",
            record: Array(#"{"session_id":"s","customer_id":"asha@example.com","session_token":"tok3n","phone":"+919876543210"}"#.utf8))
        let record =
            #"{"message_id":"m","external_id":"/users/asha@example.com#1","sender":"98765","text":"Hello","sent_at":"t","new":"secret"}"#
        let item = OutboxItem(sequence: 1, kind: .message, record: Array(record.utf8), session: session, owner: "", deliveryID: nil)
        #expect(
            MaskedRecord.text(item) == """
                {"messages":{"message_id":"m","external_id":"(25 bytes)","sender":"•••••","text":"(5 bytes)","sent_at":"t",\
                "new":"(6 bytes)"},"session":{"session_id":"s","customer_id":"(16 bytes)","session_token":"•••","phone":"+91••••••3210"}}
                """)
    }

    @Test(
        "A column of phones is always masked: a number in any script, and anything else",
        arguments: [
            ("٩١٩٨٧٦٥٤٣٢١٠", "91••••••3210"), ("９１９８７６５４３２１０", "91••••••3210"), ("91\u{200B}98765\u{200B}43210", "91••••••3210"),
            ("98765", "•••••"), ("Asha Rao", "(8 bytes)"), ("IN.7771234567", "(13 bytes)"), ("919876543210 ext", "(16 bytes)"), ("", ""),
        ])
    func columns(text: String, shown: String) {
        for (kind, column) in [(OutboxItem.Kind.message, "sender"), (.status, "recipient"), (.change, "phone")] {
            let item = OutboxItem(
                sequence: 1, kind: kind, record: Array(#"{"\#(column)":"\#(text)"}"#.utf8), session: nil, owner: "", deliveryID: nil)
            #expect(MaskedRecord.text(item) == #"{"\#(kind.rawValue)":{"\#(column)":"\#(shown)"}}"#)
        }
    }

    @Test(
        "A sender's name for a kind of thing is shown if it is plainly a word, in every column of words",
        arguments: [
            ("account_update", "account_update"), ("u_919876543210_x", "(a name of 16 bytes)"), ("९१९८७६५४३२१०", "(a name of 36 bytes)"),
            ("9.1.9.8.7.6.5.4.3.2.1.0", "(a name of 23 bytes)"), ("Asha Rao", "(a name of 8 bytes)"),
        ])
    func words(word: String, shown: String) {
        for (kind, column) in [(OutboxItem.Kind.event, "type"), (.status, "status"), (.message, "channel")] {
            let item = OutboxItem(
                sequence: 1, kind: kind, record: Array(#"{"\#(column)":"\#(word)"}"#.utf8), session: nil, owner: "", deliveryID: nil)
            #expect(MaskedRecord.text(item) == #"{"\#(kind.rawValue)":{"\#(column)":"\#(shown)"}}"#)
        }
    }

    @Test(
        "A number in an id or in a sender's name is masked, whatever separates its digits",
        arguments: [
            ("9_1_9_8_7_6_5_4_3_2_1_0", "91••••••3210"), ("x/919876/543210", "x/91••••••3210"),
            ("messages#0a1b2c3d", "messages#0a1b2c3d"), ("u_919876543210_x#0a1b2c3d", "(25 bytes)"),
        ])
    func dividedIDs(id: String, shown: String) {
        let record = #"{"provider":"whatsapp-cloud","external_id":"\#(id)"}"#
        let item = OutboxItem(sequence: 1, kind: .event, record: Array(record.utf8), session: nil, owner: "", deliveryID: nil)
        #expect(MaskedRecord.text(item) == #"{"events":{"provider":"whatsapp-cloud","external_id":"\#(shown)"}}"#)
    }

    @Test("The numbers of a contact are masked one by one")
    func forms() {
        let record = #"{"phone":"+551187654321","phones":["+551187654321","+5511987654321"]}"#
        let item = OutboxItem(sequence: 1, kind: .change, record: Array(record.utf8), session: nil, owner: "", deliveryID: nil)
        #expect(MaskedRecord.text(item) == #"{"contacts":{"phone":"+55••••••4321","phones":"+55••••••4321, +55•••••••4321"}}"#)
    }

    @Test(
        "A client's own id is shown only as its length; a provider's id stays, unless it consists of somebody's words",
        arguments: [
            ("chat", "/chat#tok-AAAAAAAAAAAA", "(22 bytes)"), ("kiosk", "/kiosk#Asha Rao", "(15 bytes)"),
            ("kiosk", "/kiosk#1", "(8 bytes)"),
            ("whatsapp-cloud", "wamid.A1B2", "wamid.A1B2"), ("twilio", "SM0123abcd", "SM0123abcd"), ("twilio", "Asha Rao", "(8 bytes)"),
            ("twilio", "٩١٩٨٧٦٥٤٣٢١٠", "(24 bytes)"),
        ])
    func ids(provider: String, id: String, shown: String) {
        for kind in [OutboxItem.Kind.message, .event, .status] {
            let record = #"{"provider":"\#(provider)","line":"\#(id)","external_id":"\#(id)"}"#
            let item = OutboxItem(sequence: 1, kind: kind, record: Array(record.utf8), session: nil, owner: "", deliveryID: nil)
            let masked = #"{"provider":"\#(provider)","line":"\#(shown)","external_id":"\#(shown)"}"#
            #expect(MaskedRecord.text(item) == #"{"\#(kind.rawValue)":\#(masked)}"#)
        }
    }

    @Test(
        "An id with an encoded number shows only its end, any other is shown whole",
        arguments: [
            ("wamid.HBgMOTE5ODc2NTQzMjEwFQIAEhgUM0EwMDAwMDAwMDAwMDAwMDAwMAA=", "•••MDAwMDAwMAA="),
            ("wamid.CAw5MTk4NzY1NDMyMTAVAgASGBRFRjJEMTI3REUzN0I5NDJCQUFEMA==", "•••NDJCQUFEMA=="),
            ("01a2049a-fa35-7027-a07f-d114d83a73fa", "01a2049a-fa35-7027-a07f-d114d83a73fa"), ("order-17", "order-17"), ("", ""),
        ])
    func encoded(id: String, shown: String) {
        let item = OutboxItem(
            sequence: 1, kind: .message, record: Array(#"{"external_id":"\#(id)"}"#.utf8), session: nil, owner: "", deliveryID: nil)
        #expect(MaskedRecord.text(item) == #"{"messages":{"external_id":"\#(shown)"}}"#)
    }

    @Test(
        "A long text takes time proportional to its length: seconds, not minutes",
        arguments: ["9", "9 ", "9   ", "a@", "@", "a", "(", ")", ")=(", "Failing row contains", "\u{301}"])
    func long(piece: String) {
        let text = String(repeating: piece, count: 262_144 / piece.unicodeScalars.count)
        // This takes a second or two. If every character looked at all others, or was appended to a copy, it would take more than two
        // minutes.
        let time = processorTime { #expect(!MaskedRecord.masked(text).isEmpty) }
        #expect(time < .seconds(60))
    }
}

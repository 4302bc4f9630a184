import Journal
import Messaging
import Testing

@testable import Supabase

@Suite("Records in the log")
struct MaskedRecordTests {
    @Test(
        "What names a person is masked in whatever spelling, and what an operator needs stays",
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

    @Test("Of a record ids, times and words of the contract are shown; of what people wrote or are called only the length is")
    func record() {
        let session = OutboxSession(
            id: "s",
            record: Array(#"{"session_id":"s","customer_id":"asha@example.com","session_token":"tok3n","phone":"+919876543210"}"#.utf8))
        let record =
            #"{"message_id":"m","external_id":"/users/asha@example.com#1","sender":"98765","text":"Hello","sent_at":"t","new":"secret"}"#
        let item = OutboxItem(sequence: 1, kind: .message, record: Array(record.utf8), session: session, owner: "", deliveryID: nil)
        #expect(
            MaskedRecord.text(item) == """
                {"messages":{"message_id":"m","external_id":"/users/•••@•••#1","sender":"•••••","text":"(5 bytes)","sent_at":"t",\
                "new":"(6 bytes)"},"session":{"session_id":"s","customer_id":"(16 bytes)","session_token":"•••","phone":"+91••••••3210"}}
                """)
    }

    @Test(
        "An id in which a number is encoded shows its end alone, any other is whole",
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
        "A long text takes time by its length alone: seconds, not minutes", .timeLimit(.minutes(1)),
        arguments: ["9", "9 ", "9   ", "a@", "@", "a", "(", ")", ")=(", "Failing row contains", "\u{301}"])
    func long(piece: String) {
        let text = String(repeating: piece, count: 262_144 / piece.unicodeScalars.count)
        // A second or two; where each character looks at all others, or is appended to a copy, over two minutes.
        #expect(!MaskedRecord.masked(text).isEmpty)
    }
}

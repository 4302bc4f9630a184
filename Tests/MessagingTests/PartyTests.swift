import Messaging
import Testing

@Suite("What is stored about a person")
struct PartyTests {
    @Test(
        "A name that is too long is cut at a whole character",
        arguments: [
            ("Asha", 1, 4), ("a", 256, 256), ("a", 257, 256), ("é", 128, 256), ("é", 129, 256), ("आ", 100, 255), ("👍", 1_000_000, 256),
        ])
    func names(piece: String, count: Int, kept: Int) {
        let name = String(repeating: piece, count: count)
        var party = Party(displayName: name)
        #expect(party.displayName?.utf8.count == kept)
        #expect(name.utf8.starts(with: party.displayName?.utf8 ?? "".utf8))
        party.displayName = name
        #expect(party.displayName?.utf8.count == kept)
        party.displayName = nil
        #expect(party.displayName == nil)
    }

    @Test(
        "Blank texts and texts of zeros are nobody's id",
        arguments: [
            ("", false), (" ", false), ("\t\n\u{A0}\u{3000}", false), ("\u{200B}", false), ("0", false), ("000", false),
            (" 0 ", false), ("+0", false), ("-", false), ("00000000-0000-0000-0000-000000000000", false), ("1", true), ("00100", true),
            ("IN.0", true), (" a", true), ("आ", true), ("👍", true), ("０", false), ("٠٠٠", false), ("＋０", false), ("𝟎\u{200B}", false),
            ("１０", true), ("⓿", true), ("\u{85}\u{9F}", false), ("0\u{301}", true),
        ])
    func nobody(id: String, namesSomething: Bool) {
        #expect(id.namesSomething == namesSomething)
        let ids = [Identity(kind: "k", scope: "s", value: id), Identity(kind: "k", scope: "s", value: "IN.1")]
        let left = namesSomething ? ids : [ids[1]]
        #expect(Party(identities: ids).identities == left)
        #expect(IdentityChange(type: "user_id.changed", data: "{}", identities: ids).identities == left)
    }

    @Test(
        "A word for a hidden sender is nobody's number and nobody's id, in any letters and with any scheme",
        arguments: [
            "anonymous", "Anonymous", "RESTRICTED", "unavailable", "Unknown", " private ", "whatsapp:anonymous", "rcs:Anonymous",
            "sip:unknown", "block\u{200B}ed", "withheld", "hidden", "Private Number", "no-caller-id", "out_of_area", "client:anonymous",
            "tel:anonymous", "sip:anonymous@10.0.0.1:5060;transport=udp", "SIPS:Anonymous@example.com", "sip:unavailable:pw@example.com",
            "anonymous@anonymous.invalid", "sip:7@unknown.invalid", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
            "null", "NULL", "(null)", "<null>", "undefined", "None", "nil", "N/A", "guest", "client:null",
            "+266696687", "tel:+266696687", "TEL:+266-696-687", "client:+86282452253", "sip:+7378742833@example.com",
            "sip:266696687@10.0.0.1",
            "messenger:+2562533", "+٢٦٦٦٩٦٦٨٧", "\u{FF0B}8656696", "tel:+8656696;verstat=No-TN-Validation",
            "sip:0@example.com", "sip:@example.com", "sips:000:pw@10.0.0.1", "sip:%61nonymous@example.com", "sip:%30@h", "tel:%2B266696687",
            "tel:", "whatsapp:", "whatsapp:+0", "client:0", "whatsapp:+null", "+null", "ａｎｏｎｙｍｏｕｓ", "ＮＵＬＬ", "𝐧𝐮𝐥𝐥", "whatsapp:ｎｕｌｌ",
            "sip:ａｎｏｎｙｍｏｕｓ@example.com", "nu\u{AD}ll", "NaN", "visitor", "Website Visitor", "[object Object]", "AnonymousUser",
            "anonymous@x", "guest@localhost", "null@10.0.0.1:5060", "guest@[2001:db8::1]", "undefined@c.us", "0@s.whatsapp.net", "0@x",
        ])
    func hidden(word: String) {
        var party = Party(phone: ReceivedPhone(word), identities: [Identity(kind: "k", scope: "s", value: word)])
        #expect(party.isNobody)
        party.phone = ReceivedPhone(word, region: "IN")
        party.identities.append(Identity(kind: "k", scope: "s", value: word))
        #expect(party.isNobody)
        let change = IdentityChange(type: "number.changed", data: "{}", phone: ReceivedPhone(word), identities: party.identities)
        #expect(change.phone == nil && change.identities.isEmpty)
    }

    @Test(
        "The digits of such a word on a keypad are not an international number, but may be a local number or an id",
        arguments: ["266696687", "7378742833", "8656696", "86282452253", "2562533", "7748283", "94844353"])
    func hiddenInDigits(digits: String) {
        for text in ["+\(digits)", digits, "whatsapp:+\(digits)"] { #expect(!ReceivedPhone(text).isSomebodys, "\(text)") }
        #expect(!ReceivedPhone("+\(digits)", region: "IN").isSomebodys)
        #expect(ReceivedPhone(digits, region: "IN").isSomebodys && digits.namesSomebody)
    }

    @Test(
        "A text that only begins or ends like such a word belongs to somebody, and so does a mailbox",
        arguments: [
            "unknown1", "mr.private", "hiddens", "+2666966870", "guest-17", "nonesuch", "private@example.com", "unknown@null.example",
            "sip:alice@unknown.example", "anonymous:42", "visitor-8f3a", "Nancy", "anonymous@example.com", "0@example.com", "@asha",
            "alice@x",
            "sip:alice@10.0.0.1", "sip:%2561nonymous@example.com", "%61nonymous", "order:0", "client:asha", "sip:example.com", "１０３",
            "mailto:guest@example.com", "+919876543210", "IN.13491208655302741918", "tel:+919876543210;ext=266696687",
        ])
    func shown(id: String) {
        #expect(id.namesSomebody && ReceivedPhone(id).isSomebodys)
    }

    @Test(
        "Texts of the same characters but different bytes are different",
        arguments: [("\u{E9}", "e\u{301}"), ("K", "\u{212A}"), ("a\u{301}\u{323}", "a\u{323}\u{301}"), ("\u{AC00}", "\u{1100}\u{1161}")])
    func exactly(one: String, other: String) {
        #expect(one == other)
        #expect(!one.isExactly(other) && one.isExactly(String(decoding: Array(one.utf8), as: UTF8.self)))
        #expect(Set([ExactText(one), ExactText(other), ExactText(one)]).count == 2)
        for make in [{ Identity(kind: $0, scope: "s", value: "v") }, { Identity(kind: "k", scope: "s", value: $0) }] {
            #expect(Set([make(one), make(other), make(one)]).count == 2)
        }
        let (first, second) = (String?.some(one), String?.some(other))
        #expect(first.isExactly(one) && !first.isExactly(second) && !first.isExactly(nil) && String?.none.isExactly(nil))
    }

    @Test("An id of up to 256 bytes is short enough for a key", arguments: [(256, true), (257, false)])
    func ids(length: Int, isOfLength: Bool) {
        #expect(Identity(kind: "k", scope: "s", value: String(repeating: "a", count: length)).isOfLength == isOfLength)
    }
}

@Suite("The events of a delivery")
struct EventListTests {
    private func unreadable(_ index: Int) -> Event {
        let item = UnreadableItem(index: index, error: PayloadError(.field, reason: "is missing"), record: "0")
        return Event(externalID: "\(index)", channel: .chat, effect: .none, content: .unreadable(item))
    }

    private let notice = Event(externalID: "n", channel: .chat, effect: .none, content: .notice(type: "t", data: "{}"))

    @Test("A hundred unreadable items are one event each", arguments: [0, 1, 99, 100])
    func few(count: Int) {
        var list = EventList()
        for index in 0..<count { list.append(unreadable(index)) }
        #expect(list.events == (0..<count).map { unreadable($0) } && list.count == count)
    }

    @Test("All other events are one event each, whatever is between them", arguments: [101, 102, 5000])
    func many(count: Int) {
        var list = EventList()
        for index in 0..<count {
            list.append(unreadable(2 * index))
            list.append(notice)
        }
        #expect(list.count == 2 * count)
        #expect(list.events.count == count + 101)
        guard case .unreadable(let rest)? = list.events.last?.content else {
            Issue.record("no summary")
            return
        }
        #expect(rest.count == count - 100 && rest.index == 200)
        #expect(rest.record == #"{"items":\#(count - 100),"first":200,"last":\#(2 * count - 2)}"#)
    }
}

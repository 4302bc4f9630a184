import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("The ids of items by owner of a session's token")
struct TokenOwnerTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private static let kinds: [Event] = [.message("1", from: nil), .activity("screen.viewed", "1", by: nil), .unreadable("{}")]

    private func delivery(_ token: Secret) -> Delivery {
        rig.delivery(headers: [Delivery.Header("x-session-token", token.revealed)])
    }

    @discardableResult
    private func post(_ events: Event..., by session: Session) async throws -> Receipt {
        guard case .taken(let receipt) = try await rig.journal.accept(delivery(session.token), events, provenBy: session.token) else {
            throw Unexpected(what: "not taken")
        }
        return receipt
    }

    @Test("The same id from two persons and a signed sender gives three items, each stored once", arguments: kinds)
    func three(event: Event) async throws {
        let (asha, ravi) = (try await rig.start("9876543210"), try await rig.start("9812345678"))
        for round in 0..<2 {
            var stored = 0
            for session in [asha, ravi] { stored += try await post(event, by: session).storedItems }
            stored += try await rig.accept(event).storedItems
            #expect(stored == (round == 0 ? 3 : 0))
        }
        #expect(try rig.counts().dropLast().reduce(0, +) == 3)
        #expect(try rig.count("deliveries") == 3)
    }

    @Test("A person's next session recognizes items of the last one")
    func nextSession() async throws {
        let first = try await rig.start("9876543210")
        try await post(.message("1", from: nil), by: first)
        _ = try await rig.journal.end(first.token)
        let receipt = try await post(.message("1", from: nil), by: try await rig.start("9876543210"))
        #expect([receipt.accepted, receipt.duplicates] == [0, 1])
    }

    @Test("An owned item has the contact before its id, and a signed item keeps its plain id")
    func stored() async throws {
        let asha = try await rig.start("9876543210")
        try await post(.message("/page#1", from: nil), by: asha)
        try await rig.accept(.message("/page#1"))
        #expect(try rig.rows("SELECT external_id FROM messages ORDER BY seq") == ["#\(asha.contactID)#/page#1", "/page#1"])
        #expect(
            try rig.rows("SELECT headers FROM deliveries ORDER BY last_seq") == [
                #"[["x-session-token","••• \#(asha.contactID)"]]"#, "[]",
            ])
        // The key of a signed item is the same as before ids had owners.
        #expect(
            try rig.rows("SELECT lower(hex(item_key)) FROM messages ORDER BY seq")[1]
                == Self.plainKey)
        let filter = CaptureFilter(externalID: "/page#1")
        #expect(try await rig.journal.reader.captures(filter, after: 0, limit: 10).count == 2)
    }

    /// The first 16 bytes of sha256("whatsapp-cloud\0main\0/page#1").
    private static let plainKey = "3b8bc2be556e5de0c978569d599464f5"

    @Test("A capture is the same item wherever it is stored again, and no difference", arguments: kinds)
    func replayed(event: Event) async throws {
        let (asha, ravi) = (try await rig.start("9876543210"), try await rig.start("9812345678"))
        for session in [asha, ravi] { try await post(event, .message("good", from: nil), by: session) }
        let captures = try await rig.journal.reader.captures(CaptureFilter(), after: 0, limit: 10)
        let read = captures.map { ReadCapture($0, [event, .message("good", from: nil)]) }
        #expect(try await rig.journal.reader.differences(read) == [])
        let before = try rig.counts()
        _ = try await rig.journal.accept(read)
        #expect(try rig.counts() == before)
        let other = try TemporaryJournal()
        for _ in 0..<2 { _ = try await other.journal.accept(read) }
        #expect(try other.counts() == before)
        for table in ["messages", "events"] {
            let sql = "SELECT external_id FROM \(table) ORDER BY seq"
            #expect(try other.rows(sql) == rig.rows(sql))
        }
        let fingerprints = "SELECT fingerprint FROM dead_letters ORDER BY seq"
        #expect(try other.rows(fingerprints) == rig.rows(fingerprints))
    }

    @Test("A capture from before ids had owners keeps its plain id")
    func old() async throws {
        let delivery = rig.delivery(headers: [Delivery.Header("x-session-token", "•••")])
        let capture = ReadCapture(Capture(delivery, person: "+919876543210"), [.message("/page#1", from: nil)])
        _ = try await rig.journal.accept([capture, capture])
        #expect(try rig.rows("SELECT external_id FROM messages") == ["/page#1"])
    }

    @Test("A browser's capture with its token belongs to its person, by the session or by the phone in the event")
    func recorded() async throws {
        let asha = try await rig.start("9876543210")
        try await post(.message("1", from: nil), by: asha)
        let captures = [delivery(asha.token), delivery(Secret("a-token-of-nobody"))].map {
            ReadCapture(Capture($0), [.message("1")])
        }
        #expect(try await rig.journal.accept(captures) == Array(repeating: .taken(Receipt(duplicates: 1)), count: 2))
        let capture = try #require(try await rig.journal.reader.captures(CaptureFilter(), after: 0, limit: 10).first)
        let shown = Capture(delivery(asha.token), at: capture.origin)
        #expect(
            try await rig.journal.reader.differences([ReadCapture(shown, [.message("1", from: nil)])]).filter { $0.kind != .changed } == [])
        #expect(try rig.rows("SELECT headers FROM deliveries").contains { $0.contains(asha.token.revealed) } == false)
    }

    @Test("A token's bad item is resolved by retrying its own delivery")
    func retaken() async throws {
        let asha = try await rig.start("9876543210")
        try await post(.unreadable("{}"), .message("good", from: nil), by: asha)
        let capture = try #require(try await rig.journal.reader.captures(CaptureFilter(), after: 0, limit: 1).first)
        let still = try await rig.journal.retake(capture, [.unreadable("{}"), .message("good", from: nil)])
        #expect(still.left.count == 1 && still.settled.isEmpty && still.receipt.accepted == 0)
        let now = try await rig.journal.retake(capture, [.message("fixed", from: nil), .message("good", from: nil)])
        #expect(now.settled.count == 1 && now.receipt == Receipt(accepted: 1, duplicates: 1))
        #expect(try rig.rows("SELECT count(DISTINCT substr(external_id, 1, 38)) FROM messages") == ["1"])
    }

    @Test(
        "Parts that contain the separator are distinguished, and other parts keep their former key",
        arguments: [
            (Event.notice("c", "a\0b"), Event.notice("b\0c", "a")), (.status("a\0b", of: "1", to: "c"), .status("a", of: "1", to: "b\0c")),
            (.activity("", "a\0"), .activity("\0", "a")),
        ])
    func zeroBytes(first: Event, second: Event) async throws {
        for round in 0..<2 {
            let receipt = try await rig.accept(first, second)
            #expect([receipt.accepted, receipt.duplicates] == (round == 0 ? [2, 0] : [0, 2]))
        }
    }

    @Test("No two lists of parts are joined to the same bytes")
    func joined() {
        var lists: [[String]] = [[]]
        for _ in 0..<4 { lists = lists.flatMap { list in ["", "a", "\0", "1:a"].map { list + [$0] } } + lists }
        let distinct = Set(lists.map { ["chat"] + $0 })
        #expect(Set(distinct.map(DeliveredItem.joined)).count == distinct.count)
    }
}

import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

private let start = ManualClock().now

@Suite("Captures")
struct CaptureReaderTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private var reader: JournalReader { rig.journal.reader }

    private func bodies(_ filter: CaptureFilter = CaptureFilter(), after position: Int64 = 0, limit: Int = 100) async throws -> [String] {
        try await reader.captures(filter, after: position, limit: limit).map { String(decoding: $0.delivery.body, as: UTF8.self) }
    }

    /// Stores three deliveries, one minute apart: a message, a message from another person on another account, and an unreadable item.
    private func fill() async throws {
        try await rig.accept(rig.delivery("a"), [.message("a")])
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(rig.delivery("b", account: "other"), [.message("b", from: .phone("4915112345678"))])
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(rig.delivery("c"), [.unreadable("{}")])
    }

    @Test("A search by phone finds items from before the phone was known, and statuses that name it without a plus")
    func phone() async throws {
        try await rig.accept(rig.delivery("by id"), [.message("1", from: .id("IN.1"))])
        try await rig.accept(rig.delivery("by phone"), [.message("2", from: .phone("919876543210"))])
        try await rig.accept(rig.delivery("by both"), [.message("3", from: .phone("919876543210", id: "IN.1"))])
        try await rig.accept(rig.delivery("of another"), [.message("4", from: .phone("919876543211"))])
        try await rig.accept(rig.delivery("status"), [.status("read", of: "5", to: "919876543210")])
        #expect(try await bodies(CaptureFilter(phone: "+919876543210")) == ["by id", "by phone", "by both", "status"])
    }

    @Test("After a number change, a search by the new phone finds items under the old one, with and without a plus")
    func earlierNumber() async throws {
        try await rig.accept(rig.delivery("old"), [.message("1", from: .phone("919876543210"))])
        try await rig.accept(rig.delivery("old, with a plus"), [.message("2", from: .phone("+919876543210"))])
        try await rig.accept(rig.delivery("change"), [.change("3", of: .asha, to: "919876543211")])
        try await rig.accept(rig.delivery("new"), [.message("4", from: .phone("919876543211"))])
        #expect(try await bodies(CaptureFilter(phone: "+919876543210")).prefix(2) == ["old", "old, with a plus"])
        #expect(try await bodies(CaptureFilter(phone: "+919876543211")).last == "new")
    }

    @Test("A search by customer finds the items of the customer's contact, including statuses, and nobody else's")
    func customer() async throws {
        try await rig.accept(rig.delivery("before"), [.message("1", from: .phone("919876543210"))])
        try await rig.start("+919876543210", customer: "103")
        try await rig.accept(rig.delivery("after"), [.message("2", from: .phone("919876543210"))])
        try await rig.accept(rig.delivery("of another"), [.message("3", from: .phone("919876543211"))])
        try await rig.accept(rig.delivery("status"), [.status("read", of: "4", to: "919876543210")])
        #expect(try await bodies(CaptureFilter(customerID: "103")) == ["before", "after", "status"])
        #expect(try await bodies(CaptureFilter(customerID: "103", externalID: "2")) == ["after"])
        #expect(try await bodies(CaptureFilter(phone: "+919876543211", customerID: "103")) == [])
        #expect(try await bodies(CaptureFilter(customerID: "104")) == [])
    }

    @Test("Nothing is looked for after an end, even if nothing before it matches")
    func bounded() async throws {
        try await fill()
        let positions = try await reader.captures(CaptureFilter(), after: 0, limit: 9).map(\.position)
        #expect(positions.count == 3)
        let other = CaptureFilter(account: "other")
        #expect(try await reader.captures(other, after: 0, upTo: positions[1] - 1, limit: 9).isEmpty)
        #expect(try await reader.captures(other, after: 0, upTo: positions[1], limit: 9).map(\.position) == [positions[1]])
        #expect(try await reader.captures(CaptureFilter(), after: positions[0], upTo: positions[0], limit: 9).isEmpty)
    }

    @Test("A capture is the delivery as it was received, without the credentials")
    func asItCame() async throws {
        let headers = [
            Delivery.Header("X-Hub-Signature-256", "sha256=00"),
            Delivery.Header("Content-Type", "application/json; charset=\u{201C}x\u{201D}"),
            Delivery.Header("Authorization", "Bearer secret"), Delivery.Header("Cookie", "a=b"),
            Delivery.Header("X-Session-Token", "token"),
            Delivery.Header("X-Telegram-Bot-Api-Secret-Token", "secret"),
        ]
        var delivery = rig.delivery("\u{0}{\"ü\"}\r\n", headers: headers)
        delivery.method = "PUT"
        delivery.target += "?a=b%20c"
        try await rig.accept(delivery, [.message("a")])
        delivery.headers = Array(headers.prefix(2)) + [Delivery.Header("X-Session-Token", "•••")]
        #expect(try await reader.captures(CaptureFilter(), after: 0, limit: 10).map(\.delivery) == [delivery])
    }

    @Test("Pages are consecutive, and the last one is empty")
    func pages() async throws {
        for index in 0..<5 { try await rig.accept(rig.delivery("\(index)"), [.message("\(index)")]) }
        var position: Int64 = 0
        var pages: [[String]] = []
        while let last = try await reader.captures(CaptureFilter(), after: position, limit: 2).last {
            pages.append(try await bodies(after: position, limit: 2))
            position = last.position
        }
        #expect(pages == [["0", "1"], ["2", "3"], ["4"]])
    }

    @Test("A page ends once its limit of bytes is reached, after at least one delivery")
    func bytes() async throws {
        for index in 0..<3 { try await rig.accept(rig.delivery("\(index)"), [.message("\(index)")]) }
        #expect(try await reader.captures(CaptureFilter(), after: 0, limit: 10, byteLimit: 1).count == 1)
    }

    @Test(
        "A filter decides which captures are read",
        arguments: [
            (CaptureFilter(), ["a", "b", "c"]),
            (CaptureFilter(since: start.adding(.seconds(60))), ["b", "c"]),
            (CaptureFilter(until: start.adding(.seconds(60))), ["a"]),
            (CaptureFilter(adapter: "kiosk"), []),
            (CaptureFilter(account: "other"), ["b"]),
            (CaptureFilter(phone: "+919876543210"), ["a"]),
            (CaptureFilter(externalID: "b"), ["b"]),
            (CaptureFilter(phone: "+919876543210", externalID: "b"), []),
            (CaptureFilter(account: "main", externalID: "b"), []),
            (CaptureFilter(states: [.deadLetter]), ["c"]),
            (CaptureFilter(states: [.accepted]), ["a", "b"]),
            (CaptureFilter(states: [.refused]), []),
        ])
    func filters(_ filter: CaptureFilter, _ expected: [String]) async throws {
        try await fill()
        #expect(try await bodies(filter) == expected)
        #expect(try await reader.captureCount(filter) == expected.count)
    }

    @Test("A client's event is found by its own id, whatever its source, and by source and id together")
    func clientIDs() async throws {
        for id in ["/kiosks/lobby-1#7", "/chat/page#7", "/chat/page#17", "7", "#3#/a##7"] {
            try await rig.accept(rig.delivery(id), [.message(id)])
        }
        #expect(try await bodies(CaptureFilter(externalID: "7")) == ["/kiosks/lobby-1#7", "/chat/page#7", "7", "#3#/a##7"])
        #expect(try await bodies(CaptureFilter(externalID: "/chat/page#7")) == ["/chat/page#7"])
        #expect(try await bodies(CaptureFilter(externalID: "page#7")) == [])
    }

    @Test("A delivery is found by its id only")
    func byID() async throws {
        try await fill()
        let captures = try await reader.captures(CaptureFilter(), after: 0, limit: 10)
        #expect(captures.map(\.state) == [.accepted, .accepted, .deadLetter])
        for capture in captures { #expect(try await reader.capture(capture.id) == capture) }
        #expect(try await reader.capture(DeliveryID(milliseconds: 0, sequence: 0, random: 0)) == nil)
    }

    @Test("The items of a delivery are exactly the rows that were stored from it")
    func items() async throws {
        try await fill()
        let events: [Event] = [.message("d"), .status("sent", of: "x"), .activity("screen.viewed", "e"), .unreadable("[]"), .message("f")]
        try await rig.accept(rig.delivery("d"), events)
        try await rig.accept(rig.delivery("e"), [.message("g"), .message("d")])
        let captures = try await reader.captures(CaptureFilter(), after: 0, limit: 10)
        let items = try await reader.items(of: captures[3].id)
        #expect(items.map(\.table) == [.messages, .messages, .statuses, .events, .deadLetters])
        #expect(items.dropLast().map(\.externalID) == ["d", "f", "x", "e"])
        #expect(items.map(\.type) == ["text", "text", "sent", "screen.viewed", "normalize"])
        #expect(items.map { $0.sessionID != nil } == [true, true, false, true, false])
        #expect(try await reader.items(of: captures[4].id).map(\.externalID) == ["g"])
    }

    @Test("The items of a removed delivery are still found")
    func itemsOfGoneDelivery() async throws {
        try await rig.accept(rig.delivery("a"), [.message("a"), .message("b")])
        let id = try #require(try await reader.captures(CaptureFilter(), after: 0, limit: 1).first).id
        try rig.execute("DELETE FROM deliveries")
        #expect(try await reader.items(of: id).map(\.externalID) == ["a", "b"])
    }

    @Test("A damaged block is skipped, so that later blocks are found")
    func damagedBlock() async throws {
        let rig = try TemporaryJournal(compressAfter: .seconds(86_400))
        for body in ["a", "b"] {
            try await rig.accept(rig.delivery(body), [.message(body)])
            rig.clock.advance(by: .seconds(100_000))
            #expect(try await rig.journal.compressDeliveries() == 1)
        }
        try await rig.accept(rig.delivery("c"), [.message("c")])
        try rig.execute("UPDATE delivery_blocks SET data = x'00' WHERE first_seq = (SELECT min(first_seq) FROM delivery_blocks)")
        let reader = rig.journal.reader
        for filter in [CaptureFilter(), CaptureFilter(phone: "+919876543210"), CaptureFilter(account: "main")] {
            let captures = try await reader.captures(filter, after: 0, limit: 10)
            #expect(captures.map { String(decoding: $0.delivery.body, as: UTF8.self) } == ["b", "c"])
        }
        #expect(try await reader.captureCount(CaptureFilter(account: "main")) == 2)
        #expect(try await reader.check().problems.count == 1)
    }

    @Test("A capture names the person whose session's token authenticated it, also after contacts were merged")
    func person() async throws {
        let session = try await rig.start("9876543210")
        let token = Delivery.Header("x-session-token", "token")
        let outcome = try await rig.journal.accept(
            rig.delivery(headers: [token]), [.message("a", from: nil)], provenBy: session.token)
        #expect(outcome == .taken(Receipt(accepted: 1)))
        try await rig.accept(rig.delivery(), [.message("b")])
        #expect(try await reader.captures(CaptureFilter(), after: 0, limit: 10).map(\.person) == ["+919876543210", nil])
    }
}

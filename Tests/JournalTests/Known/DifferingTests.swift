import Logging
import Messaging
import SwitchboardTesting
import Telemetry
import Testing

@testable import Journal

@Suite("Items whose content differs from the stored item with the same id")
struct DifferingTests {
    private let metrics = PrometheusMetrics()
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(keep: .seconds(3600), syncTarget: "db", metrics: metrics) }

    /// Two different items with the same key, for each kind.
    private static let pairs: [(Event, Event, ItemTable)] = [
        (.message("1"), .message("1", from: .phone("4915112345678")), .messages),
        (.message("1"), .message("1") { $0.text = "Other" }, .messages),
        (.message("1"), .message("1") { $0.content = #"{"body":"Other"}"# }, .messages),
        (.message("1"), .message("1") { $0.type = .unsupported }, .messages), (.message("1"), .message("1", line: "line-2"), .messages),
        (.message("1", effect: .joins), .message("1", effect: .joins, direction: .outbound), .messages),
        (
            .status("sent", of: "1") { $0.distinction = ["d"] },
            .status("sent", of: "1") {
                $0.distinction = ["d"]
                $0.detail = "{}"
            }, .statuses
        ),
        (.activity("screen.viewed", "1"), .activity("screen.viewed", "1") { $0 = #"{"screen":"menu"}"# }, .events),
        (.notice("account_update", "1"), .unsupported("account_update", "1"), .events),
    ]

    @Test("Its delivery is kept once and the stored item stays, however often both are repeated", arguments: pairs)
    func kept(stored: Event, other: Event, table: ItemTable) async throws {
        try await rig.accept(rig.delivery("first"), [stored])
        let rows = try rig.rows("SELECT * FROM \(table.rawValue)")
        let receipt = try await rig.accept(rig.delivery("second"), [other])
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [0, 0, 1])
        #expect(try rig.rows("SELECT body FROM deliveries ORDER BY last_seq") == ["first", "second"])
        #expect(try rig.rows("SELECT * FROM \(table.rawValue)") == rows)
        #expect(value(#"switchboard_items_differing_total{table="\#(table.rawValue)"}"#) == "1")
        for _ in 0..<2 {
            rig.clock.advance(by: .seconds(1))
            for (body, event) in [("first", stored), ("second", other)] {
                let again = try await rig.accept(rig.delivery(body), [event])
                #expect([again.accepted, again.duplicates, again.differing] == [0, 1, 0])
            }
        }
        #expect(try rig.count("deliveries") == 2 && rig.count("differences") == 1)
        #expect(value(#"switchboard_items_differing_total{table="\#(table.rawValue)"}"#) == "1")
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("The check of a journal reports differing items whose stored item is missing")
    func lost() async throws {
        try await rig.accept(rig.delivery("first"), [.message("1"), .notice("a", "n")])
        try await rig.accept(rig.delivery("second"), [.message("1") { $0.text = "Other" }])
        try rig.execute("DELETE FROM messages")
        let problems = try await rig.journal.reader.check().problems
        #expect(problems.contains("1 differences are from items that are not stored"), "\(problems)")
    }

    @Test("It opens no session, creates no contact and is not sent")
    func nothingElse() async throws {
        try await rig.accept(rig.delivery("first"), [.notice("a", "1"), .message("1", effect: .joins)])
        let end = try await rig.journal.outbox(after: 0, limit: 100).end
        try await rig.accept(rig.delivery("second"), [.message("1", from: .phone("4915112345678"), effect: .joins)])
        #expect(try rig.rows("SELECT phone FROM contacts") == ["+919876543210"])
        let page = try await rig.journal.outbox(after: end, limit: 100)
        #expect(page.items.isEmpty && page.end == end + 1)
        try await rig.journal.advance("db", to: page.end)
        #expect(try await rig.journal.reader.backlog(of: "db").depth == 0)
    }

    @Test("Its delivery is deleted when it is old enough, but not before the database has the earlier rows")
    func retention() async throws {
        try await rig.accept(rig.delivery("first"), [.message("1")])
        try await rig.accept(rig.delivery("second"), [.message("1") { $0.text = "Other" }])
        let end = try await rig.journal.outbox(after: 0, limit: 100).end
        rig.clock.advance(by: .seconds(4000))
        #expect(try await rig.journal.pruneDeliveries() == 0)
        try await rig.journal.advance("db", to: end)
        #expect(try await rig.journal.pruneDeliveries() == 2)
        // A differing item that was kept once counts as a duplicate for good, like a stored item.
        #expect(try await rig.accept(rig.delivery("second"), [.message("1") { $0.text = "Other" }]).duplicates == 1)
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("Its delivery is found by the item's id, and so is that of the stored item", arguments: [nil, 3600])
    func found(compressedAfter seconds: Int?) async throws {
        let rig = try TemporaryJournal(compressAfter: seconds.map { .seconds($0) })
        try await rig.accept(rig.delivery("first"), [.message("1"), .notice("a", "n")])
        try await rig.accept(rig.delivery("second"), [.message("1") { $0.text = "Other" }])
        try await rig.accept(rig.delivery("third"), [.message("3"), .notice("b", "n")])
        rig.clock.advance(by: .seconds(10_000))
        #expect(try await rig.journal.compressDeliveries() == (seconds == nil ? 0 : 3))
        for limit in [1, 10] {
            var found: [String] = []
            var position: Int64 = 0
            while case let page = try await rig.journal.reader.captures(CaptureFilter(externalID: "1"), after: position, limit: limit),
                let last = page.last
            {
                found += page.map { String(decoding: $0.delivery.body, as: UTF8.self) }
                position = last.position
            }
            #expect(found == ["first", "second"])
        }
        let filter = CaptureFilter(phone: "+919876543210")
        #expect(try await rig.journal.reader.captures(filter, after: 0, limit: 10).count == 3)
    }

    @Test("If one delivery contains both, the first is stored and the other is counted")
    func together() async throws {
        let events: [Event] = [.message("1"), .message("1") { $0.text = "Other" }]
        let receipt = try await rig.accept(rig.delivery("both"), events)
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [1, 0, 1])
        let again = try await rig.accept(rig.delivery("both"), events)
        #expect([again.accepted, again.duplicates, again.differing] == [0, 2, 0])
        #expect(try rig.count("deliveries") == 1)
    }

    @Test("Comparing captures shows no difference for a delivery that was kept because it differs")
    func compared() async throws {
        let other = Event.message("1") { $0.text = "Other" }
        try await rig.accept(rig.delivery("first"), [.message("1")])
        try await rig.accept(rig.delivery("second"), [other])
        try await rig.accept(rig.delivery("third"), [.message("2")])
        let captures = try await rig.journal.reader.captures(CaptureFilter(), after: 0, limit: 10)
        let made: [Event] = [.message("1"), other, .message("2")]
        #expect(try await rig.journal.reader.differences(zip(captures, made).map { ReadCapture($0, [$1]) }) == [])
    }

    @Test(
        "The same content, written differently, is a duplicate",
        arguments: [
            Event.message("1", at: Instant(milliseconds: 1000)), .message("1") { $0.content = #"{ "body" : "Hello" }"# },
            .message("1") { $0.content = #"{"body":"\u0048ello"}"# },
        ])
    func sameInOtherWords(event: Event) async throws {
        try await rig.accept(rig.delivery("first"), [.message("1")])
        let receipt = try await rig.accept(rig.delivery("second"), [event])
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [0, 1, 0])
        #expect(try rig.count("deliveries") == 1)
    }

    @Test("Differing content is recognized again, whatever the order, notation and white space of its JSON")
    func differentInOtherWords() async throws {
        let texts = [
            #"{"body":"A","n":103,"o":{"x":[1],"y":null}}"#, #"{ "o": {"y":null,"x":[ 1 ]}, "n":103, "body":"A" }"#,
            #"{"n":1.03e2,"body":"\u0041","o":{"x":[1.0],"y":null}}"#,
        ]
        try await rig.accept(rig.delivery("first"), [.message("1")])
        for (number, text) in texts.enumerated() {
            let receipt = try await rig.accept(rig.delivery("\(number)"), [.message("1") { $0.content = text }])
            #expect([receipt.accepted, receipt.duplicates, receipt.differing] == (number == 0 ? [0, 0, 1] : [0, 1, 0]), "\(text)")
        }
        let other = try await rig.accept(rig.delivery("other"), [.message("1") { $0.content = texts[0].replacing("103", with: "104") }])
        #expect(other.differing == 1)
        #expect(try rig.count("deliveries") == 3 && rig.count("differences") == 2)
    }

    @Test("Content that an earlier version stored is recognized if it is written in the same way")
    func keptByEarlierVersion() async throws {
        let other = Event.message("1") { $0.content = #"{ "b" : 1, "a" : 2 }"# }
        try await rig.accept(rig.delivery("first"), [.message("1")])
        try await rig.accept(rig.delivery("second"), [other])
        let former = MadeItem(other, of: rig.delivery("second"), as: DeliveryID(milliseconds: 1, sequence: 0, random: 1)).formerFingerprint
        let digits = former.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try rig.execute("UPDATE differences SET fingerprint = x'\(digits)'")
        let receipt = try await rig.accept(rig.delivery("third"), [other])
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [0, 1, 0])
        #expect(try rig.rows("SELECT hex(fingerprint) FROM differences") == [digits.uppercased()])
    }

    @Test(
        "The delivery that brought an item never differs from it, whatever a later version reads from the delivery",
        arguments: [false, true])
    func readOtherwise(isCompressed: Bool) async throws {
        let rig = try TemporaryJournal(compressAfter: .seconds(3600))
        try await rig.accept(rig.delivery("bytes"), [.message("1")])
        if isCompressed {
            rig.clock.advance(by: .seconds(10_000))
            #expect(try await rig.journal.compressDeliveries() == 1)
        }
        let receipt = try await rig.accept(rig.delivery("bytes"), [.message("1") { $0.context = nil }])
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [0, 1, 0])
    }

    @Test("An item that another gateway stored first with other content is counted, and logged once a minute")
    func ofDatabase() async throws {
        let log = LogRecorder()
        let rig = try TemporaryJournal(metrics: metrics, logger: log.logger)
        try await rig.accept(.message("1"))
        let id = DeliveryID(milliseconds: 1, sequence: 0, random: 1)
        let rows = DifferingRows(table: .messages, adapter: "whatsapp-cloud", account: "main", count: 3, deliveryID: id)
        for _ in 0..<2 { try await rig.journal.adopt(SharedRows(differing: [rows])) }
        rig.clock.advance(by: .seconds(60))
        try await rig.journal.adopt(SharedRows(differing: [rows]))
        let told = log.lines.filter { $0.message.contains("that Supabase stored first") }
        #expect(told.map { $0.metadata["item.count"] } == ["3", "6"])
        #expect(told.allSatisfy { $0.level == .notice && $0.metadata["delivery.id"] == "\(id)" })
        #expect(value(#"switchboard_items_differing_total{table="messages"}"#) == "9")
        #expect(try rig.count("messages") == 1 && rig.count("deliveries") == 1)
    }

    @Test("Each kind is logged once a minute, with the number of items")
    func log() {
        var log = DifferenceLog(.silent)
        func difference(_ event: Event) -> KeptDifference {
            KeptDifference(
                DeliveredItem(
                    event: event, delivery: rig.delivery(), deliveryID: DeliveryID(milliseconds: 1, sequence: 0, random: 1), owner: nil))
        }
        let (message, notice) = (difference(.message("1")), difference(.notice("a", "1")))
        var told: [Int?] = []
        for (kind, seconds) in [(message, 0), (message, 1), (notice, 1), (message, 59), (message, 60), (message, 61), (notice, 61)] {
            told.append(log.note(kind, at: rig.clock.now.adding(.seconds(seconds))))
        }
        #expect(told == [1, nil, 1, nil, 3, nil, 1])
    }

    private func value(_ name: String) -> String? {
        var page = MetricsPage()
        metrics.write(to: &page)
        return page.text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
    }
}

extension Event {
    fileprivate static func message(_ id: String, _ change: (inout Message) -> Void) -> Event {
        var event = Event.message(id)
        if case .message(var message) = event.content {
            change(&message)
            event.content = .message(message)
        }
        return event
    }

    fileprivate static func status(_ word: String, of id: String, _ change: (inout MessageStatus) -> Void) -> Event {
        var event = Event.status(word, of: id)
        if case .status(var status) = event.content {
            change(&status)
            event.content = .status(status)
        }
        return event
    }

    fileprivate static func activity(_ type: String, _ id: String, _ change: (inout String) -> Void) -> Event {
        var event = Event.activity(type, id)
        if case .activity(let type, var data) = event.content {
            change(&data)
            event.content = .activity(type: type, data: data)
        }
        return event
    }
}

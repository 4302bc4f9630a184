import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Old deliveries in compressed blocks")
struct CompressionTests {
    private static let day: Duration = .seconds(86_400)
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(keep: .seconds(30 * 86_400), compressAfter: Self.day) }

    private var reader: JournalReader { rig.journal.reader }

    private func fill(_ count: Int, from first: Int = 0) async throws {
        _ = try await rig.journal.accept((first..<first + count).map { ReadCapture(Capture(rig.delivery(body($0))), [.message("m\($0)")]) })
    }

    private func body(_ index: Int) -> String {
        #"{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{"messages":[{"id":"wamid.\#(index &* 2_654_435_761)"}]}}]}]}"#
    }

    private func captures(_ filter: CaptureFilter = CaptureFilter(), limit: Int = 70) async throws -> [Capture] {
        var captures: [Capture] = []
        while true {
            let page = try await reader.captures(filter, after: captures.last?.position ?? 0, limit: limit)
            if page.isEmpty { return captures }
            #expect(page.count <= limit)
            captures += page
        }
    }

    @Test("Readers see every delivery once and unchanged, before, between and after compressions", arguments: [1, 70, 299, 1000])
    func unchanged(_ limit: Int) async throws {
        try await fill(700)
        try await rig.accept(rig.delivery("letter"), [.unreadable("{}"), .message("beside")])
        try await fill(100, from: 700)
        rig.clock.advance(by: .seconds(90_000))
        try await fill(5, from: 800)
        let before = try await captures(limit: limit)
        #expect(try await rig.journal.compressDeliveries() == 600)
        #expect(try await captures(limit: limit) == before)
        rig.clock.advance(by: .seconds(3600))
        #expect(try await rig.journal.compressDeliveries() == 200)
        #expect(try await captures(limit: limit) == before)
        #expect(try rig.rows("SELECT count, count(*) FROM delivery_blocks GROUP BY count") == ["200|1", "300|2"])
        #expect(try rig.rows("SELECT count(*) FROM deliveries") == ["6"])
        for capture in [before[0], before[650], before[700], before[705], before[805]] {
            #expect(try await reader.capture(capture.id) == capture)
            #expect(try await reader.items(of: capture.id).isEmpty == false)
        }
    }

    @Test("Deliveries are compressed once a block is full, or after at most an hour; recent ones are left alone")
    func patience() async throws {
        try await fill(3)
        rig.clock.advance(by: Self.day)
        #expect(try await rig.journal.compressDeliveries() == 0)
        rig.clock.advance(by: .seconds(3601))
        try await fill(3, from: 3)
        #expect(try await rig.journal.compressDeliveries() == 3)
        #expect(try await captures().count == 6)
    }

    @Test(
        "Filters find the same captures in blocks as in rows",
        arguments: [
            CaptureFilter(externalID: "m77"), CaptureFilter(phone: "+919876543210"), CaptureFilter(account: "main"),
            CaptureFilter(account: "other"), CaptureFilter(since: ManualClock().now.adding(.seconds(100))),
            CaptureFilter(until: ManualClock().now.adding(.seconds(100))), CaptureFilter(states: [.deadLetter]),
            CaptureFilter(states: [.accepted]),
        ])
    func filters(_ filter: CaptureFilter) async throws {
        try await fill(200)
        try await rig.accept(rig.delivery("letter"), [.unreadable("{}")])
        rig.clock.advance(by: .seconds(100))
        try await fill(200, from: 200)
        rig.clock.advance(by: .seconds(100_000))
        let before = try await captures(filter)
        #expect(try await rig.journal.compressDeliveries() == 400)
        #expect(try await captures(filter) == before)
        #expect(try await reader.captureCount(filter) == before.count)
        #expect(try await reader.captureCount(filter, after: 150) == before.filter { $0.position > 150 }.count)
    }

    @Test("If the database refuses a row later, the dead letter refers to a delivery in a block")
    func lateLetter() async throws {
        try await fill(10)
        rig.clock.advance(by: .seconds(100_000))
        _ = try await rig.journal.compressDeliveries()
        let id = try await captures()[4].id
        try await rig.journal.keep(
            DeadLetter(stage: .sync, reason: "no", detail: nil, deliveryID: id, record: "{}", createdAt: rig.clock.now))
        #expect(try await captures(CaptureFilter(states: [.deadLetter])).map(\.id) == [id])
        rig.clock.advance(by: .seconds(40 * 86_400))
        #expect(try await rig.journal.pruneDeliveries() == 0)
        try rig.execute("UPDATE dead_letters SET resolved_at = created_at")
        #expect(try await rig.journal.pruneDeliveries() == 10)
    }

    @Test("A block is removed when its youngest delivery is old enough and the database has everything in it")
    func prune() async throws {
        let rig = try TemporaryJournal(keep: .seconds(200_000), compressAfter: Self.day, syncTarget: "db")
        for index in 0..<3 { try await rig.accept(.message("\(index)")) }
        rig.clock.advance(by: .seconds(100_000))
        #expect(try await rig.journal.compressDeliveries() == 3)
        rig.clock.advance(by: .seconds(100_001))
        #expect(try await rig.journal.pruneDeliveries() == 0)
        let end = try await rig.journal.outbox(after: 0, limit: 100).end
        try await rig.journal.advance("db", to: end - 1)
        #expect(try await rig.journal.pruneDeliveries() == 0)
        try await rig.journal.advance("db", to: end)
        #expect(try await rig.journal.pruneDeliveries() == 3)
        #expect(try rig.count("delivery_blocks") == 0)
    }

    @Test("A row that is deleted while its block is being made stays deleted")
    func race() async throws {
        try await fill(10)
        rig.clock.advance(by: .seconds(100_000))
        let plan = try #require(try await reader.compressionPlan(before: rig.clock.now, upTo: .max))
        try rig.execute("DELETE FROM deliveries WHERE body = CAST('\(body(4))' AS BLOB)")
        #expect(try await rig.journal.write { try $0.blocks.replaceRows(by: plan) } == nil)
        #expect(try rig.counts().last == 9)
        #expect(try await rig.journal.compressDeliveries() == 9)
        #expect(try await captures().count == 9)
    }

    @Test("Blocks take at most a third of the size of their deliveries")
    func ratio() async throws {
        try await fill(900)
        rig.clock.advance(by: .seconds(100_000))
        _ = try await rig.journal.compressDeliveries()
        let sizes = try rig.rows("SELECT sum(raw_bytes), sum(length(data)) FROM delivery_blocks")[0].split(separator: "|").compactMap {
            Int($0)
        }
        #expect(sizes[1] * 100 < sizes[0] * 35)
    }
}

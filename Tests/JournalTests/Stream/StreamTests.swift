import JSON
import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Items for streams of events")
struct StreamTests {
    private func page(
        _ rig: TemporaryJournal, after position: Int64, limit: Int = 100, byteLimit: Int = 1 << 20
    ) async throws -> StreamPage<StreamedItem> {
        try await rig.journal.reader.streamed(after: position, limit: limit, byteLimit: byteLimit) { $0 }
    }

    /// The part of items that a test compares: `message text`.
    private func names(_ items: [StreamedItem]) -> [String] { items.map { "\($0.kind.rawValue) \($0.word)" } }

    /// Stores one item of each kind that a stream has, and also a dead letter, a contact and a session, which it does not have.
    private func filled() async throws -> TemporaryJournal {
        let rig = try TemporaryJournal()
        try await rig.accept(
            .message("a"), .status("sent", of: "x"), .activity("screen.viewed", "b"), .notice("account_update", "n"),
            .unsupported("new_field", "u"), .unreadable("{}"))
        try await rig.accept(.change("c", of: .asha, to: "919876543219"))
        return rig
    }

    @Test("Messages, statuses and every kind of event are returned in commit order, and nothing else")
    func order() async throws {
        let rig = try await filled()
        let page = try await page(rig, after: 0)
        #expect(
            names(page.items) == [
                "message text", "status sent", "activity screen.viewed", "notice account_update", "unsupported new_field",
                "identity number.changed",
            ])
        #expect(page.items.map(\.sequence) == page.items.map(\.sequence).sorted())
        #expect(page.missing == 0)
        #expect(page.end == (try await rig.journal.reader.lastSequence()))
    }

    @Test("An item has its origin, contact, time and row, without keys that only the journal uses")
    func content() async throws {
        let rig = try await filled()
        let items = try await page(rig, after: 0).items
        let message = try #require(items.first)
        let contact = try rig.rows("SELECT contact_id FROM messages").first
        #expect([message.provider, message.account, message.channel] == ["whatsapp-cloud", "main", "whatsapp"])
        #expect(message.contactID == contact)
        #expect(message.time == rig.clock.now.description)
        let record = try JSON(parsing: message.record)
        #expect(record["text"].string == "Hello" && record["content"]["body"].string == "Hello")
        #expect(record["sender"].string == "919876543210")
        #expect(record["delivery_id"].string == message.deliveryID)
        let status = try #require(items.first { $0.kind == .status })
        #expect(status.channel == nil && status.contactID == nil)
        #expect(try JSON(parsing: status.record)["rank"].int == 10)
        for item in items { #expect(try !JSON(parsing: item.record)["item_key"].isPresent) }
    }

    @Test("Pages of any size return the same items, once each", arguments: [1, 2, 3, 7], [1, 1 << 20])
    func pages(limit: Int, byteLimit: Int) async throws {
        let rig = try TemporaryJournal()
        for number in 0..<10 {
            try await rig.accept(
                .message("m\(number)", from: .phone("91987654321\(number)")), .status("read", of: "m\(number)"),
                .activity("screen.viewed", "a\(number)"), .unreadable("{\"n\":\(number)}"))
        }
        let all = try await page(rig, after: 0, limit: 1000)
        var (paged, position, rounds): ([Int64], Int64, Int) = ([], 0, 0)
        while position < all.end, rounds < 1000 {
            let page = try await page(rig, after: position, limit: limit, byteLimit: byteLimit)
            #expect(page.items.count <= limit && page.missing == 0 && page.end > position)
            paged += page.items.map(\.sequence)
            (position, rounds) = (page.end, rounds + 1)
        }
        #expect(paged == all.items.map(\.sequence) && paged.count == 30)
        let last = try await page(rig, after: position)
        #expect(last.items.isEmpty && last.end == position)
    }

    @Test("Numbers that a dead letter or a completed message left are no gap")
    func leftNumbers() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.placeholder("p"), .unreadable("{}"), .message("a"))
        let before = try await page(rig, after: 0)
        try await rig.accept(.message("p"))
        try rig.execute("DELETE FROM dead_letters WHERE seq < (SELECT max(seq) FROM messages)")
        let after = try await page(rig, after: 0)
        #expect(after.missing == 0)
        // The completed message gets a number after all others.
        #expect(before.items.count == 2 && after.items.count == 2)
        #expect(after.end > before.end)
        #expect(try after.items.map { try JSON(parsing: $0.record)["external_id"].string } == ["a", "p"])
    }

    @Test("Deleted rows are counted once, wherever pages end", arguments: [1, 2, 3, 100])
    func missing(limit: Int) async throws {
        let rig = try TemporaryJournal()
        for number in 0..<20 { try await rig.accept(.message("m\(number)")) }
        try rig.execute("DELETE FROM messages WHERE external_id IN ('m3', 'm4', 'm5', 'm11')")
        let end = try await rig.journal.reader.lastSequence()
        var (position, missing, count): (Int64, Int64, Int) = (0, 0, 0)
        while position < end {
            let page = try await page(rig, after: position, limit: limit)
            (position, missing, count) = (page.end, missing + page.missing, count + page.items.count)
        }
        #expect(missing == 4 && count == 16)
    }

    @Test("A position behind the journal's end is answered with the end")
    func ahead() async throws {
        let rig = try await filled()
        let end = try await rig.journal.reader.lastSequence()
        let page = try await page(rig, after: end + 1000)
        #expect(page.items.isEmpty && page.end == end && page.missing == 0)
    }

    @Test("The items of a journal of any version keep their positions")
    func upgraded() async throws {
        let rig = try await filled()
        let before = try await page(rig, after: 0).items
        try rig.journal.close()
        try rig.makeEarlier()
        let next = try rig.reopened()
        let after = try await page(next, after: 0)
        #expect(after.items.map(\.sequence) == before.map(\.sequence) && after.items.map(\.record) == before.map(\.record))
        #expect(after.missing == 0)
        try await next.accept(.message("later"))
        #expect(names(try await page(next, after: after.end).items) == ["message text"])
    }
}

extension Event {
    /// A placeholder for a message whose content arrives later.
    fileprivate static func placeholder(_ id: String) -> Event {
        let message = Message(type: .unsupported, sender: "919876543210", content: #"{"type":"media_placeholder"}"#)
        return Event(
            externalID: id, channel: .whatsapp, line: "line-1", party: .asha, effect: .none, content: .message(message))
    }
}

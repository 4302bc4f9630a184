import JSON
import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("The outbox")
struct OutboxTests {
    @Test("The outbox contains every stored row once, in commit order, except changes that a later change includes")
    func order() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a"), .status("sent", of: "x"), .activity("screen.viewed", "b"), .unreadable("{}"))
        try await rig.accept(.message("a"), .message("c", from: .phone("919876543211")))
        let items = try await rig.journal.outbox(after: 0, limit: 100).items
        // 1 and 7 are new contacts; 2 and 8, the changes of their sessions, include them.
        #expect(items.map(\.sequence) == [2, 3, 4, 5, 6, 8, 9])
        #expect(items.map(\.kind) == [.change, .message, .status, .event, .deadLetter, .change, .message])
        #expect(try items.filter { $0.kind == .message }.map { try JSON(parsing: $0.record)["external_id"].string } == ["a", "c"])
    }

    @Test("A session's own change comes before the first item that names it")
    func sessionFirst() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a"))
        let items = try await rig.journal.outbox(after: 0, limit: 100).items
        let message = try #require(items.last)
        let id = try #require(try JSON(parsing: message.record)["session_id"].string)
        #expect(message.kind == .message && message.session?.id == id)
        #expect(items.dropLast().contains { $0.kind == .change && $0.session?.id == id })
    }

    @Test("Pages of any size give the same rows", arguments: [1, 2, 3, 7])
    func pages(size: Int) async throws {
        let rig = try TemporaryJournal()
        for number in 0..<10 {
            try await rig.accept(.message("m\(number)", from: .phone("91987654321\(number)")), .status("read", of: "m\(number)"))
        }
        let all = try await rig.journal.outbox(after: 0, limit: 1000).items.map(\.sequence)
        var paged: [Int64] = []
        while case let page = try await rig.journal.outbox(after: paged.last ?? 0, limit: size).items, !page.isEmpty {
            #expect(page.count <= size)
            paged += page.map(\.sequence)
        }
        #expect(paged == all)
    }

    @Test("Numbers without a row to send are skipped, however many there are")
    func passedOver() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a"))
        for number in 0..<5 {
            try await rig.journal.keep(
                DeadLetter(
                    stage: .sync, reason: "refused", detail: nil, deliveryID: nil, record: "{\"n\":\(number)}", createdAt: rig.clock.now))
        }
        try await rig.accept(.message("b"))
        let page = try await rig.journal.outbox(after: 3, limit: 2)
        #expect(page.items.map(\.kind) == [.message])
        #expect(try await rig.journal.outbox(after: page.end, limit: 2).end == page.end)
    }

    @Test("A row that exceeds the limit of bytes is returned alone")
    func bytes() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a"), .message("b"))
        let page = try await rig.journal.outbox(after: 2, limit: 10, byteLimit: 1).items
        #expect(try page.map { try JSON(parsing: $0.record)["external_id"].string } == ["a"])
    }

    @Test("A message that only moves a session adds no change of its own; a start, an end and an expiry do")
    func changes() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a"))
        let position = try await rig.end()
        try await rig.accept(.message("b"))
        #expect(try await rig.kinds(after: position) == [.message])
        let restored = try await rig.position {
            _ = try await rig.journal.start(StartRequest(phone: ReceivedPhone("+919876543210"), channel: "chat"))
        }
        // A new spelling of the number is a new identity of the contact, which is included in the session's change.
        #expect(restored == [.change])
        rig.clock.advance(by: .seconds(90_000))
        #expect(try await rig.position { _ = try await rig.journal.expireOverdueSessions() } == [.change])
    }

    @Test("A record has the columns of its table, JSON as JSON and absent values left out")
    func record() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a", from: .phone("5511987654321", name: "Ana \u{0}\"")))
        let items = try await rig.journal.outbox(after: 0, limit: 10).items
        let message = try JSON(parsing: #require(items.last).record)
        #expect(message["content"]["body"].string == "Hello" && message["context"]["id"].string == "wamid.0")
        #expect(message["moves"].bool == true && message["direction"].string == "inbound")
        let contact = try JSON(parsing: #require(items.first).record)
        #expect(contact["display_name"].string == "Ana \u{0}\"" && !contact["merged_into"].isPresent && !contact["customer_id"].isPresent)
        #expect(contact["phones"].elements.map { $0.string } == ["+5511987654321", "+551187654321"])
        #expect(try #require(items.first).identities.count == 1)
        #expect(try items.last?.session.map { try JSON(parsing: $0.record)["phones"].count } == 2)
    }

    @Test("The backlog is counted from a database's own position, which never moves back")
    func backlog() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a"))
        #expect(try await rig.journal.reader.backlog(of: "db") == OutboxBacklog(depth: 3, oldest: rig.clock.now))
        try await rig.journal.advance("db", to: 2)
        try await rig.journal.advance("db", to: 1)
        #expect(try await rig.journal.reader.position(of: "db") == 2)
        #expect(try await rig.journal.reader.backlog(of: "db").depth == 1)
        try await rig.journal.advance("db", to: 3)
        #expect(try await rig.journal.reader.backlog(of: "db") == OutboxBacklog(depth: 0, oldest: nil))
        #expect(try await rig.journal.reader.backlog(of: "another").depth == 3)
    }

    @Test("A rolled-back transaction leaves no gap, and a reopened journal continues the numbers")
    func gaps() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a"))
        await #expect(throws: JournalError.self) {
            try await rig.journal.write { writer in
                try writer.changes.mark(ContactID(milliseconds: 1, sequence: 1, random: 1))
                throw JournalError(.unavailable, reason: "a test")
            }
        }
        let again = try rig.reopened()
        try await again.accept(.message("b"))
        #expect(try await again.journal.outbox(after: 0, limit: 10).items.map(\.sequence) == [2, 3, 4])
    }

    @Test("A row that the database refused permanently is kept once, and is not sent again")
    func deadLetter() async throws {
        let rig = try TemporaryJournal()
        let letter = DeadLetter(
            stage: .sync, reason: "no", detail: "{}", deliveryID: nil, record: #"{"messages":[]}"#, createdAt: rig.clock.now)
        try await rig.journal.keep(letter)
        try await rig.journal.keep(letter)
        #expect(try rig.rows("SELECT stage, reason, detail, record FROM dead_letters") == [#"sync|no|{}|{"messages":[]}"#])
        let page = try await rig.journal.outbox(after: 0, limit: 10)
        #expect(page.items.isEmpty && page.end == 1)
    }

    @Test("A resolved dead letter is sent again, at the end, with the time at which it was resolved")
    func settled() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.unreadable("{}"), .message("a"))
        let letter = try #require(try await rig.journal.reader.deadLetters(limit: 1).first)
        #expect(try await rig.journal.settle([letter.id]) == 1)
        let items = try await rig.journal.outbox(after: 0, limit: 100).items
        #expect(items.filter { $0.kind == .deadLetter }.map(\.sequence) == [items.map(\.sequence).max()])
        #expect(try JSON(parsing: #require(items.last).record)["resolved_at"].string == rig.clock.now.description)
        try await rig.accept(.message("b"))
        #expect(try await rig.journal.outbox(after: #require(items.last).sequence, limit: 100).items.map(\.kind) == [.message])
    }

    @Test("A listener is notified of commits, of several at the same time once")
    func commits() async throws {
        let rig = try TemporaryJournal()
        var commits = rig.journal.commits.makeAsyncIterator()
        try await rig.accept(.message("a"))
        try await rig.accept(.message("b"))
        // The writer gets its result before listeners are notified. Closing waits for both.
        try rig.journal.close()
        #expect(await commits.next() != nil)
        #expect(await commits.next() == nil)
    }
}

extension TemporaryJournal {
    fileprivate func end() async throws -> Int64 { try await journal.outbox(after: 0, limit: 1000).items.last?.sequence ?? 0 }

    fileprivate func kinds(after position: Int64) async throws -> [OutboxItem.Kind] {
        try await journal.outbox(after: position, limit: 1000).items.map(\.kind)
    }

    /// The kinds of the items that `body` puts into the outbox.
    fileprivate func position(_ body: () async throws -> Void) async throws -> [OutboxItem.Kind] {
        let position = try await end()
        try await body()
        return try await kinds(after: position)
    }
}

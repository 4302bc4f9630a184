import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Keys of items")
struct KeyTests {
    /// An item for one of the tables that have keys.
    private func item(_ number: Int) -> Event {
        switch number % 4 {
        case 0: .status("sent", of: "s-\(number)")
        case 1: .activity("screen.viewed", "a-\(number)", by: .phone("9198765\(10_000 + number % 7)"))
        default: .message("m-\(number)", from: .phone("9198765\(10_000 + number % 7)"))
        }
    }

    private func requireStored(_ numbers: Range<Int>, in rig: TemporaryJournal) async throws {
        let receipt = try await rig.accept(rig.delivery("again"), numbers.map { item($0) })
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [0, numbers.count, 0])
    }

    private func requireSound(_ rig: TemporaryJournal, items: Int) async throws {
        let counts = try rig.counts()
        #expect(counts[0] + counts[1] + counts[2] == items)
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("A stored item is a duplicate, wherever its key is kept", arguments: [1, 2, 3, 7], [1 << 20, 20_000, 0])
    func repeated(width: Int, keyMemory: Int) async throws {
        let rig = try TemporaryJournal(keyMemory: keyMemory)
        for start in stride(from: 0, to: 140, by: width) {
            let numbers = start..<start + width
            let receipt = try await rig.accept(rig.delivery("\(start)"), numbers.map { item($0) })
            #expect(receipt.accepted == width)
            try await requireStored(max(0, start - 10)..<start + width, in: rig)
        }
        let end = (140 + width - 1) / width * width
        try await requireStored(0..<end, in: rig)
        #expect(try rig.rows("SELECT max(level) > 2 FROM key_runs") == ["1"])
        try await requireSound(rig, items: end)
    }

    @Test("Items are duplicates after each opening, also during merges")
    func reopened() async throws {
        var rig = try TemporaryJournal()
        var wasMerging = false
        for number in 0..<60 {
            #expect(try await rig.accept(item(number)).accepted == 1)
            rig = try rig.reopened()
            try await requireStored(0..<number + 1, in: rig)
            wasMerging = try wasMerging || rig.rows("SELECT count(*) FROM key_runs WHERE written_parts < parts") != ["0"]
            try await requireSound(rig, items: number + 1)
        }
        #expect(wasMerging)
    }

    @Test("A rolled-back item is new when it arrives again, and its run's number is used by another")
    func rolledBack() async throws {
        let rig = try TemporaryJournal()
        try rig.execute(
            "CREATE TRIGGER refusal BEFORE INSERT ON messages WHEN new.external_id = 'refused' BEGIN SELECT raise(ABORT, 'no'); END")
        for start in stride(from: 0, to: 60, by: 3) {
            let items = (start..<start + 3).map { item($0) }
            await #expect(throws: JournalError.self) { try await rig.accept(rig.delivery("a"), items + [.message("refused")]) }
            // The run written here reuses the number of the one that was rolled back, with other keys.
            #expect(try await rig.accept(.message("x-\(start)"), .message("y-\(start)"), .message("z-\(start)")).accepted == 3)
            #expect(try await rig.accept(rig.delivery("b"), items).accepted == 3)
            try await requireStored(0..<start + 3, in: rig)
            #expect(try await rig.accept(.message("x-\(start)"), .message("y-\(start)"), .message("z-\(start)")).duplicates == 3)
        }
        try await requireSound(rig, items: 120)
    }

    @Test("An item that another process has stored is a duplicate, and both processes merge runs")
    func elsewhere() async throws {
        let here = try TemporaryJournal()
        let there = try here.besides()
        for number in 0..<80 {
            let (one, other) = number % 3 == 0 ? (here, there) : (there, here)
            #expect(try await one.accept(item(number)).accepted == 1)
            try await requireStored(max(0, number - 20)..<number + 1, in: other)
        }
        try await requireStored(0..<80, in: here)
        try await requireStored(0..<80, in: there)
        try await requireSound(here, items: 80)
    }

    @Test("A rolled-back run is not used for lookups in the run that another process wrote with its number")
    func rolledBackElsewhere() async throws {
        let here = try TemporaryJournal()
        let there = try here.besides(runsAMerge: 8)
        try await here.accept(.message("1"), .message("2"), .message("3"))
        try here.execute("CREATE TRIGGER refusal BEFORE INSERT ON key_runs WHEN new.level = 1 BEGIN SELECT raise(ABORT, 'no'); END")
        // The second run is written, but the merge that it causes is refused.
        await #expect(throws: JournalError.self) { try await here.accept(.message("4"), .message("5"), .message("6")) }
        try here.execute("DROP TRIGGER refusal")
        #expect(try await there.accept(.message("7"), .message("8"), .message("9")).accepted == 3)
        #expect(try here.rows("SELECT run FROM key_runs ORDER BY run") == ["1", "2"])
        #expect(try await here.accept(.message("7"), .message("8"), .message("9")).duplicates == 3)
        #expect(try await here.accept(.message("4"), .message("5"), .message("6")).accepted == 3)
        try await requireSound(here, items: 9)
    }

    @Test("A message that completes a stored one is found by its new number, wherever the old key was", arguments: [0, 4, 30])
    func completed(later: Int) async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(rig.delivery("first"), [.placeholder("w")])
        for number in 0..<later { try await rig.accept(item(number)) }
        #expect(try await rig.accept(rig.delivery("second"), [.image("w")]).accepted == 1)
        for number in later..<later + 30 {
            try await rig.accept(item(number))
            #expect(try await rig.accept(rig.delivery("second"), [.image("w")]).duplicates == 1)
        }
        try await requireSound(rig, items: later + 31)
    }

    @Test("A row that was deleted by SQL is stored again")
    func removed() async throws {
        let rig = try TemporaryJournal()
        for number in 0..<20 { try await rig.accept(item(number)) }
        try rig.execute("DELETE FROM messages WHERE external_id IN ('m-2', 'm-19')")
        #expect(try await rig.accept(item(2), item(19), item(3)).accepted == 2)
        #expect(try await rig.accept(item(2), item(19), item(3)).duplicates == 3)
    }

    @Test(
        "If the last rows were deleted by SQL, new rows with their numbers are recognized after the next start",
        arguments: [false, true])
    func lastRemoved(isIndexed: Bool) async throws {
        let old = try TemporaryJournal()
        for number in 0..<12 { try await old.accept(item(number)) }
        try old.journal.close()
        if isIndexed { try old.makeEarlier() }
        let last = "(SELECT seq FROM messages WHERE external_id = 'm-3')"
        try old.execute(
            """
            DELETE FROM deliveries; DELETE FROM changes WHERE seq > \(last); DELETE FROM message_statuses WHERE seq > \(last);
            DELETE FROM events WHERE seq > \(last); DELETE FROM messages WHERE seq > \(last);
            """)
        var rig = try old.reopened()
        for number in 4..<12 {
            #expect(try await rig.accept(item(number)).accepted == 1)
            if number % 3 == 0 { rig = try rig.reopened() }
            if isIndexed, number % 2 == 0 { _ = try await rig.journal.takeOverIndexPart() }
            try await requireStored(0..<number + 1, in: rig)
        }
        while try await rig.journal.takeOverIndexPart() {}
        let again = try rig.reopened()
        try await requireStored(0..<12, in: again)
    }

    @Test(
        "After somebody deleted the last items by SQL, but not their deliveries, no new item gets the number of such a delivery",
        arguments: [false, true])
    func deliveriesLeft(compressed: Bool) async throws {
        let rig = try TemporaryJournal(compressAfter: .seconds(86_400))
        for number in 0..<12 { try await rig.accept(item(number)) }
        if compressed {
            rig.clock.advance(by: .seconds(100_000))
            #expect(try await rig.journal.compressDeliveries() == 12)
        }
        let taken = try rig.rows("SELECT max(last_seq) FROM \(compressed ? "delivery_blocks" : "deliveries")")[0]
        try rig.execute("DELETE FROM changes; DELETE FROM messages; DELETE FROM message_statuses; DELETE FROM events")
        for number in 0..<24 { #expect(try await rig.accept(item(number)).accepted == 1) }
        #expect(try rig.rows("SELECT count(*) FROM deliveries WHERE last_seq > \(taken)") == ["24"])
        let again = try rig.reopened()
        try await requireStored(0..<24, in: again)
    }

    @Test("In an earlier version's journal, the index has the existing keys and runs the new ones")
    func earlier() async throws {
        let old = try TemporaryJournal(keysARun: 1000)
        try await old.accept(old.delivery("first"), [.placeholder("w"), .placeholder("v")])
        for number in 0..<40 { try await old.accept(item(number)) }
        try old.journal.close()
        try old.makeEarlier()
        let rig = try old.reopened(keysARun: 3)
        #expect(try rig.rows("SELECT item_table FROM indexed_rows ORDER BY 1") == ["events", "message_statuses", "messages"])
        try await requireStored(0..<40, in: rig)
        for number in 40..<80 { #expect(try await rig.accept(item(number)).accepted == 1) }
        #expect(try await rig.accept(rig.delivery("second"), [.image("w")]).accepted == 1)
        try await requireStored(0..<80, in: rig)
        #expect(try await rig.accept(rig.delivery("second"), [.image("w")]).duplicates == 1)
        // The index is unchanged, except for the row that got another number.
        let last = try rig.rows("SELECT last_seq FROM indexed_rows WHERE item_table = 'messages'")[0]
        #expect(
            try rig.rows("SELECT count(*) FROM messages INDEXED BY messages_item WHERE seq <= \(last)")
                == rig.rows("SELECT count(*) FROM messages WHERE seq <= \(last)"))
        try await requireSound(rig, items: 82)
        let again = try rig.reopened()
        try await requireStored(0..<80, in: again)
        #expect(try await again.accept(again.delivery("third"), [.image("v"), .placeholder("w")]).accepted == 1)
        try await requireSound(again, items: 82)
    }

    @Test("Runs replace an earlier version's indexes part by part, while items arrive", arguments: [false, true])
    func takenOver(isReopened: Bool) async throws {
        let old = try TemporaryJournal(keysARun: 1000)
        for number in 0..<50 { try await old.accept(item(number)) }
        try await old.accept(old.delivery("first"), [.placeholder("v"), .placeholder("w")])
        try old.journal.close()
        try old.makeEarlier()
        var rig = try old.reopened(keysARun: 3)
        var parts = 0
        while try await rig.journal.takeOverIndexPart() {
            let number = 50 + parts
            parts += 1
            #expect(try await rig.accept(item(number)).accepted == 1)
            if parts == 6 { #expect(try await rig.accept(rig.delivery("second"), [.image("w")]).accepted == 1) }
            if isReopened { rig = try rig.reopened() }
            try await requireStored(0..<number + 1, in: rig)
        }
        // Each part replaced three rows.
        #expect(parts > 15)
        #expect(try rig.count("indexed_rows") == 0)
        #expect(try await rig.accept(rig.delivery("third"), [.image("v"), .image("w")]).accepted == 1)
        try await requireSound(rig, items: 52 + parts)
        try rig.journal.close()
        _ = try await JournalCompaction(path: rig.path).run()
        #expect(try rig.rows("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE '%_item'") == [])
        let compacted = try rig.reopened()
        try await requireStored(0..<50 + parts, in: compacted)
        try await requireSound(compacted, items: 52 + parts)
    }

    @Test("If all of that is rolled back, the index is used as before")
    func takeoverRolledBack() async throws {
        let old = try TemporaryJournal()
        for number in 0..<20 { try await old.accept(item(number)) }
        try old.journal.close()
        try old.makeEarlier()
        let rig = try old.reopened()
        await #expect(throws: JournalError.self) {
            try await rig.journal.write { writer in
                while try writer.keys.takeOverIndex() {}
                throw JournalError(.rejected, reason: "for a test")
            }
        }
        try await requireStored(0..<20, in: rig)
        try await rig.journal.takeOverIndexes()
        try await requireStored(0..<20, in: rig)
        try await requireSound(rig, items: 20)
    }

    @Test("A compacted journal keeps its keys, and its indexes keep their entries")
    func compacted() async throws {
        let old = try TemporaryJournal()
        for number in 0..<20 { try await old.accept(item(number)) }
        try old.journal.close()
        try old.makeEarlier()
        let rig = try old.reopened()
        for number in 20..<40 { try await rig.accept(item(number)) }
        try rig.journal.close()
        _ = try await JournalCompaction(path: rig.path).run()
        let compacted = try rig.reopened()
        try await requireStored(0..<40, in: compacted)
        try await requireSound(compacted, items: 40)
    }
}

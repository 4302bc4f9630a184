import Messaging
import SQLiteStore
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Ranges of ids")
struct IDRangeTests {
    @Test("A new journal has no index of ids, and each id leads to its row", arguments: [1, 4, 7])
    func found(width: Int) async throws {
        let rig = try TemporaryJournal(numbersARange: width)
        #expect(try rig.idIndexes() == [])
        #expect(try rig.rows("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%\\_id TEXT NOT NULL UNIQUE%' ESCAPE '\\'") == ["2"])
        for start in stride(from: 0, to: 40, by: 5) {
            try await rig.fill(start..<start + 5)
            try await rig.requireFound()
        }
        #expect(try rig.rows("SELECT count(*) >= 40 / \(width) FROM id_ranges") == ["1"])
        try await rig.reopened().requireFound()
    }

    @Test("A range covers the ids of its rows, and follows the previous range")
    func width() async throws {
        let rig = try TemporaryJournal()
        // Also for a transaction with many rows, some of which have no id.
        try await rig.accept(rig.delivery("many"), (0..<30).flatMap { [TemporaryJournal.item($0), .status("sent", of: "s-\($0)")] })
        try await rig.fill(30..<40)
        let following =
            "last_seq - first_seq = 3 AND first_seq = ifnull((SELECT max(last_seq) FROM id_ranges p WHERE p.last_seq < r.last_seq), 0) + 1"
        #expect(try rig.rows("SELECT min(\(following)) FROM id_ranges r") == ["1"])
        #expect(try rig.rows("SELECT max(last_seq) > 60 FROM id_ranges") == ["1"])
        try await rig.requireFound()
    }

    @Test("Ranges that two processes create in any order, with different clocks, lead to all rows")
    func twoWriters() async throws {
        let here = try TemporaryJournal()
        let there = try here.besides()
        for number in 0..<60 {
            var delivery = here.delivery("\(number)")
            let isHere = number % 9 < 2
            // The other process replays deliveries that are several days old.
            if !isHere { delivery.receivedAt = delivery.receivedAt.adding(.seconds(-300_000)) }
            try await (isHere ? here : there).accept(delivery, [TemporaryJournal.item(number)])
            here.clock.advance(by: .seconds(1))
        }
        let laterAndSmaller = "SELECT 1 FROM id_ranges o WHERE o.largest < r.largest AND o.last_seq > r.last_seq"
        #expect(try here.rows("SELECT count(*) > 0 FROM id_ranges r WHERE EXISTS (\(laterAndSmaller))") == ["1"])
        try await here.requireFound()
        try await there.requireFound()
    }

    @Test("Rows are found after a clock was set back between two starts")
    func clockSetBack() async throws {
        var rig = try TemporaryJournal()
        for start in stride(from: 0, to: 40, by: 10) {
            try await rig.fill(start..<start + 10)
            rig.clock.advance(by: .seconds(-3600))
            rig = try rig.reopened()
        }
        try await rig.requireFound()
    }

    @Test("Rows that were rolled back are in no range")
    func rolledBack() async throws {
        let rig = try TemporaryJournal(numbersARange: 2)
        try rig.execute(
            "CREATE TRIGGER refusal BEFORE INSERT ON id_ranges WHEN new.last_seq % 4 = 0 BEGIN SELECT raise(ABORT, 'no'); END")
        for number in 0..<20 {
            let isStored = (try? await rig.accept(TemporaryJournal.item(number))) != nil
            if isStored { continue }
            try rig.execute("DROP TRIGGER refusal")
            #expect(try await rig.accept(TemporaryJournal.item(number)).accepted == 1)
            try await rig.requireFound()
            try rig.execute(
                "CREATE TRIGGER refusal BEFORE INSERT ON id_ranges WHEN new.last_seq % 4 = 0 BEGIN SELECT raise(ABORT, 'no'); END")
        }
        try await rig.requireFound()
    }

    @Test("Deleted rows are not found, but their neighbours are")
    func removed() async throws {
        let rig = try TemporaryJournal()
        try await rig.fill(0..<30)
        let ids = try rig.rows("SELECT delivery_id FROM deliveries WHERE last_seq % 2 = 0").compactMap { DeliveryID($0) }
        #expect(ids.count > 10)
        try rig.execute("DELETE FROM deliveries WHERE last_seq % 2 = 0")
        for id in ids { #expect(try await rig.journal.reader.capture(id) == nil) }
        try await rig.requireFound()
    }

    @Test("If the last rows were deleted by SQL, new rows with their numbers are found", arguments: [false, true])
    func lastRemoved(isReopened: Bool) async throws {
        var rig = try TemporaryJournal()
        try await rig.fill(0..<20)
        let last = try rig.rows("SELECT min(seq) + 6 FROM messages")[0]
        try rig.execute(
            """
            DELETE FROM deliveries WHERE last_seq > \(last); DELETE FROM messages WHERE seq > \(last);
            DELETE FROM events WHERE seq > \(last); DELETE FROM changes WHERE seq > \(last);
            DELETE FROM key_runs; DELETE FROM key_pages; DELETE FROM key_filters;
            UPDATE session_positions SET seq = min(seq, \(last));
            """)
        if isReopened { rig = try rig.reopened() }
        try await rig.fill(100..<103)
        #expect(try rig.rows("SELECT max(last_seq) <= \(last) + 4 FROM id_ranges") == ["1"])
        try await rig.requireFound()
        try await rig.fill(103..<120)
        try await rig.requireFound()
    }

    @Test("Deleted ranges are written again before the next row", arguments: [150, 700])
    func rangesRemoved(rows: Int) async throws {
        let rig = try TemporaryJournal(keysARun: 1000, numbersARange: 1)
        try await rig.accept(rig.delivery("many"), (0..<rows).map { TemporaryJournal.item($0) })
        try rig.execute("DELETE FROM id_ranges")
        try await rig.requireFound()
        try await rig.accept(.message("next"))
        #expect(try rig.rows("SELECT count(*) = max(last_seq), max(last_seq) = (SELECT max(seq) FROM messages) FROM id_ranges") == ["1|1"])
        try await rig.requireFound()
    }

    @Test("All rows with an id or a larger one are returned, highest numbers first, up to the limit")
    func larger() async throws {
        let rig = try TemporaryJournal()
        let other = try rig.besides()
        for number in 0..<30 {
            var delivery = rig.delivery()
            if number % 4 == 0 { delivery.receivedAt = delivery.receivedAt.adding(.seconds(-15)) }
            try await (number % 4 == 0 ? other : rig).accept(delivery, [.message("\(number)")])
            rig.clock.advance(by: .seconds(1))
        }
        for id in try rig.rows("SELECT message_id FROM messages") {
            let expected = try rig.rows("SELECT seq FROM messages WHERE message_id >= '\(id)' ORDER BY seq DESC")
            for limit in [1, 3, 100] {
                let found = try await rig.journal.reader.read { db in
                    var found: [String] = []
                    try IDSearch(db).forEach(from: id, in: .messages, "seq", { _ in }) { row in
                        found.append("\(row.integer(0))")
                        return found.count < limit
                    }
                    return found
                }
                #expect(found == Array(expected.prefix(limit)))
            }
        }
    }

    @Test("An item that the database moves is found by number or id, even if its number has changed", arguments: 0..<4)
    func moved(hint: Int) async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(rig.delivery("first"), [.placeholder("w", effect: .moves), .activity("screen.viewed", "e")])
        let sent = try rig.rows("SELECT message_id || ' ' || seq FROM messages UNION ALL SELECT event_id || ' ' || seq FROM events")
        try await rig.fill(0..<10)
        #expect(try await rig.accept(rig.delivery("second"), [.image("w", effect: .moves)]).accepted == 1)
        try await rig.fill(10..<20)
        let theirs = try await rig.start("9876543211")
        let moved = try sent.map { item in
            let parts = item.split(separator: " ").map(String.init)
            let number = try #require(Int64(parts[1]))
            return MovedItem(id: parts[0], sequence: [nil, number, number + 1, .max][hint], session: theirs.id)
        }
        try await rig.journal.adopt(SharedRows(moved: moved + [MovedItem(id: "nobody's", sequence: 1, session: theirs.id)]))
        #expect(
            try rig.rows("SELECT external_id FROM messages WHERE session_id = '\(theirs.id)'")
                + rig.rows("SELECT external_id FROM events WHERE session_id = '\(theirs.id)'") == ["w", "e"])
        try await rig.requireFound()
    }
}

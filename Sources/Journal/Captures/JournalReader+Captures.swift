import Messaging
import SQLiteStore

extension JournalReader {
    /// The next captures after a position, oldest first: at most `limit`, with bodies of about `byteLimit` bytes. Empty only at the end.
    /// Each page is from one snapshot of the file; a delivery that is moved into a block between two pages keeps its position. Nothing is
    /// looked for after `end`, although a few later captures may be among them.
    public func captures(
        _ filter: CaptureFilter, after position: Int64, upTo end: Int64 = .max, limit: Int, byteLimit: Int = 8 << 20
    ) async throws(JournalError) -> [Capture] {
        var position = position
        while true {
            let page = try await read { [position] db in
                var page = CapturePage(after: position, upTo: end, limit: limit, byteLimit: byteLimit)
                try CaptureQuery(filter).fill(&page, db)
                page.update { $0.origin.path = path }
                return page
            }
            if !page.captures.isEmpty || page.isLast { return page.captures }
            position = page.end
        }
    }

    /// The last captures, oldest first. Reads only as much of the end of the journal as is needed.
    public func lastCaptures(_ filter: CaptureFilter, limit: Int) async throws(JournalError) -> [Capture] {
        let end = try await read { db in
            let sql =
                "SELECT max(ifnull((SELECT max(last_seq) FROM deliveries), 0), ifnull((SELECT max(last_seq) FROM delivery_blocks), 0))"
            return try db.statement(sql).first { $0.integer(0) } ?? 0
        }
        var width = Int64(limit)
        while width < end, try await captureCount(filter, after: end - width) < limit { width = min(end, width * 4) }
        var last: [Capture] = []
        var position = max(0, end - width)
        while true {
            let captures = try await self.captures(filter, after: position, limit: 500)
            guard let next = captures.last?.position else { return last }
            position = next
            last = Array((last + captures).suffix(limit))
        }
    }

    /// The capture with an id, including refused ones; nil if the delivery is not kept.
    public func capture(_ id: DeliveryID) async throws(JournalError) -> Capture? {
        try await readCaptures { db in
            var capture = try CaptureQuery.capture(db, id) ?? Capture.refused(db, id)
            try capture?.findPerson(db)
            return capture.map { [$0] } ?? []
        }.first
    }

    /// The number of captures after a position. Conditions on adapter, account, phone, customer and external id require reading each
    /// delivery.
    public func captureCount(_ filter: CaptureFilter, after position: Int64 = 0) async throws(JournalError) -> Int {
        if let quick = CaptureCount(filter) { return try await read { [position] db in try quick.count(db, after: position) } }
        var count = 0
        var position = position
        while true {
            let (found, end, isLast) = try await read { [position] db in try CaptureQuery(filter).count(db, after: position) }
            count += found
            if isLast { return count }
            position = end
        }
    }

    /// The number of deliveries that cannot be read, because the rows of `delivery_forms` that they name are missing, or because their
    /// compressed block is damaged. Lists and exports leave them out. Reads all blocks.
    public func unreadableDeliveryCount() async throws(JournalError) -> Int {
        try await read { db in
            let sql = """
                SELECT count(*) FROM deliveries d WHERE form_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM delivery_forms f WHERE f.form_id = d.form_id)
                """
            var count = try db.statement(sql).first { $0.integer(0) } ?? 0
            try db.statement("SELECT count, data FROM delivery_blocks").forEach { row in
                if (try? DeliveryBlock.captures(in: row.blob(1))) == nil { count += max(0, row.integer(0)) }
                return true
            }
            return Int(count)
        }
    }

    /// Says how many deliveries cannot be read; nil if there are none.
    public static func sentence(ofUnreadable count: Int) -> String? {
        guard count > 0 else { return nil }
        return "\(count) \(count == 1 ? "delivery" : "deliveries") cannot be read: `switchboard journal check` says why"
    }

    /// The captures that a query returns, each with this journal's path.
    func readCaptures(_ query: @escaping @Sendable (Database) throws -> [Capture]) async throws(JournalError) -> [Capture] {
        var captures = try await read(query)
        for index in captures.indices { captures[index].origin.path = path }
        return captures
    }
}

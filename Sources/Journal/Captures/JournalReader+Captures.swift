import Messaging
import SQLiteStore

extension JournalReader {
    /// The next captures after a position, the oldest first: at most `limit`, and of bodies about `byteLimit` bytes. Empty at the end only.
    ///
    /// Each page is of one moment of the file; a delivery that is put into a block between two pages keeps its position.
    public func captures(
        _ filter: CaptureFilter, after position: Int64, limit: Int, byteLimit: Int = 8 << 20
    ) async throws(JournalError) -> [Capture] {
        var position = position
        while true {
            let page = try await read { [position] db in
                var page = CapturePage(after: position, limit: limit, byteLimit: byteLimit)
                try CaptureQuery(filter).fill(&page, db)
                page.update { $0.origin.path = path }
                return page
            }
            if !page.captures.isEmpty || page.isLast { return page.captures }
            position = page.end
        }
    }

    /// The last captures, the oldest of them first. Nothing is read from the file's beginning where the last ones are enough.
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

    /// The capture of an id, also of one that was refused; nil where the delivery is not kept.
    public func capture(_ id: DeliveryID) async throws(JournalError) -> Capture? {
        try await readCaptures { db in
            var capture = try CaptureQuery.capture(db, id) ?? Capture.refused(db, id)
            try capture?.findPerson(db)
            return capture.map { [$0] } ?? []
        }.first
    }

    /// How many captures there are after a position. Conditions on adapter, account, phone and external id cost a look at each delivery.
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

    /// Captures that a question finds, each with this journal's path.
    func readCaptures(_ query: @escaping @Sendable (Database) throws -> [Capture]) async throws(JournalError) -> [Capture] {
        var captures = try await read(query)
        for index in captures.indices { captures[index].origin.path = path }
        return captures
    }
}

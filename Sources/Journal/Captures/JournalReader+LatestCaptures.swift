import Messaging
import SQLiteStore

extension JournalReader {
    /// Kept deliveries before a position, the latest first, and the position before which the next page begins; nil if nothing precedes.
    /// It looks through a limited part of the journal, so that a page may be short or empty although earlier deliveries match.
    public func captures(
        _ filter: CaptureFilter, before position: Int64, limit: Int
    ) async throws(JournalError) -> (captures: [Capture], next: Int64?) {
        let last = try await lastCapturePosition()
        var end = min(position, last + 1)
        let lowest = max(0, end - Self.positionsAPage)
        var found: [Capture] = []
        var width = Int64(max(limit * 2, 100))
        while end > lowest + 1, found.count < limit {
            let start = max(lowest, end - width - 1)
            let captures = try await self.captures(filter, after: start, upTo: end - 1)
            found += captures.suffix(limit - found.count).reversed()
            end = start + 1
            width *= 2
        }
        if found.count >= limit { return (found, found.last.flatMap { $0.position > 1 ? $0.position : nil }) }
        return (found, end > 1 ? end : nil)
    }

    /// The most positions that a page looks through.
    private static let positionsAPage: Int64 = 20_000

    private func captures(_ filter: CaptureFilter, after start: Int64, upTo end: Int64) async throws(JournalError) -> [Capture] {
        var captures: [Capture] = []
        var position = start
        while position < end {
            let page = try await self.captures(filter, after: position, upTo: end, limit: 200)
            captures += page.prefix { $0.position <= end }
            guard let last = page.last?.position else { break }
            position = last
        }
        return captures
    }

    private func lastCapturePosition() async throws(JournalError) -> Int64 {
        try await read { db in
            let rows = try db.statement("SELECT max(last_seq) FROM deliveries").first { $0.integer(0) } ?? 0
            return max(rows, try db.statement("SELECT max(last_seq) FROM delivery_blocks").first { $0.integer(0) } ?? 0)
        }
    }
}

import Messaging
import SQLiteStore
import Synchronization
import Watchdog

extension Journal {
    /// Moves deliveries that are old enough into compressed blocks, and returns how many. They are read and compressed outside the writer,
    /// which only replaces the rows of one block at a time.
    /// A delivery with an unresolved dead letter stays a row, even after the letter is resolved, if its neighbours have been moved.
    public func compressDeliveries() async throws(JournalError) -> Int {
        guard let age = configuration.compressAfter else { return 0 }
        try await measureKept()
        let before = now().adding(.zero - age)
        var count = 0
        while !Task.isCancelled, let plan = try await reader.compressionPlan(before: before, upTo: kept.withLock { $0.rowsUpTo }) {
            // A row was removed in the meantime; the next sweep tries again.
            guard let freed = try await write(Work("compressing deliveries"), { try $0.blocks.replaceRows(by: plan) }) else { return count }
            kept.withLock { $0.remove(rows: freed) }
            count += plan.block.count
            // A backlog may take minutes; the pause leaves the processor to deliveries that arrive meanwhile.
            try? await Task.sleep(for: .milliseconds(5))
        }
        return count
    }
}

/// A block that is ready to replace its rows.
struct CompressionPlan: Sendable {
    let block: DeliveryBlock
    /// The positions of the rows that the block contains.
    let rows: [Int64]
    /// The number of rows from the first to the last, including those that stay rows.
    let rowsInRange: Int

    /// The longest time for which deliveries that are old enough wait for a block to fill up.
    static let patience: Duration = .seconds(3600)
}

extension JournalReader {
    /// The next block after all others; nil if the deliveries that are old enough neither fill a block nor have waited for long.
    func compressionPlan(before: Instant, upTo end: Int64) async throws(JournalError) -> CompressionPlan? {
        try await read { db in
            let last = "SELECT last_seq FROM delivery_blocks ORDER BY first_seq DESC LIMIT 1"
            let start = try db.statement(last).first { $0.integer(0) } ?? 0
            guard start < end else { return nil }
            var gathering = BlockGathering(before: before)
            try CaptureRows().forEach(db, in: start + 1...end, limit: .max) { gathering.add($0) }
            guard gathering.isDue, let block = try DeliveryBlock(of: gathering.captures) else { return nil }
            return CompressionPlan(block: block, rows: gathering.captures.map(\.position), rowsInRange: gathering.rowsInRange)
        }
    }
}

/// Selects the deliveries of a block from consecutive rows.
struct BlockGathering {
    private let before: Instant
    private(set) var captures: [Capture] = []
    /// The number of rows from the first selected one to the last.
    private(set) var rowsInRange = 0
    private var rowsSeen = 0
    private var bytes = 0

    init(before: Instant) { self.before = before }

    /// Whether the block should be made now: it is full, or its first delivery has waited for long enough.
    var isDue: Bool {
        isFull || captures.first.map { $0.delivery.receivedAt < before.adding(.zero - CompressionPlan.patience) } ?? false
    }

    private var isFull: Bool { captures.count >= DeliveryBlock.deliveries || bytes >= DeliveryBlock.bytes }

    /// Adds the next row; false if no more rows are wanted.
    mutating func add(_ capture: Capture) -> Bool {
        guard capture.delivery.receivedAt < before else { return false }
        rowsSeen += captures.isEmpty && capture.state == .deadLetter ? 0 : 1
        guard capture.state != .deadLetter else { return true }
        captures.append(capture)
        rowsInRange = rowsSeen
        bytes += capture.delivery.body.count + 512
        return !isFull
    }
}

import Messaging
import SQLiteStore
import Synchronization
import Watchdog

extension Journal {
    /// Puts deliveries that are old enough into compressed blocks, and returns how many. They are read and compressed beside the writer, which
    /// only puts one block at a time in the place of its rows.
    ///
    /// A delivery with an unsettled dead letter stays a row, and so does one whose letter is settled after its neighbours went.
    public func compressDeliveries() async throws(JournalError) -> Int {
        guard let age = configuration.compressAfter else { return 0 }
        try await measureKept()
        let before = now().adding(.zero - age)
        var count = 0
        while !Task.isCancelled, let plan = try await reader.compressionPlan(before: before, upTo: kept.withLock { $0.rowsUpTo }) {
            // Somebody removed a row since: the next sweep looks again.
            guard let freed = try await write(Work("compressing deliveries"), { try $0.blocks.replaceRows(by: plan) }) else { return count }
            kept.withLock { $0.remove(rows: freed) }
            count += plan.block.count
            // A backlog may take minutes; deliveries that come meanwhile need the processor more.
            try? await Task.sleep(for: .milliseconds(5))
        }
        return count
    }
}

/// A block that is ready to take the place of rows.
struct CompressionPlan: Sendable {
    let block: DeliveryBlock
    /// The positions of the rows that it holds.
    let rows: [Int64]
    /// The rows between the first and the last, with those that stay.
    let rowsInRange: Int

    /// How long old deliveries wait for a block to be full.
    static let patience: Duration = .seconds(3600)
}

extension JournalReader {
    /// The next block behind all others; nil where what is old enough fills none and has not waited long.
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

/// Picks the deliveries of a block from rows that follow each other.
struct BlockGathering {
    private let before: Instant
    private(set) var captures: [Capture] = []
    /// The rows from the first picked one to the last.
    private(set) var rowsInRange = 0
    private var rowsSeen = 0
    private var bytes = 0

    init(before: Instant) { self.before = before }

    /// Whether the block is worth making now.
    var isDue: Bool {
        isFull || captures.first.map { $0.delivery.receivedAt < before.adding(.zero - CompressionPlan.patience) } ?? false
    }

    private var isFull: Bool { captures.count >= DeliveryBlock.deliveries || bytes >= DeliveryBlock.bytes }

    /// Takes the next row; false where no more are wanted.
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

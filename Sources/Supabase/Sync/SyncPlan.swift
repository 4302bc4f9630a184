import Journal

/// What of the outbox waits, is on its way and is done: lanes side by side, in each lane the order of the commits.
///
/// All rows of one contact are in one lane, so that lanes need not wait for each other.
struct SyncPlan {
    /// The last row that was read into the plan.
    private(set) var readPosition: Int64
    private var lanes: [Lane]
    private let limits: Limits

    /// How much goes into a call and into memory.
    struct Limits: Sendable {
        var rows: Int
        var bytes: Int
        var waitingRows: Int
        var waitingBytes: Int
    }

    private struct Lane {
        var waiting: [OutboxItem] = []
        var onTheWay: [OutboxItem] = []
    }

    init(position: Int64, lanes: Int, limits: Limits) {
        readPosition = position
        self.lanes = Array(repeating: Lane(), count: lanes)
        self.limits = limits
    }

    /// Up to here everything is done.
    var position: Int64 {
        let undone = lanes.compactMap { ($0.onTheWay.first ?? $0.waiting.first)?.sequence }.min()
        return undone.map { $0 - 1 } ?? readPosition
    }

    /// Whether more rows may be read: a lane that cannot go on must not fill the memory with those behind it.
    var hasRoom: Bool {
        waitingRows < limits.waitingRows && lanes.reduce(0) { $0 + $1.waiting.reduce(0) { $0 + $1.size } } < limits.waitingBytes
    }

    /// Rows that were read and are not on their way.
    var waitingRows: Int { lanes.reduce(0) { $0 + $1.waiting.count } }

    /// Puts rows into their lanes, in their order.
    mutating func add(_ page: OutboxPage) {
        for item in page.items { lanes[lane(of: item.owner)].waiting.append(item) }
        readPosition = max(readPosition, page.end)
    }

    /// The next rows of a lane; nil where it has none or its last ones are still on their way.
    mutating func take(lane: Int) -> [OutboxItem]? {
        guard lanes[lane].onTheWay.isEmpty, !lanes[lane].waiting.isEmpty else { return nil }
        var bytes = 0
        let count = lanes[lane].waiting.prefix(limits.rows).prefix { item in
            defer { bytes += item.size }
            return bytes == 0 || bytes + item.size <= limits.bytes
        }.count
        lanes[lane].onTheWay = Array(lanes[lane].waiting.prefix(count))
        lanes[lane].waiting.removeFirst(count)
        return lanes[lane].onTheWay
    }

    /// What was on its way in a lane is done.
    mutating func finish(lane: Int) { lanes[lane].onTheWay = [] }

    /// FNV-1a: spreads owners evenly, and the same way each time.
    private func lane(of owner: String) -> Int {
        let hash = owner.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return Int((hash ^ hash >> 32) % UInt64(lanes.count))
    }
}

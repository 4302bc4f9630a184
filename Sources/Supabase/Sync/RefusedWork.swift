import Journal

/// What waits for somebody to fix the database: calls that it refuses, and rows of kinds that it refuses. It is one
/// outage until all of it was taken, however much passes beside it meanwhile.
struct RefusedWork {
    private var calls: Set<String> = []
    private var rows: Set<Int64> = []
    private var announced: Set<OutboxItem.Shape> = []

    /// Whether nothing waits.
    var isEmpty: Bool { calls.isEmpty && rows.isEmpty }

    /// A call failed, and waits with `isPause` until somebody has fixed something.
    mutating func failed(call: String, isPause: Bool) {
        if isPause { calls.insert(call) } else { ended(call: call) }
    }

    /// A row of this kind waits; true for the first since nothing waited.
    mutating func holds(_ row: Int64, of kind: OutboxItem.Shape) -> Bool {
        rows.insert(row)
        return announced.insert(kind).inserted
    }

    /// These were taken, or given up.
    mutating func ended(call: String? = nil, rows ended: [Int64] = []) {
        if let call { calls.remove(call) }
        rows.subtract(ended)
        if isEmpty { announced = [] }
    }
}

import Journal

/// The refused calls, and the rows of refused kinds, that wait until somebody fixes the database. All of them together are one outage, even
/// if other calls succeed meanwhile.
struct RefusedWork {
    private var calls: Set<String> = []
    private var rows: Set<Int64> = []
    private var announced: Set<OutboxItem.Shape> = []

    /// Whether nothing waits.
    var isEmpty: Bool { calls.isEmpty && rows.isEmpty }

    /// Records a failed call. With `isPause` the call waits until somebody has fixed the database.
    mutating func failed(call: String, isPause: Bool) {
        if isPause { calls.insert(call) } else { ended(call: call) }
    }

    /// Adds a waiting row of this kind; returns true for the kind's first row of the outage.
    mutating func holds(_ row: Int64, of kind: OutboxItem.Shape) -> Bool {
        rows.insert(row)
        return announced.insert(kind).inserted
    }

    /// Removes a call and rows that were stored or given up.
    mutating func ended(call: String? = nil, rows ended: [Int64] = []) {
        if let call { calls.remove(call) }
        rows.subtract(ended)
        if isEmpty { announced = [] }
    }
}

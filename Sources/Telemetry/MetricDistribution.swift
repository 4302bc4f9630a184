/// How often a histogram's values were in each of its buckets.
public struct MetricDistribution: Sendable, Equatable {
    private let bounds: [Double]
    /// The count of each bucket by itself; the last one has the values above all bounds.
    private var counts: [Int]

    init(bounds: [Double], counts: [Int]) {
        self.bounds = bounds
        self.counts = counts
    }

    /// The number of values.
    public var total: Int { counts.reduce(0, +) }

    mutating func add(_ other: MetricDistribution) {
        guard other.bounds == bounds else { return }
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// What has been counted since an earlier moment.
    public func since(_ earlier: MetricDistribution?) -> MetricDistribution {
        guard let earlier, earlier.bounds == bounds else { return self }
        return MetricDistribution(bounds: bounds, counts: zip(counts, earlier.counts).map { max(0, $0 - $1) })
    }

    /// An estimate of the value below which a share of all values lies, by linear interpolation within its bucket, as Prometheus'
    /// `histogram_quantile` does. Nil if there are no values; the largest bound if it is above all bounds.
    public func quantile(_ share: Double) -> Double? {
        let total = total
        guard total > 0 else { return nil }
        let rank = share * Double(total)
        var below = 0.0
        for (index, bound) in bounds.enumerated() {
            let count = Double(counts[index])
            if count > 0, below + count >= rank {
                let start = index == 0 ? 0 : bounds[index - 1]
                return start + (bound - start) * (rank - below) / count
            }
            below += count
        }
        return bounds.last
    }
}

import CoreMetrics
import Synchronization

/// The values of one metric with one set of labels.
protocol MetricSeries: AnyObject, Sendable {
    static var kind: MetricsPage.Kind { get }

    /// Writes its lines; `labels` have the page's form.
    func write(_ name: String, _ labels: String, to page: inout MetricsPage)
}

/// A number that only increases.
final class CounterSeries: MetricSeries, CounterHandler {
    static let kind = MetricsPage.Kind.counter
    private let value = Atomic<Int64>(0)

    /// Ignores a negative amount, since Prometheus would take a smaller value for a restart.
    func increment(by amount: Int64) {
        if amount > 0 { value.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() { value.store(0, ordering: .relaxed) }

    var count: Int64 { value.load(ordering: .relaxed) }

    func write(_ name: String, _ labels: String, to page: inout MetricsPage) {
        page.sample(name, labels, "\(value.load(ordering: .relaxed))")
    }
}

/// A number that may rise and fall.
final class GaugeSeries: MetricSeries, RecorderHandler, MeterHandler {
    static let kind = MetricsPage.Kind.gauge
    private let bits = Atomic<UInt64>(0)

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func decrement(by amount: Double) { increment(by: -amount) }

    func increment(by amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let sum = Double(bitPattern: current) + amount
            let (exchanged, found) = bits.weakCompareExchange(expected: current, desired: sum.bitPattern, ordering: .relaxed)
            if exchanged { return }
            current = found
        }
    }

    func write(_ name: String, _ labels: String, to page: inout MetricsPage) {
        page.sample(name, labels, MetricsPage.number(Double(bitPattern: bits.load(ordering: .relaxed))))
    }
}

/// Counts of values up to each of several bounds, with their number and sum.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    static let kind = MetricsPage.Kind.histogram
    private let bounds: [Double]
    private let state: Mutex<State>

    private struct State {
        /// The count of each bucket by itself; the last bucket has the values above all bounds.
        var counts: [Int]
        var sum = 0.0
    }

    /// `bounds` must be in ascending order.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    /// Ignores infinities and NaN, from which the sum would never recover.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    var distribution: MetricDistribution { MetricDistribution(bounds: bounds, counts: state.withLock { $0.counts }) }

    func write(_ name: String, _ labels: String, to page: inout MetricsPage) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total = 0
        for (count, bound) in zip(counts, bounds + [.infinity]) {
            total += count
            let bound = #"le="\#(MetricsPage.number(bound))""#
            page.sample("\(name)_bucket", labels.isEmpty ? bound : "\(labels),\(bound)", "\(total)")
        }
        page.sample("\(name)_sum", labels, MetricsPage.number(sum))
        page.sample("\(name)_count", labels, "\(total)")
    }
}

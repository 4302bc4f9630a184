public import CoreMetrics
import Synchronization

/// The backend of swift-metrics: creates counters, gauges and histograms, and writes them as a page in Prometheus' text format.
///
/// Create a metric once, beside the code that counts: creation looks up its name under a lock. Counting needs no lookup and no allocation;
/// counters and gauges are atomics, and each histogram has its own lock.
///
/// Labels must have few values, known in advance, such as the settings' adapters and accounts. Every value takes memory and a line on the
/// page until the process ends.
public final class PrometheusMetrics: MetricsFactory {
    private let state = Mutex(State())

    private struct State {
        var descriptions: [String: Description] = [:]
        var families: [String: Family] = [:]
    }

    private struct Description {
        var help: String
        var buckets: [Double]
    }

    private struct Family {
        var kind: MetricsPage.Kind
        var help: String
        /// The series by their labels in the page's form.
        var series: [String: any MetricSeries] = [:]
        /// The labels themselves, by the same keys.
        var labels: [String: [String: String]] = [:]
    }

    /// Upper bounds for times in seconds: from half a millisecond, about one fsync, to ten seconds, when senders give up.
    public static let latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// Creates a backend without metrics.
    public init() {}

    /// Adds every metric to a page, sorted by name and labels.
    public func write(to page: inout MetricsPage) {
        let families = state.withLock { $0.families }
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            page.begin(name, family.kind, family.help)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(name, labels, to: &page) }
        }
    }

    /// The values of a counter, one for each set of its labels; empty if there is no counter of this name.
    public func counts(of name: String) -> [(labels: [String: String], count: Int64)] {
        guard let family = state.withLock({ $0.families[name] }) else { return [] }
        return family.series.compactMap { key, series in
            (series as? CounterSeries).map { (family.labels[key] ?? [:], $0.count) }
        }
    }

    /// The sums of a histogram's buckets over all of its labels; nil if there is no histogram of this name.
    public func distribution(of name: String) -> MetricDistribution? {
        let series = state.withLock { $0.families[name]?.series.values.compactMap { $0 as? HistogramSeries } } ?? []
        guard var sum = series.first?.distribution else { return nil }
        for other in series.dropFirst() { sum.add(other.distribution) }
        return sum
    }

    /// Describes a metric before it is created; `buckets` are a histogram's upper bounds in ascending order.
    func describe(_ label: String, _ help: String, buckets: [Double]) {
        state.withLock { $0.descriptions[label] = Description(help: help, buckets: buckets) }
    }

    /// The series of a name and labels, created if necessary. If the name belongs to a metric of another kind, the new series is not on the
    /// page, since a name has one kind.
    private func series<Series: MetricSeries>(
        _ label: String, suffix: String, _ dimensions: [(String, String)], make: (_ buckets: [Double]) -> Series
    ) -> Series {
        let name = MetricsPage.name(label, suffix: suffix)
        let labels = MetricsPage.labels(dimensions)
        return state.withLock { state in
            let description = state.descriptions[label] ?? Description(help: label, buckets: Self.latencyBuckets)
            var family = state.families[name] ?? Family(kind: Series.kind, help: description.help)
            if let known = family.series[labels] as? Series { return known }
            let series = make(description.buckets)
            guard family.kind == Series.kind else { return series }
            family.series[labels] = series
            family.labels[labels] = Dictionary(dimensions) { _, later in later }
            state.families[name] = family
            return series
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families { state.families[name]?.series = family.series.filter { $1 !== handler } }
        }
    }
}

// The requirements of swift-metrics.
extension PrometheusMetrics {
    /// Creates a counter; its name ends with `_total`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, suffix: "_total", dimensions) { _ in CounterSeries() }
    }

    /// Creates a gauge, or a histogram if it aggregates.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(label, suffix: "", dimensions) { _ in GaugeSeries() } }
        return series(label, suffix: "", dimensions) { HistogramSeries(bounds: $0) }
    }

    /// Creates a gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, suffix: "", dimensions) { _ in GaugeSeries() }
    }

    /// Creates a histogram of seconds; its name ends with `_seconds`.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, suffix: "_seconds", dimensions) { HistogramSeries(bounds: $0) }
    }

    /// Removes a counter from the page.
    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    /// Removes a gauge or histogram from the page.
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    /// Removes a gauge from the page.
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    /// Removes a histogram from the page.
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}

// Shorthands for code that counts or times something.
extension MetricsFactory {
    /// A number that only increases: `let sent = metrics.counter("switchboard_sent_total", "Messages sent.")`, then `sent.increment()`.
    public func counter(_ name: String, _ help: String, labels: [(String, String)] = []) -> Counter {
        describe(name, help)
        return Counter(label: name, dimensions: labels, factory: self)
    }

    /// A number that may rise and fall: `depth.record(7)`.
    public func gauge(_ name: String, _ help: String, labels: [(String, String)] = []) -> Gauge {
        describe(name, help)
        return Gauge(label: name, dimensions: labels, factory: self)
    }

    /// A gauge that is always 1 and whose labels say something about the program.
    public func info(_ name: String, _ help: String, labels: [(String, String)]) { gauge(name, help, labels: labels).record(1) }

    /// A histogram of times in seconds: `time.record(duration: .now - start)`. `buckets` are upper bounds in ascending order.
    public func timer(
        _ name: String, _ help: String, labels: [(String, String)] = [], buckets: [Double] = PrometheusMetrics.latencyBuckets
    ) -> CoreMetrics.Timer {
        describe(name, help, buckets: buckets)
        return CoreMetrics.Timer(label: name, dimensions: labels, factory: self)
    }

    /// A histogram of any other quantity: `rows.record(100)`. `buckets` are upper bounds in ascending order.
    public func histogram(_ name: String, _ help: String, labels: [(String, String)] = [], buckets: [Double]) -> Recorder {
        describe(name, help, buckets: buckets)
        return Recorder(label: name, dimensions: labels, aggregate: true, factory: self)
    }

    private func describe(_ name: String, _ help: String, buckets: [Double] = []) {
        (self as? PrometheusMetrics)?.describe(name, help, buckets: buckets)
    }
}

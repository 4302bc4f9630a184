public import CoreMetrics
import Synchronization

/// The backend of swift-metrics: makes counters, gauges and histograms, and shows all of them as a page in Prometheus' text format.
///
/// A metric is made once, beside what it counts: making one looks its name up under a lock. Counting looks nothing up and allocates nothing.
/// Counters and gauges are atomics, and each histogram has a lock of its own.
///
/// Labels must have few values that are known beforehand, such as adapters and accounts of the settings. Every value takes memory and a line of
/// the page until the process ends.
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
        /// By their labels as the page has them.
        var series: [String: any MetricSeries] = [:]
    }

    /// Upper bounds of a histogram of times in seconds: from half a millisecond, about one fsync, to ten seconds, after which senders give up.
    public static let latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// Without a metric yet.
    public init() {}

    /// Adds every metric to a page, in the order of their names and labels.
    public func write(to page: inout MetricsPage) {
        let families = state.withLock { $0.families }
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            page.begin(name, family.kind, family.help)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(name, labels, to: &page) }
        }
    }

    /// Says what a metric means, before it is made; `buckets` are a histogram's upper bounds in ascending order.
    func describe(_ label: String, _ help: String, buckets: [Double]) {
        state.withLock { $0.descriptions[label] = Description(help: help, buckets: buckets) }
    }

    /// The series of a name and labels, which is made where there is none. Where the name belongs to another kind of metric, the series is on no
    /// page: a name has one kind.
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

// What swift-metrics asks of a backend.
extension PrometheusMetrics {
    /// A counter; its name ends with `_total`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, suffix: "_total", dimensions) { _ in CounterSeries() }
    }

    /// A gauge, or a histogram where it aggregates.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(label, suffix: "", dimensions) { _ in GaugeSeries() } }
        return series(label, suffix: "", dimensions) { HistogramSeries(bounds: $0) }
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, suffix: "", dimensions) { _ in GaugeSeries() }
    }

    /// A histogram of seconds; its name ends with `_seconds`.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, suffix: "_seconds", dimensions) { HistogramSeries(bounds: $0) }
    }

    /// Takes a counter off the page.
    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    /// Takes a gauge or a histogram off the page.
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    /// Takes a gauge off the page.
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    /// Takes a histogram off the page.
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}

// One line where something is counted or timed.
extension MetricsFactory {
    /// A number that only grows: `let sent = metrics.counter("switchboard_sent_total", "Messages sent.")`, then `sent.increment()`.
    public func counter(_ name: String, _ help: String, labels: [(String, String)] = []) -> Counter {
        describe(name, help)
        return Counter(label: name, dimensions: labels, factory: self)
    }

    /// A number as it is now: `depth.record(7)`.
    public func gauge(_ name: String, _ help: String, labels: [(String, String)] = []) -> Gauge {
        describe(name, help)
        return Gauge(label: name, dimensions: labels, factory: self)
    }

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

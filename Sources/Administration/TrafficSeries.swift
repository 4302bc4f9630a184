import JSON
import Journal
import Messaging
import Receiver
import ServiceLifecycle
import Synchronization
import Telemetry

/// What a gateway did in each of the last minutes: a ring in memory, made from what is counted anyway.
public final class TrafficSeries: Service {
    private let metrics: PrometheusMetrics
    private let persistence: PersistenceProbe?
    private let now: TimeSource
    private let state = Mutex(State())

    /// The number of minutes that are kept: a day.
    public static let minutes = 24 * 60

    private struct State {
        var points: [Point] = []
        var deliveries: Int64 = 0
        var events: Int64 = 0
        var time: MetricDistribution?
        var isBegun = false
    }

    struct Point: Sendable, Equatable {
        var at: Instant
        var deliveries: Int64
        var events: Int64
        var p50: Double?
        var p99: Double?
        var outboxDepth: Int
        var outboxAge: Int64
    }

    /// A ring without points, over what a gateway counts; without `persistence`, the outbox is always empty.
    public init(_ metrics: PrometheusMetrics, persistence: PersistenceProbe?, now: @escaping TimeSource = { .now }) {
        self.metrics = metrics
        self.persistence = persistence
        self.now = now
    }

    /// Samples once a minute until the gateway stops.
    public func run() async {
        await cancelWhenGracefulShutdown {
            await self.sample()
            while !Task.isCancelled {
                let rest = 60_000 - self.now().milliseconds % 60_000
                do { try await Task.sleep(for: .milliseconds(rest)) } catch { return }
                await self.sample()
            }
        }
    }

    /// Adds the point of what has happened since the last call; the first call only begins.
    func sample() async {
        let sync = await persistence?()
        let deliveries = metrics.counts(of: "switchboard_webhooks_total").reduce(0) { $0 + $1.count }
        let events = metrics.counts(of: "switchboard_events_total").reduce(0) { $0 + $1.count }
        let time = metrics.distribution(of: "switchboard_webhook_acknowledgement_seconds")
        let now = now()
        state.withLock { state in
            let latest = time?.since(state.time)
            if state.isBegun {
                state.points.append(
                    Point(
                        at: now, deliveries: deliveries - state.deliveries, events: events - state.events, p50: latest?.quantile(0.5),
                        p99: latest?.quantile(0.99), outboxDepth: sync?.outboxDepth ?? 0,
                        outboxAge: sync?.oldestUnsynced.map { max(0, now.since($0).components.seconds) } ?? 0))
                if state.points.count > Self.minutes { state.points.removeFirst() }
            }
            (state.deliveries, state.events, state.time, state.isBegun) = (deliveries, events, time, true)
        }
    }

    /// Writes the latest points, the oldest first.
    func write(to writer: inout JSONWriter, last count: Int) {
        let points = state.withLock { $0.points.suffix(count) }
        writer.object { object in
            object.member("step_seconds", 60)
            object.key("points")
            object.array { list in
                for point in points {
                    list.object { members in
                        members.member("at", point.at.description)
                        members.member("deliveries", point.deliveries)
                        members.member("events", point.events)
                        members.member("p50_ms", raw: Self.milliseconds(point.p50))
                        members.member("p99_ms", raw: Self.milliseconds(point.p99))
                        members.member("outbox_depth", point.outboxDepth)
                        members.member("outbox_age_seconds", point.outboxAge)
                    }
                }
            }
        }
    }

    /// Seconds as JSON in milliseconds, in hundredths; null if there is no value.
    static func milliseconds(_ seconds: Double?) -> String {
        guard let seconds else { return "null" }
        let hundredths = (seconds * 100_000).rounded()
        return "\(hundredths / 100)"
    }
}

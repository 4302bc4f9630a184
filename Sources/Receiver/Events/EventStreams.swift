import HTTPTypes
import Metrics
import Synchronization
import Telemetry

/// The open streams, limited in number, with metrics of what all of them sent.
final class EventStreams: Sendable {
    private let state: Mutex<(open: Int, limit: Int)>
    private let sent: Counter
    private let dropped: Counter

    init(limit: Int, metrics: PrometheusMetrics) {
        state = Mutex((open: 0, limit: limit))
        sent = metrics.counter("switchboard_events_sent_total", "Events sent to the clients of /events.")
        dropped = metrics.counter(
            "switchboard_event_streams_dropped_total", "Streams of /events that were closed because their client did not read fast enough.")
    }

    /// The number of open streams.
    var count: Int { state.withLock { $0.open } }

    /// Replaces the limit; streams beyond a lower one stay open.
    func replaceLimit(by limit: Int) { state.withLock { $0.limit = limit } }

    /// A place for one more stream, which is released with the last reference to it; throws 503 if there is none.
    func place() throws(Problem) -> Place {
        let reached: Int? = state.withLock { state in
            guard state.open < state.limit else { return state.limit }
            state.open += 1
            return nil
        }
        if let limit = reached {
            throw Problem(
                .serviceUnavailable, detail: "\(limit) event streams are open, as many as server.event_streams allows", retryAfter: 5)
        }
        return Place(self)
    }

    func count(sent events: Int) { sent.increment(by: events) }
    func countDropped() { dropped.increment() }

    /// A stream's place, owned by the answer's body. A client may disconnect before the body begins, so that no code of the body could
    /// release it; therefore deinitialization does.
    final class Place: Sendable {
        private let streams: EventStreams

        fileprivate init(_ streams: EventStreams) { self.streams = streams }

        deinit { streams.state.withLock { $0.open -= 1 } }
    }
}

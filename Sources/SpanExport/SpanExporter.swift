import HTTPTransport
import Logging
import Messaging
import Metrics
import Relay
import ServiceLifecycle
import Telemetry

/// Sends spans to a collector by OTLP over HTTP, in JSON.
///
/// Spans wait in a bounded queue, in memory only: while the collector does not answer, they are dropped and counted, and nothing else is
/// slowed down.
public final class SpanExporter: Sendable {
    /// Where spans go, and how many.
    public struct Configuration: Sendable {
        /// The collector's URL, without `/v1/traces`: `http://127.0.0.1:4318`.
        public var endpoint: String
        /// The part of the traces begun here that is recorded, 0 to 1.
        public var sampleRatio: Double
        /// Sent with every request, such as a key.
        public var headers: [(name: String, value: Secret)]
        /// The version of the program, as the spans' `service.version`.
        public var version: String
        /// The most spans that wait.
        public var capacity: Int
        /// The most spans of a request.
        public var batchSize: Int
        /// The longest time that a span waits while the collector answers.
        public var interval: Duration
        /// The pauses between attempts.
        public var backoff: BackoffPolicy
        /// The most attempts to send a batch.
        public var attempts: Int
        /// The longest time of an attempt.
        public var timeout: Duration

        public init(
            endpoint: String, sampleRatio: Double = 1, headers: [(name: String, value: Secret)] = [], version: String = "",
            capacity: Int = 8192, batchSize: Int = 512, interval: Duration = .seconds(1),
            backoff: BackoffPolicy = BackoffPolicy(first: .seconds(1), longest: .seconds(30)), attempts: Int = 5,
            timeout: Duration = .seconds(10)
        ) {
            self.endpoint = endpoint
            self.sampleRatio = sampleRatio
            self.headers = headers
            self.version = version
            self.capacity = capacity
            self.batchSize = batchSize
            self.interval = interval
            self.backoff = backoff
            self.attempts = attempts
            self.timeout = timeout
        }
    }

    /// The tracer whose recorded spans are sent.
    public let tracer: SpanTracer
    private let configuration: Configuration
    private let queue: SpanQueue
    private let transport: HTTPTransport
    private let exported: Counter
    private let undelivered: Counter
    private let failed: Counter
    private let outage: CollectorOutage

    /// Opens no connection yet. Throws only if libcurl has no memory.
    public init(_ configuration: Configuration, metrics: any MetricsFactory, logger: Logger) throws(HTTPTransportError) {
        self.configuration = configuration
        let dropped = { reason in
            metrics.counter(
                "switchboard_spans_dropped_total", "Spans that no collector has received, by the reason.", labels: [("reason", reason)])
        }
        exported = metrics.counter("switchboard_spans_exported_total", "Spans that the collector accepted.", labels: [])
        undelivered = dropped("undelivered")
        failed = metrics.counter("switchboard_span_export_failures_total", "Requests to the collector that failed.", labels: [])
        queue = SpanQueue(capacity: configuration.capacity, batchSize: configuration.batchSize, dropped: dropped("queue_full"))
        tracer = SpanTracer(queue, ratio: configuration.sampleRatio)
        transport = try HTTPTransport(limits: TransportLimits(responseBytes: 1 << 20))
        outage = CollectorOutage(logger)
    }

    /// Sends everything that waits, batch by batch. If the task is cancelled, the batch in hand waits again.
    func exportAll(attempts: Int) async {
        while !Task.isCancelled {
            let batch = queue.take()
            guard !batch.isEmpty else { return }
            await export(batch, attempts: attempts)
        }
    }

    /// Sends a batch, again after a lost connection and after the statuses for which OTLP asks that (`CollectorAnswer`).
    private func export(_ spans: [SpanRecord], attempts: Int) async {
        let request = request(for: spans)
        for attempt in 1...max(1, attempts) {
            switch await answer(to: request) {
            case .accepted(let rejected, let message):
                let lost = min(max(0, rejected), spans.count)
                exported.increment(by: spans.count - lost)
                undelivered.increment(by: lost)
                if lost > 0 { outage.began(message ?? "the collector rejected some spans") } else { outage.ended() }
                return
            case .refused(let reason):
                failed.increment()
                undelivered.increment(by: spans.count)
                outage.began(reason)
                return
            case .unavailable(let reason, let asked):
                guard !Task.isCancelled else { return queue.putBack(spans) }
                failed.increment()
                outage.began(reason)
                guard attempt < attempts else { break }
                try? await Task.sleep(
                    for: configuration.backoff.delay(afterAttempt: attempt, asked: asked, random: .random(in: 0..<1)))
                if Task.isCancelled { return queue.putBack(spans) }
            }
        }
        undelivered.increment(by: spans.count)
    }

    private func answer(to request: OutgoingRequest) async -> CollectorAnswer {
        do throws(HTTPTransportError) { return CollectorAnswer(try await transport.send(request)) } catch {
            return .unavailable(reason: "\(error)", asked: nil)
        }
    }

    private func request(for spans: [SpanRecord]) -> OutgoingRequest {
        let version = configuration.version.isEmpty ? [] : [(key: "service.version", value: configuration.version)]
        let document = TraceDocument(resource: [(key: "service.name", value: "switchboard")] + version, spans: spans)
        let path = "/v1/traces"
        return OutgoingRequest(
            method: "POST", url: configuration.endpoint.hasSuffix(path) ? configuration.endpoint : configuration.endpoint + path,
            headers: [HTTPField("Content-Type", "application/json"), HTTPField("User-Agent", "switchboard/1")]
                + configuration.headers.map { HTTPField($0.name, $0.value.revealed) },
            body: document.bytes, timeout: configuration.timeout)
    }
}

extension SpanExporter: Service {
    /// Sends spans until the gateway shuts down, then what still waits, for at most three seconds.
    public func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: self.configuration.interval)
                        self.queue.wake()
                    }
                }
                for await _ in self.queue.news where !Task.isCancelled { await self.exportAll(attempts: self.configuration.attempts) }
                group.cancelAll()
            }
        }
        await withDiscardingTaskGroup { group in
            group.addTask {
                try? await Task.sleep(for: .seconds(3))
                self.transport.shutdown()
            }
            await exportAll(attempts: 1)
            group.cancelAll()
        }
        transport.shutdown()
    }
}

import Tracing

/// The tracer whose spans `SpanExporter` sends to a collector.
///
/// A request that belongs to a trace follows the decision of whoever began it; of the traces that begin here, `ratio` is recorded. A span
/// that is not recorded only has its identity, which is passed on.
public struct SpanTracer: Tracer {
    private let queue: SpanQueue
    private let ratio: Double
    private let random: @Sendable () -> UInt64

    /// `random` makes the ids, and by them the decisions.
    init(_ queue: SpanQueue, ratio: Double, random: @escaping @Sendable () -> UInt64 = { .random(in: 1 ... .max) }) {
        self.queue = queue
        self.ratio = ratio
        self.random = random
    }

    /// Starts a span: in the trace of `context`, or in a new one.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> ExportedSpan {
        var context = context()
        let parent = context.traceContext
        let trace = parent?.trace ?? TraceContext.TraceID(high: random(), low: random())
        let identity = TraceContext(
            trace: trace, span: random(), isSampled: parent?.isSampled ?? isSampled(trace), state: parent?.state)
        context.traceContext = identity
        let record = SpanRecord(
            identity: identity, parent: parent?.span, name: operationName, kind: kind, start: instant().nanosecondsSinceEpoch)
        return ExportedSpan(context, record, into: identity.isSampled ? queue : nil)
    }

    /// Part of the protocol: `SpanExporter` sends at intervals and when the gateway stops.
    public func forceFlush() {}

    /// Reads `traceparent` and `tracestate`. Without a valid `traceparent` the context stays as it is, and the next span begins a trace.
    public func extract<Carrier, Extract: Extractor>(_ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract)
    where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: "traceparent", from: carrier) else { return }
        context.traceContext = TraceContext(parent: parent, state: extractor.extract(key: "tracestate", from: carrier))
    }

    /// Writes `traceparent`, and `tracestate` if the trace has one.
    public func inject<Carrier, Inject: Injector>(_ context: ServiceContext, into carrier: inout Carrier, using injector: Inject)
    where Inject.Carrier == Carrier {
        guard let identity = context.traceContext else { return }
        injector.inject(identity.parentHeader, forKey: "traceparent", into: &carrier)
        if let state = identity.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }

    /// Decides by the trace's id, so that every process with this ratio decides alike.
    private func isSampled(_ trace: TraceContext.TraceID) -> Bool {
        ratio >= 1 || Double(trace.low >> 11) < ratio * Double(1 << 53 as UInt64)
    }
}

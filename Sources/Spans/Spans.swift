import Tracing

/// Starts the spans of this process, or none: without a tracer, every call only checks `isOn` and does its work.
///
/// It is given to each module that makes spans, as a factory of metrics is, so that tests of one process do not share a tracer.
public struct Spans: Sendable {
    /// Whether there is a tracer. This never changes, so that code which runs for every webhook may store it.
    public let isOn: Bool
    private let tracer: (any Tracer)?

    /// Makes no spans.
    public static let off = Spans(tracer: nil)

    /// Makes spans by `tracer`.
    public init(_ tracer: any Tracer) { self.init(tracer: tracer) }

    private init(tracer: (any Tracer)?) {
        self.tracer = tracer
        isOn = tracer != nil
    }

    /// A point in time of a span.
    public typealias Time = DefaultTracerClock.Timestamp

    /// The present.
    public static var now: Time { DefaultTracerClock.now }

    /// Starts a span that the caller ends; its parent is the span of `context`, or that of the current task. Call it only if `isOn`.
    public func start(
        _ name: String, ofKind kind: SpanKind = .internal, at time: Time = Spans.now, in context: ServiceContext? = nil
    ) -> any Span {
        let parent = context ?? .current ?? .topLevel
        guard let tracer else { return NoOpTracer().startSpan(name, context: parent, ofKind: kind, at: time) }
        return tracer.startSpan(name, context: parent, ofKind: kind, at: time)
    }

    /// Adds a step that is over: a child of the span of `context`. `error` is why it failed.
    public func add(_ name: String, from start: Time, to end: Time, in context: ServiceContext, error: (any Error)? = nil) {
        let span = self.start(name, at: start, in: context)
        if let error { span.fail(error) }
        span.end(at: end)
    }

    /// Does the work within a span that ends with it. The span is the current one meanwhile, and fails if the work throws.
    public func step<Value, Failure: Error>(
        _ name: String, ofKind kind: SpanKind = .internal, in context: ServiceContext? = nil, _ work: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard isOn else { return try work() }
        let span = start(name, ofKind: kind, in: context)
        defer { span.end() }
        let result = ServiceContext.$current.withValue(span.context) { () -> Result<Value, Failure> in
            do throws(Failure) { return .success(try work()) } catch { return .failure(error) }
        }
        if case .failure(let error) = result { span.fail(error) }
        return try result.get()
    }

    /// The same for work that waits. `describe` sets attributes before it begins; `reason` names a failure, in few different words.
    public func during<Value, Failure: Error>(
        _ name: String, ofKind kind: SpanKind = .internal, in context: ServiceContext? = nil, describe: (any Span) -> Void = { _ in },
        reason: (Failure) -> String = { "\(type(of: $0))" }, _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard isOn else { return try await work() }
        let span = start(name, ofKind: kind, in: context)
        defer { span.end() }
        if span.isRecording { describe(span) }
        let result = await ServiceContext.$current.withValue(span.context) { () async -> Result<Value, Failure> in
            do throws(Failure) { return .success(try await work()) } catch { return .failure(error) }
        }
        if case .failure(let error) = result { span.fail(reason(error)) }
        return try result.get()
    }

    /// The context of the trace that a request belongs to, by its headers; a new trace if there is none or it cannot be read.
    public func context<Carrier, Reader: Extractor>(of carrier: Carrier, by reader: Reader) -> ServiceContext
    where Reader.Carrier == Carrier {
        var context = ServiceContext.topLevel
        tracer?.extract(carrier, into: &context, using: reader)
        return context
    }

    /// Adds to a request the headers that name a span as its parent.
    public func pass<Carrier, Writer: Injector>(_ context: ServiceContext, to carrier: inout Carrier, by writer: Writer)
    where Writer.Carrier == Carrier {
        tracer?.inject(context, into: &carrier, using: writer)
    }
}

extension Span {
    /// Marks the span as failed. Only the error's type is recorded: its description may quote what somebody sent.
    public func fail(_ error: any Error) { fail("\(type(of: error))") }

    /// Marks the span as failed for a reason that has few values, such as a status or a type of errors.
    public func fail(_ reason: String) {
        updateAttributes { $0[SpanKey.errorType] = reason }
        setStatus(SpanStatus(code: .error))
    }
}

import Synchronization
import Tracing

/// A span of `SpanTracer`. After its end it does not change any more.
public final class ExportedSpan: Span {
    /// The context for this span's children.
    public let context: ServiceContext
    /// Where the span goes at its end; nil if it is not recorded.
    private let queue: SpanQueue?
    private let record: Mutex<SpanRecord>

    init(_ context: ServiceContext, _ record: SpanRecord, into queue: SpanQueue?) {
        self.context = context
        self.record = Mutex(record)
        self.queue = queue
    }

    /// Whether anybody will see the span: it is sampled, and not over.
    public var isRecording: Bool { queue != nil && record.withLock { $0.end == nil } }

    /// The name, which should have few values.
    public var operationName: String {
        get { record.withLock(\.name) }
        set { change { $0.name = newValue } }
    }

    /// The attributes; at most `SpanRecord.mostAttributes` are sent.
    public var attributes: SpanAttributes {
        get { record.withLock(\.attributes) }
        set { change { $0.attributes = newValue } }
    }

    /// Says whether the operation succeeded.
    public func setStatus(_ status: SpanStatus) { change { $0.status = status } }

    /// Adds an event, up to `SpanRecord.mostEvents`.
    public func addEvent(_ event: SpanEvent) {
        change { record in
            if record.events.count < SpanRecord.mostEvents { record.events.append(event) } else { record.droppedEvents += 1 }
        }
    }

    /// Adds a link to another span, up to `SpanRecord.mostLinks`.
    public func addLink(_ link: SpanLink) {
        change { record in
            if record.links.count < SpanRecord.mostLinks { record.links.append(link) } else { record.droppedLinks += 1 }
        }
    }

    /// Adds an event with the error's type, without its description, which may quote what somebody sent.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var attributes = attributes
        attributes["exception.type"] = "\(type(of: error))"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// Ends the span and hands it to the exporter; a second end has no effect.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let queue else { return }
        let time = instant().nanosecondsSinceEpoch
        let ended = record.withLock { record -> SpanRecord? in
            guard record.end == nil else { return nil }
            // The wall clock may have been set back meanwhile.
            record.end = max(time, record.start)
            return record
        }
        if let ended { queue.add(ended) }
    }

    private func change(_ body: (inout SpanRecord) -> Void) {
        guard queue != nil else { return }
        record.withLock { if $0.end == nil { body(&$0) } }
    }
}

/// What is known of a span.
struct SpanRecord: Sendable {
    let identity: TraceContext
    /// The span within which it was started; nil for the first of a trace.
    let parent: UInt64?
    var name: String
    let kind: SpanKind
    /// Nanoseconds since 1970.
    let start: UInt64
    /// Nil until the span is over.
    var end: UInt64?
    var attributes: SpanAttributes = [:]
    var status: SpanStatus?
    var events: [SpanEvent] = []
    var droppedEvents = 0
    var links: [SpanLink] = []
    var droppedLinks = 0

    static let mostAttributes = 128
    static let mostEvents = 32
    static let mostLinks = 128
    /// The most characters of an attribute's value; the rest is cut off.
    static let longestValue = 512

    init(identity: TraceContext, parent: UInt64?, name: String, kind: SpanKind, start: UInt64) {
        self.identity = identity
        self.parent = parent
        self.name = name
        self.kind = kind
        self.start = start
    }
}

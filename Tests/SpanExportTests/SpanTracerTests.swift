import Logging
import Metrics
import Spans
import Telemetry
import Testing
import Tracing

@testable import SpanExport

@Suite("The tracer")
struct SpanTracerTests {
    private let queue = SpanQueue(capacity: 3, batchSize: 10, dropped: PrometheusMetrics().counter("dropped", "Dropped."))

    @Test("A child has its parent's trace, and the parent's id")
    func children() {
        let spans = Spans(SpanTracer(queue, ratio: 1))
        spans.step("outer", ofKind: .server) { spans.step("inner") {} }
        let taken = queue.take()
        #expect(taken.map(\.name) == ["inner", "outer"])
        #expect(taken.first?.identity.trace == taken.last?.identity.trace)
        #expect(taken.first?.parent == taken.last?.identity.span)
        #expect(taken.last?.parent == nil)
    }

    @Test("Of the traces that begin here, the ratio is recorded", arguments: [(0.0, 0), (0.25, 256), (0.5, 512), (1.0, 1024)])
    func ratio(ratio: Double, recorded: Int) {
        let evenly = TestNumbers(step: 1 << 54)
        let tracer = SpanTracer(queue, ratio: ratio) { evenly.next() }
        let count = (0..<1024).count { _ in tracer.startSpan("request", context: .topLevel).isRecording }
        #expect(abs(count - recorded) <= 1)
    }

    @Test("A request follows its sender's decision, whatever the ratio", arguments: [(0.0, "01", true), (1.0, "00", false)])
    func parentDecides(ratio: Double, flags: String, isRecorded: Bool) throws {
        let spans = Spans(SpanTracer(queue, ratio: ratio))
        let headers = ["traceparent": "00-\(TraceContextTests.trace)-\(TraceContextTests.span)-\(flags)", "tracestate": "congo=1"]
        let span = spans.start("request", in: spans.context(of: headers, by: DictionaryHeaders()))
        #expect(span.isRecording == isRecorded)
        let identity = try #require(span.context.traceContext)
        #expect(identity.trace.description == TraceContextTests.trace)
        // Passed on even if nothing is recorded.
        var passed: [String: String] = [:]
        spans.pass(span.context, to: &passed, by: DictionaryHeaders())
        #expect(passed["traceparent"] == identity.parentHeader)
        #expect(passed["traceparent"]?.hasSuffix("-\(flags)") == true)
        #expect(passed["tracestate"] == "congo=1")
        span.end()
        #expect(queue.take().count == (isRecorded ? 1 : 0))
    }

    @Test("A malformed traceparent begins a new trace", arguments: TraceContextTests.malformedHeaders)
    func malformed(header: String) throws {
        let spans = Spans(SpanTracer(queue, ratio: 1))
        let span = spans.start("request", in: spans.context(of: ["traceparent": header, "tracestate": "a=1"], by: DictionaryHeaders()))
        let identity = try #require(span.context.traceContext)
        #expect(identity.trace.description != TraceContextTests.trace)
        #expect(identity.state == nil)
        span.end()
        #expect(queue.take().first?.parent == nil)
    }

    @Test("A full queue drops spans and counts them, and a second end has no effect")
    func bounded() {
        let metrics = PrometheusMetrics()
        let queue = SpanQueue(capacity: 3, batchSize: 2, dropped: metrics.counter("dropped", "Dropped."))
        let tracer = SpanTracer(queue, ratio: 1)
        for index in 0..<5 {
            let span = tracer.startSpan("span \(index)", context: .topLevel)
            span.end()
            span.end()
            span.operationName = "late"
        }
        var page = MetricsPage()
        metrics.write(to: &page)
        #expect(page.text.contains("dropped_total 2\n"))
        let first = queue.take()
        #expect(first.map(\.name) == ["span 0", "span 1"])
        queue.putBack(first)
        #expect(queue.take().map(\.name) == ["span 0", "span 1"])
        #expect(queue.take().map(\.name) == ["span 2"])
        #expect(queue.take().isEmpty)
    }

    @Test("A log line within a span has its trace")
    func log() throws {
        let spans = Spans(SpanTracer(queue, ratio: 0))
        #expect(Logger.MetadataProvider.traces.get() == [:])
        try spans.step("request") {
            let identity = try #require(ServiceContext.current?.traceContext)
            let metadata = Logger.MetadataProvider.traces.get()
            #expect(metadata["trace_id"] == "\(identity.trace)")
            #expect(metadata["span_id"]?.description.count == 16)
        }
    }
}

/// Headers as a dictionary, with names in lower case.
struct DictionaryHeaders: Extractor, Injector {
    func extract(key: String, from headers: [String: String]) -> String? { headers[key] }
    func inject(_ value: String, forKey key: String, into headers: inout [String: String]) { headers[key] = value }
}

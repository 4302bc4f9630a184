import InMemoryTracing
import Spans
import Testing
import Tracing

@Suite("Spans")
struct SpansTests {
    private struct Fault: Error {}

    @Test("Without a tracer the work is done, and no span is current")
    func off() async throws {
        #expect(!Spans.off.isOn)
        let context = Spans.off.step("work") { ServiceContext.current == nil }
        #expect(context)
        #expect(await Spans.off.during("work", { await Self.answer() }) == 42)
        #expect(throws: Fault.self) { try Spans.off.step("work") { () throws(Fault) in throw Fault() } }
    }

    @Test("Work within work is a child, and what throws has failed by the error's type alone")
    func children() async throws {
        let tracer = InMemoryTracer()
        let spans = Spans(tracer)
        await #expect(throws: Fault.self) {
            try await spans.during("outer", ofKind: .server) { () async throws(Fault) in
                _ = await Self.answer()
                try spans.step("inner") { () throws(Fault) in throw Fault() }
            }
        }
        let finished = tracer.finishedSpans
        #expect(finished.map(\.operationName) == ["inner", "outer"])
        #expect(finished.first?.parentSpanID == finished.last?.spanID)
        #expect(finished.last?.parentSpanID == nil)
        #expect(finished.map(\.kind) == [.internal, .server])
        for span in finished {
            #expect(span.attributes.get(SpanKey.errorType) == .string("Fault"))
            #expect(span.status?.code == .error)
            #expect(span.status?.message == nil)
        }
    }

    @Test("A step that is over has its own times")
    func added() {
        let tracer = InMemoryTracer()
        let spans = Spans(tracer)
        let (start, end) = (DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 5), DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 9))
        let parent = spans.start("parent")
        spans.add("step", from: start, to: end, in: parent.context)
        let step = tracer.finishedSpans.first
        #expect(step?.startInstant.nanosecondsSinceEpoch == 5)
        #expect(step?.endInstant.nanosecondsSinceEpoch == 9)
        #expect(step?.parentSpanID == parent.context.inMemorySpanContext?.spanID)
        #expect(step?.attributes.get(SpanKey.errorType) == nil)
    }

    private static func answer() async -> Int { 42 }
}

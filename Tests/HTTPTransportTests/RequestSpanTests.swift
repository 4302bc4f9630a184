import HTTPTransport
import InMemoryTracing
import Spans
import Testing
import Tracing

@Suite("Spans of requests that this process sends")
struct RequestSpanTests {
    private let tracer = InMemoryTracer()

    @Test("A request is a child of the current span, has OpenTelemetry's attributes, and names itself to the server")
    func attributes() async throws {
        try await LoopbackServer.run { url in
            let spans = Spans(tracer)
            let transport = try HTTPTransport(spans: spans)
            let secret = url.replacing("http://", with: "http://user:password@") + "/headers?key=secret"
            let answer = try await spans.during("outer") {
                try await transport.send(OutgoingRequest(url: secret, headers: [HTTPField("In-Memory-Span-Id", "forged")]))
            }
            let (span, outer) = (try #require(tracer.finishedSpans.first), try #require(tracer.finishedSpans.last))
            #expect(span.operationName == "GET")
            #expect(span.kind == .client)
            #expect(span.parentSpanID == outer.spanID)
            #expect(span.attributes.get(SpanKey.method) == .string("GET"))
            #expect(span.attributes.get(SpanKey.status) == .int64(200))
            #expect(span.attributes.get(SpanKey.serverAddress) == .string("127.0.0.1"))
            #expect(span.attributes.get(SpanKey.serverPort) == url.split(separator: ":").last.flatMap { Int64($0) }.map { .int64($0) })
            #expect(span.attributes.get(SpanKey.fullURL) == .string("\(url)/headers"))
            #expect(span.status == nil)
            let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n").map { $0.lowercased() }
            #expect(lines.filter { $0.hasPrefix("in-memory-span-id:") } == ["in-memory-span-id: \(span.spanID)"])
        }
    }

    @Test("An answer from 400 on and a lost connection are failures, by the status and by the kind")
    func failures() async throws {
        try await LoopbackServer.run { url in
            let transport = try HTTPTransport(spans: Spans(tracer))
            _ = try await transport.send(OutgoingRequest(url: "\(url)/nowhere"))
            await #expect(throws: HTTPTransportError.self) { try await transport.send(OutgoingRequest(url: "http://127.0.0.1:1/")) }
            #expect(tracer.finishedSpans.map { $0.attributes.get(SpanKey.errorType) } == [.string("404"), .string("unreachable")])
            #expect(tracer.finishedSpans.map(\.status?.code) == [.error, .error])
        }
    }
}

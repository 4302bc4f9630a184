import InMemoryTracing
import Logging
import Messaging
import Metrics
import Spans
import Telemetry
import Testing
import Tracing

@testable import Receiver
@testable import SpanExport

@Suite("Spans of webhooks in front of the routes")
struct DeliverySpanTests {
    private static let names = ["receive", "authenticate", "read", "commit", "POST /webhooks/{adapter}/{account}"]

    @Test("They are those of the routes, one after the other in time")
    func same() async throws {
        let tracer = InMemoryTracer()
        let rig = try TestReceiver(spans: Spans(tracer))
        let connection = try await TestConnection(rig)
        await connection.receive(rig.request(Body.event("1"), query: "?secret=1"))
        #expect(try await connection.statuses(1) == ["200"])
        let direct = tracer.popFinishedSpans()
        #expect(direct.map(\.operationName) == Self.names)
        let root = try #require(direct.last)
        var time = root.startInstant.nanosecondsSinceEpoch
        for child in direct.dropLast() {
            #expect(child.parentSpanID == root.spanID)
            #expect(child.startInstant.nanosecondsSinceEpoch >= time)
            time = child.endInstant.nanosecondsSinceEpoch
        }
        #expect(root.endInstant.nanosecondsSinceEpoch >= time)
        #expect(try await rig.postWithQuery(Body.event("2")).status == 200)
        let routed = try #require(tracer.popFinishedSpans().last)
        var attributes = root.attributes
        // Only the direct path knows the number of items when it names the span.
        #expect(attributes.get(SpanKey.itemCount) == .int64(1))
        attributes.set(SpanKey.itemCount, value: nil)
        var others = routed.attributes
        others.set(SpanKey.itemCount, value: nil)
        #expect(attributes == others)
    }

    @Test(
        "A refusal ends at the step that refused",
        arguments: [
            (false, "1", ["receive", "authenticate"], "401"), (true, "{", ["receive", "authenticate", "read"], "400"),
        ])
    func refused(isSigned: Bool, body: String, steps: [String], status: String) async throws {
        let tracer = InMemoryTracer()
        let rig = try TestReceiver(spans: Spans(tracer))
        let connection = try await TestConnection(rig)
        await connection.receive(isSigned ? rig.request(body) : rig.unsigned(body, to: "/webhooks/kiosk/lobby"))
        #expect(try await connection.statuses(1) == [status])
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == steps + ["POST /webhooks/{adapter}/{account}"])
        #expect(spans.map { $0.status?.code == .error } == steps.dropLast().map { _ in false } + [true, false])
        #expect(spans.last?.attributes.get(SpanKey.status) == .int64(Int64(status) ?? 0))
    }

    @Test("What the routes have to handle makes no spans here")
    func passedOn() async throws {
        let tracer = InMemoryTracer()
        let rig = try TestReceiver(spans: Spans(tracer))
        let connection = try await TestConnection(rig)
        let token = "X-Session-Token: \(try await rig.token())"
        tracer.clearAll()
        await connection.receive(rig.unsigned(Body.event("1"), to: "/webhooks/chat/main", headers: [token]))
        #expect(connection.seen.last == "end")
        #expect(tracer.finishedSpans.isEmpty)
        #expect(tracer.activeSpans.isEmpty)
    }

    private static let valid = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    /// Headers that are no `traceparent`, as a client may send them.
    private static let malformed = [
        "traceparent:", "traceparent: 00", "traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "traceparent: ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "\(valid)\r\n\(valid)",
        "traceparent: \(String(repeating: "é", count: 2000))", "tracestate: a=1",
    ]

    @Test(
        "A request continues the trace of a valid traceparent, and a malformed one begins a trace and fails nothing",
        arguments: [true, false])
    func trace(isDirect: Bool) async throws {
        let queue = SpanQueue(capacity: 1000, batchSize: 1000, dropped: PrometheusMetrics().counter("dropped", "Dropped."))
        let rig = try TestReceiver(spans: Spans(SpanTracer(queue, ratio: 1)))
        func root(_ id: String, _ header: String) async throws -> SpanRecord {
            if isDirect {
                let connection = try await TestConnection(rig)
                await connection.receive(rig.request(Body.event(id), headers: [header]))
                #expect(try await connection.statuses(1) == ["200"], "\(header)")
            } else {
                let lines = header.split(separator: "\r\n").map { $0.split(separator: ":", maxSplits: 1) }
                let headers = lines.map { Delivery.Header(String($0[0]), $0.count < 2 ? "" : String($0[1].drop { $0 == " " })) }
                let body = Array(Body.event(id).utf8)
                let all = headers + rig.signature("/webhooks/kiosk/lobby", body) + [Delivery.Header("content-type", "application/json")]
                #expect(try await rig.send("POST", "/webhooks/kiosk/lobby", headers: all, body: body).status == 200, "\(header)")
            }
            return try #require(queue.take().last)
        }
        let valid = try await root("valid", "\(Self.valid)\r\ntracestate: a=1\r\ntracestate: b=2")
        #expect(valid.identity.trace.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(valid.parent == 0x00f0_67aa_0ba9_02b7)
        #expect(valid.identity.state == "a=1,b=2")
        for (index, header) in Self.malformed.enumerated() {
            let span = try await root("\(index)", header)
            #expect(span.parent == nil, "\(header)")
            #expect(span.identity.trace.description != "4bf92f3577b34da6a3ce929d0e0e4736")
            #expect(span.identity.state == nil)
        }
    }
}

import InMemoryTracing
import Messaging
import Spans
import Testing
import Tracing

@testable import Receiver

@Suite("Spans of requests on the routes")
struct RouteSpanTests {
    private let tracer = InMemoryTracer()

    private func makeRig() throws -> TestReceiver { try TestReceiver(spans: Spans(tracer)) }

    /// The finished spans by their names.
    private func span(_ name: String) throws -> FinishedInMemorySpan {
        try #require(tracer.finishedSpans.first { $0.operationName == name }, "\(tracer.finishedSpans.map(\.operationName))")
    }

    @Test("A webhook's span has its route and account, and its steps as children, without anything of the person")
    func webhook() async throws {
        let rig = try makeRig()
        #expect(try await rig.postWithQuery(Body.event("1")).status == 200)
        let spans = tracer.popFinishedSpans()
        #expect(spans.map(\.operationName) == ["receive", "authenticate", "read", "commit", "POST /webhooks/{adapter}/{account}"])
        let root = try #require(spans.last)
        #expect(root.kind == .server)
        #expect(root.parentSpanID == nil)
        for child in spans.dropLast() {
            #expect(child.parentSpanID == root.spanID)
            #expect(child.traceID == root.traceID)
        }
        #expect(root.attributes.get(SpanKey.method) == .string("POST"))
        #expect(root.attributes.get(SpanKey.route) == .string("/webhooks/{adapter}/{account}"))
        #expect(root.attributes.get(SpanKey.path) == .string("/webhooks/kiosk/lobby"))
        #expect(root.attributes.get(SpanKey.scheme) == .string("http"))
        #expect(root.attributes.get(SpanKey.serverAddress) == .string("localhost"))
        #expect(root.attributes.get(SpanKey.status) == .int64(200))
        #expect(root.attributes.get(SpanKey.adapter) == .string("kiosk"))
        #expect(root.attributes.get(SpanKey.account) == .string("lobby"))
        #expect(root.attributes.get(SpanKey.errorType) == nil)
        for span in spans {
            span.attributes.forEach { key, value in
                #expect(!"\(value)".contains("secret") && !"\(value)".contains("98765"), "\(span.operationName) \(key)")
            }
        }
        #expect(tracer.activeSpans.isEmpty)
    }

    @Test("A method that a client invents is not a name of spans")
    func inventedMethod() async throws {
        let rig = try makeRig()
        _ = try await rig.send("BREW", "/webhooks/kiosk/lobby")
        let root = try #require(tracer.finishedSpans.first { $0.kind == .server })
        #expect(root.operationName.hasPrefix("HTTP") && !root.operationName.contains("BREW"))
        #expect(root.attributes.get(SpanKey.method) == .string("_OTHER"))
    }

    @Test("A refused webhook's step has failed, but the request has not, since the client is at fault")
    func refused() async throws {
        let rig = try makeRig()
        #expect(try await rig.send("POST", "/webhooks/kiosk/lobby", body: Array(Body.event("1").utf8)).status == 401)
        let step = try span("authenticate")
        #expect(step.attributes.get(SpanKey.errorType) == .string("AuthenticationError"))
        #expect(step.errors.isEmpty)
        let root = try span("POST /webhooks/{adapter}/{account}")
        #expect(root.attributes.get(SpanKey.status) == .int64(401))
        #expect(root.status == nil)
    }

    @Test("Session calls and the opening of /events are spans")
    func others() async throws {
        let rig = try makeRig()
        let token = try await rig.token()
        _ = try await rig.session("GET", "/session", token: token)
        _ = try await rig.session("POST", "/session/end", token: token)
        #expect(try await rig.send("GET", "/events").status == 401)
        let roots = tracer.finishedSpans.filter { $0.parentSpanID == nil }
        #expect(roots.map(\.operationName) == ["POST /session/start", "GET /session", "POST /session/end", "GET /events"])
        #expect(roots.map { $0.attributes.get(SpanKey.status) } == [201, 200, 200, 401].map { .int64($0) })
        for root in tracer.finishedSpans {
            root.attributes.forEach { key, value in #expect(!"\(value)".contains(token), "\(key)") }
        }
    }

    @Test("A path without a route is not recorded, and probes make no spans")
    func unknown() async throws {
        let rig = try makeRig()
        for path in ["/healthz", "/readyz", "/metrics"] { _ = try await rig.send("GET", path) }
        #expect(tracer.finishedSpans.isEmpty)
        #expect(try await rig.send("GET", "/token-919876543210").status == 404)
        let root = try span("GET")
        #expect(root.attributes.get(SpanKey.path) == nil)
        #expect(root.attributes.get(SpanKey.route) == nil)
        #expect(root.attributes.get(SpanKey.status) == .int64(404))
    }
}

extension TestReceiver {
    /// Posts to the kiosk, to a URL with a query.
    func postWithQuery(_ body: String) async throws -> Answer {
        let (path, body) = ("/webhooks/kiosk/lobby", Array(body.utf8))
        let headers = [Delivery.Header("content-type", "application/json")] + signature(path, body)
        return try await send("POST", path + "?secret=1", headers: headers, body: body)
    }
}

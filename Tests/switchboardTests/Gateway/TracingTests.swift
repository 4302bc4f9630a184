import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("Traces of a gateway")
struct TracingTests {
    @Test("A collector receives the spans of a webhook at the latest when the gateway stops, and the log has the trace")
    func collector() async throws {
        try await Collector.run { collector in
            let tracing = #"tracing: { endpoint: "\#(collector.url)", headers: { x-key: the-key-of-the-collector } }"#
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: tracing)) { _, gateway in
                let client = try GatewayClient(gateway)
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
                #expect(try await client.get("/session", token: "unknown").status == 401)
                #expect(try await gateway.terminate() == 0)
                let groups = try collector.requests.flatMap { request in
                    #expect(request.headers["x-key"] == "the-key-of-the-collector")
                    return Array(try JSON(parsing: request.body)["resourceSpans"].elements)
                }
                let spans = groups.flatMap { Array($0["scopeSpans"][0]["spans"].elements) }
                let root = try #require(spans.first { $0["name"].string == "POST /webhooks/{adapter}/{account}" })
                let steps = spans.filter { $0["parentSpanId"].string == root["spanId"].string }
                #expect(steps.map { $0["name"].string } == ["receive", "authenticate", "read", "commit"])
                let session = try #require(spans.first { $0["name"].string == "GET /session" })
                let trace = try #require(session["traceId"].string)
                let line = gateway.log.split(separator: "\n").first { $0.contains("request refused") }
                #expect(line?.contains(#""trace_id":"\#(trace)""#) == true, "\(line ?? "no line")")
                #expect(line?.contains("hb.request.id") == true)
                #expect(!gateway.log.contains("the-key-of-the-collector"))
            }
        }
    }
}

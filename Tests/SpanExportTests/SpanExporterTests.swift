import HTTPTransport
import JSON
import Logging
import Messaging
import Relay
import ServiceLifecycle
import Spans
import SwitchboardTesting
import Telemetry
import Testing
import Tracing

@testable import SpanExport

@Suite("Export of spans")
struct SpanExporterTests {
    private let metrics = PrometheusMetrics()
    private let log = LogRecorder()

    /// An exporter to a collector, with pauses too short to matter.
    private func makeExporter(to url: String, capacity: Int = 100) throws -> SpanExporter {
        try SpanExporter(
            SpanExporter.Configuration(
                endpoint: url, headers: [(name: "x-api-key", value: Secret("the key"))], version: "0.1", capacity: capacity, batchSize: 10,
                interval: .seconds(3600), backoff: BackoffPolicy(first: .milliseconds(1), longest: .milliseconds(1))),
            metrics: metrics, logger: log.logger)
    }

    /// The lines of a metric on the page.
    private func samples() -> [String] {
        var page = MetricsPage()
        metrics.write(to: &page)
        return page.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }

    @Test("A collector receives OTLP in JSON: hexadecimal ids, strings for 64-bit numbers, numbers for enumerations")
    func document() async throws {
        try await Collector.run { collector in
            let exporter = try makeExporter(to: collector.url)
            let spans = Spans(exporter.tracer)
            let headers = ["traceparent": "00-\(TraceContextTests.trace)-\(TraceContextTests.span)-01", "tracestate": "a=1"]
            let start = DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_001)
            let span = spans.start("POST /x", ofKind: .server, at: start, in: spans.context(of: headers, by: DictionaryHeaders()))
            span.updateAttributes { attributes in
                attributes["text"] = "é\"\n"
                attributes["number"] = Int64.max
                attributes["flag"] = true
                attributes["share"] = 0.5
                attributes["list"] = ["a", "b"]
                attributes["long"] = String(repeating: "x", count: 100_000)
            }
            let other = spans.start("other", in: .topLevel)
            span.addLink(SpanLink(context: other.context, attributes: [:]))
            span.addEvent(SpanEvent(name: "event", at: start))
            span.fail("503")
            span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_005))
            await exporter.exportAll(attempts: 1)
            let request = try #require(collector.requests.first)
            #expect(request.path == "/v1/traces")
            #expect(request.headers["content-type"] == "application/json")
            #expect(request.headers["x-api-key"] == "the key")
            let group = try JSON(parsing: request.body)["resourceSpans"][0]
            #expect(
                group["resource"]["attributes"].elements.map(\.text) == [
                    #"{"key":"service.name","value":{"stringValue":"switchboard"}}"#,
                    #"{"key":"service.version","value":{"stringValue":"0.1"}}"#,
                ])
            #expect(group["scopeSpans"][0]["spans"].count == 1)
            let sent = group["scopeSpans"][0]["spans"][0]
            #expect(sent["traceId"].string == TraceContextTests.trace)
            #expect(sent["spanId"].string == span.context.traceContext.map { Hexadecimal.text($0.span) })
            #expect(sent["parentSpanId"].string == TraceContextTests.span)
            #expect(sent["traceState"].string == "a=1")
            #expect(sent["name"].string == "POST /x")
            #expect(sent["kind"].int == 2)
            #expect(sent["startTimeUnixNano"].string == "1700000000000000001")
            #expect(sent["endTimeUnixNano"].string == "1700000000000000005")
            #expect(sent["status"]["code"].int == 2)
            #expect(sent["links"][0]["spanId"].string == other.context.traceContext.map { Hexadecimal.text($0.span) })
            #expect(sent["events"][0]["timeUnixNano"].string == "1700000000000000001")
            let values = Dictionary(
                uniqueKeysWithValues: sent["attributes"].elements.map { ($0["key"].string ?? "", $0["value"]) })
            #expect(values["text"]?["stringValue"].string == "é\"\n")
            #expect(values["number"]?["intValue"].string == "9223372036854775807")
            #expect(values["flag"]?["boolValue"].bool == true)
            #expect(values["share"]?["doubleValue"].double == 0.5)
            #expect(values["list"]?["arrayValue"]["values"].elements.map { $0["stringValue"].string } == ["a", "b"])
            #expect(values["long"]?["stringValue"].string?.count == SpanRecord.longestValue)
            #expect(values["error.type"]?["stringValue"].string == "503")
            #expect(samples().contains("switchboard_spans_exported_total 1"))
            #expect(log.lines == [])
        }
    }

    @Test("A batch is sent again after 429, 502, 503 and 504; the outage is logged once, and its end", arguments: [429, 502, 503, 504])
    func retried(status: Int) async throws {
        try await Collector.run(answering: [status, status, 200, 200]) { collector in
            let exporter = try makeExporter(to: collector.url + "/v1/traces")
            for _ in 0..<15 { exporter.tracer.startSpan("span", context: .topLevel).end() }
            await exporter.exportAll(attempts: 5)
            #expect(collector.requests.map(\.path) == Array(repeating: "/v1/traces", count: 4))
            #expect(collector.requests[0].body == collector.requests[2].body)
            #expect(samples().contains("switchboard_spans_exported_total 15"))
            #expect(samples().contains("switchboard_span_export_failures_total 2"))
            #expect(log.lines.map(\.level) == [.warning, .notice])
            #expect(log.lines.first?.metadata["reason"] == "HTTP status \(status)")
        }
    }

    @Test("Another status is final, and so is a collector that is gone for all attempts", arguments: [400, 401, 413, 500])
    func refused(status: Int) async throws {
        try await Collector.run(answering: [status]) { collector in
            let exporter = try makeExporter(to: collector.url)
            exporter.tracer.startSpan("span", context: .topLevel).end()
            await exporter.exportAll(attempts: 5)
            #expect(collector.requests.count == 1)
            let gone = try makeExporter(to: "http://127.0.0.1:1")
            gone.tracer.startSpan("span", context: .topLevel).end()
            await gone.exportAll(attempts: 3)
            #expect(samples().contains(#"switchboard_spans_dropped_total{reason="undelivered"} 2"#))
            #expect(samples().contains("switchboard_span_export_failures_total 4"))
        }
    }

    @Test("Spans that the collector rejects one by one are counted, whether as a number or a string", arguments: ["3", "\"3\""])
    func partial(number: String) async throws {
        let body = #"{"partialSuccess":{"rejectedSpans":\#(number),"errorMessage":"too old"}}"#
        try await Collector.run(body: body) { collector in
            let exporter = try makeExporter(to: collector.url)
            for _ in 0..<5 { exporter.tracer.startSpan("span", context: .topLevel).end() }
            await exporter.exportAll(attempts: 1)
            #expect(samples().contains("switchboard_spans_exported_total 2"))
            #expect(samples().contains(#"switchboard_spans_dropped_total{reason="undelivered"} 3"#))
            #expect(log.lines.first?.metadata["reason"] == "too old")
        }
    }

    @Test("A full batch is sent at once, the rest when the service stops")
    func service() async throws {
        try await Collector.run { collector in
            let exporter = try makeExporter(to: collector.url)
            let group = ServiceGroup(services: [exporter], logger: log.logger)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                for _ in 0..<13 { exporter.tracer.startSpan("span", context: .topLevel).end() }
                try await waiting(for: "the first batch") { collector.requests.isEmpty ? nil : true }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            // A request whose answer the shutdown interrupts is sent again, so the collector may see its spans twice.
            let ids = try collector.requests.flatMap { request in
                try JSON(parsing: request.body)["resourceSpans"][0]["scopeSpans"][0]["spans"].elements.compactMap { $0["spanId"].string }
            }
            #expect(Set(ids).count == 13)
            #expect(samples().contains("switchboard_spans_exported_total 13"))
        }
    }
}

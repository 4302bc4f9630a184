import Metrics
import SwitchboardTesting
import Testing

@testable import Telemetry

@Suite("Metrics for Prometheus")
struct PrometheusMetricsTests {
    private let metrics = PrometheusMetrics()

    private var page: String {
        var page = MetricsPage()
        metrics.write(to: &page)
        return page.text
    }

    @Test("A page has every metric with its help, type and values, sorted by name and labels")
    func page() async throws {
        metrics.counter("sent_total", "Messages sent.", labels: [("to", "b"), ("by", "x")]).increment(by: 2)
        metrics.counter("sent_total", "Messages sent.", labels: [("by", "x"), ("to", "a")]).increment()
        metrics.gauge("depth", "What waits.").record(1.5)
        let time = metrics.timer("call_seconds", "Time of a call.", labels: [("by", "x")], buckets: [0.1, 1])
        time.record(duration: .milliseconds(100))
        time.record(duration: .milliseconds(250))
        time.record(duration: .seconds(3))
        metrics.histogram("batch_rows", "Rows of a batch.", buckets: [1, 10]).record(7)
        let expected = """
            # HELP batch_rows Rows of a batch.
            # TYPE batch_rows histogram
            batch_rows_bucket{le="1"} 0
            batch_rows_bucket{le="10"} 1
            batch_rows_bucket{le="+Inf"} 1
            batch_rows_sum 7
            batch_rows_count 1
            # HELP call_seconds Time of a call.
            # TYPE call_seconds histogram
            call_seconds_bucket{by="x",le="0.1"} 1
            call_seconds_bucket{by="x",le="1"} 2
            call_seconds_bucket{by="x",le="+Inf"} 3
            call_seconds_sum{by="x"} 3.35
            call_seconds_count{by="x"} 3
            # HELP depth What waits.
            # TYPE depth gauge
            depth 1.5
            # HELP sent_total Messages sent.
            # TYPE sent_total counter
            sent_total{by="x",to="a"} 1
            sent_total{by="x",to="b"} 2

            """
        #expect(page == expected)
        #expect(try await Promtool.complaints(about: page) == [])
    }

    @Test("Promtool rejects a metric's name with milliseconds, and a metric without help")
    func promtoolFinds() async throws {
        let page = "# HELP a_milliseconds_total x\n# TYPE a_milliseconds_total counter\na_milliseconds_total 1\nb 1\n"
        let complaints = try await Promtool.complaints(about: page).joined(separator: "\n")
        #expect(complaints.contains("a_milliseconds_total") && complaints.contains("b no help text"))
    }

    @Test("Increments by many threads at once are all counted")
    func concurrent() async {
        let (threads, times) = (8, 20_000)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<threads {
                group.addTask { [metrics] in
                    // Each thread creates its own handles for the same series.
                    let counter = metrics.counter("counted_total", "Counted.")
                    let meter = Meter(label: "level", factory: metrics)
                    let time = metrics.timer("took_seconds", "Took.", buckets: [1])
                    for _ in 0..<times {
                        counter.increment()
                        meter.increment(by: 2.0)
                        meter.decrement(by: 1.0)
                        time.record(duration: .milliseconds(500))
                    }
                }
            }
        }
        let total = threads * times
        for line in ["counted_total \(total)", "level \(total)", "took_seconds_count \(total)", "took_seconds_sum \(total / 2)"] {
            #expect(page.contains("\n\(line)\n"))
        }
    }

    @Test(
        "A label's value is written so that it is read back unchanged",
        arguments: [
            (#"plain"#, #"plain"#), (#"a "quoted" one"#, #"a \"quoted\" one"#), (#"C:\new"#, #"C:\\new"#), ("two\nlines", #"two\nlines"#),
            ("two\r\nlines", "two\r\\nlines"), ("an accented \"\u{301} mark", "an accented \\\"\u{301} mark"), ("", ""),
        ])
    func escaping(value: String, escaped: String) async throws {
        metrics.counter("escaped_total", "Escaped.", labels: [("value", value)]).increment()
        #expect(
            page.utf8.elementsEqual(
                "# HELP escaped_total Escaped.\n# TYPE escaped_total counter\nescaped_total{value=\"\(escaped)\"} 1\n".utf8))
        #expect(try await Promtool.complaints(about: page) == [])
    }

    @Test("A help text of several lines is one line of the page")
    func help() async throws {
        metrics.counter("helped_total", "One line,\nand \\ another \"one\".").increment()
        #expect(page.hasPrefix("# HELP helped_total One line,\\nand \\\\ another \"one\".\n"))
        #expect(try await Promtool.complaints(about: page) == [])
    }

    @Test("A library's metric name becomes a Prometheus name, with its unit and suffix")
    func foreignNames() async throws {
        Counter(label: "http.server.requests", dimensions: [("http.route", "/a")], factory: metrics).increment()
        Timer(label: "http.server.request.duration", factory: metrics).recordMilliseconds(20)
        Gauge(label: "0.pool-size", factory: metrics).record(3)
        #expect(page.contains("\nhttp_server_requests_total{http_route=\"/a\"} 1\n"))
        #expect(page.contains("\nhttp_server_request_duration_seconds_sum 0.02\n"))
        #expect(page.contains("\n_0_pool_size 3\n"))
        #expect(try await Promtool.complaints(about: page) == [])
    }

    @Test("A name of a counter cannot also be a gauge's: the gauge is left out")
    func kinds() {
        metrics.counter("taken_total", "Taken.").increment(by: 5)
        Gauge(label: "taken_total", factory: metrics).record(1)
        #expect(page == "# HELP taken_total Taken.\n# TYPE taken_total counter\ntaken_total 5\n")
    }

    @Test("A counter never goes back, and a histogram's sum stays a number")
    func monotonic() {
        let counter = metrics.counter("grown_total", "Grown.")
        counter.increment(by: 3)
        counter.increment(by: -2)
        let sizes = metrics.histogram("sizes", "Sizes.", buckets: [1])
        for value in [0.5, .nan, .infinity] { sizes.record(value) }
        #expect(page.contains("\ngrown_total 3\n") && page.contains("\nsizes_sum 0.5\n") && page.contains("\nsizes_count 1\n"))
    }

    @Test("A destroyed metric leaves the page, and its neighbours stay")
    func destroyed() {
        let counters = ["a", "b"].map { metrics.counter("kept_total", "Kept.", labels: [("by", $0)]) }
        counters[0].destroy()
        #expect(!page.contains(#"by="a""#) && page.contains(#"by="b""#))
        counters[1].destroy()
        #expect(page.isEmpty)
    }

    @Test("A metric that is computed for a page has a line for each set of labels, and none without any")
    func readSeries() async throws {
        var page = MetricsPage()
        page.add("absent_seconds", .gauge, "Absent.", [])
        page.add(
            "silent_seconds", .gauge, "Silence.",
            [(labels: [("b", "2"), ("a", "\"1\"")], value: 7), (labels: [("a", "2")], value: 0.5)])
        #expect(
            page.text == """
                # HELP silent_seconds Silence.
                # TYPE silent_seconds gauge
                silent_seconds{a="\\"1\\"",b="2"} 7
                silent_seconds{a="2"} 0.5

                """)
        #expect(try await Promtool.complaints(about: page.text) == [])
    }

    @Test("Facts about the program are labels of a metric with the value 1")
    func info() async throws {
        metrics.info("program_info", "The program.", labels: [("version", "1.2")])
        #expect(page.hasSuffix("\nprogram_info{version=\"1.2\"} 1\n"))
        #expect(try await Promtool.complaints(about: page) == [])
    }

    @Test("Values computed for a page stand beside counted ones")
    func readValues() async throws {
        var page = MetricsPage()
        page.add("free_bytes", .gauge, "Bytes free.", Int64.max)
        page.add("waited_seconds_total", .counter, "Time waited.", 1.25)
        #expect(page.text.contains("\nfree_bytes 9223372036854775807\n") && page.text.hasSuffix("\nwaited_seconds_total 1.25\n"))
        #expect(try await Promtool.complaints(about: page.text) == [])
    }
}

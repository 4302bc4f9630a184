import Messaging
import Testing

@testable import SwitchboardApp

@Suite("Settings of tracing")
struct TracingSettingsTests {
    private func settings(_ tracing: String) throws -> Settings.Tracing {
        try Settings(yaml: "tracing: \(tracing)", environment: SettingsEnvironment(process: ["KEY": "the key"])).tracing
    }

    @Test("Nothing is traced without an endpoint")
    func off() throws {
        #expect(try settings("{}") == Settings.Tracing())
        #expect(Settings.Tracing().endpoint == nil)
    }

    @Test("Endpoint, ratio and headers are read; headers in lower case, sorted")
    func read() throws {
        let read = try settings(
            #"{endpoint: "https://c.example/", sample_ratio: 0.05, headers: {X-Key: "${KEY}", authorization: "Basic x"}}"#)
        #expect(read.endpoint == "https://c.example")
        #expect(read.sampleRatio == 0.05)
        #expect(
            read.headers == [
                Settings.Tracing.Header(name: "authorization", value: Secret("Basic x")),
                Settings.Tracing.Header(name: "x-key", value: Secret("the key")),
            ])
    }

    @Test(
        "Wrong values stop the start, by the key, without a header's value",
        arguments: [
            ("{sample_ratio: 1.5}", "tracing.sample_ratio"), ("{sample_ratio: -0.1}", "tracing.sample_ratio"),
            ("{sample_ratio: nan}", "tracing.sample_ratio"), ("{endpoint: \"localhost:4318\"}", "tracing.endpoint"),
            ("{endpoint: \"http://c/?key=1\"}", "tracing.endpoint"), ("{headers: {\"x y\": hidden-value}}", "tracing.headers.x y"),
            ("{headers: {Content-Type: hidden-value}}", "tracing.headers.Content-Type"),
            ("{headers: {x-key: \"hidden-value\\r\\nx: y\"}}", "tracing.headers.x-key"),
            ("{headers: {x-key: \"hidden-valu\u{E9}\"}}", "tracing.headers.x-key"), ("{headers: [x]}", "tracing.headers"),
        ])
    func wrong(tracing: String, path: String) throws {
        let error = #expect(throws: SettingsError.self) { try settings(tracing) }
        #expect(error?.problems.map(\.path) == [path])
        #expect(error.map { !"\($0)".contains("hidden") } == true)
    }
}

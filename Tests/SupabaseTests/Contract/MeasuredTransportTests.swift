import Relay
import Supabase
import Synchronization
import Telemetry
import Testing

@Suite("Metrics of calls to the database")
struct MeasuredTransportTests {
    @Test("Each call is timed and counted once, by function and result, and passed on unchanged")
    func counted() async throws {
        let metrics = PrometheusMetrics()
        let transport = MeasuredTransport(ScriptedTransport(), metrics: metrics)
        #expect(try await transport.call(.ingest, Array("{}".utf8), within: .seconds(1)) == Array("{}".utf8))
        for (disposition, times) in [(CallFailure.Disposition.retry, 1), (.pause, 2), (.permanent, 3), (.alreadyThere, 4)] {
            for _ in 0..<times {
                await #expect(throws: CallFailure(disposition, code: "test", message: "")) {
                    try await transport.call(.session, Array("\(disposition)".utf8), within: .seconds(1))
                }
            }
        }
        var page = MetricsPage()
        metrics.write(to: &page)
        for line in [
            #"switchboard_database_calls_total{function="switchboard_ingest",result="answered"} 1"#,
            #"switchboard_database_calls_total{function="switchboard_session",result="answered"} 0"#,
            #"switchboard_database_calls_total{function="switchboard_session",result="retry"} 1"#,
            #"switchboard_database_calls_total{function="switchboard_session",result="pause"} 2"#,
            #"switchboard_database_calls_total{function="switchboard_session",result="permanent"} 3"#,
            #"switchboard_database_calls_total{function="switchboard_session",result="already_there"} 4"#,
            #"switchboard_database_call_seconds_count{function="switchboard_session"} 10"#,
            #"switchboard_database_call_seconds_count{function="switchboard_ingest"} 1"#,
            #"switchboard_database_call_seconds_count{function="switchboard_sweep"} 0"#,
        ] { #expect(page.text.contains("\n\(line)\n")) }
    }
}

/// Returns its argument, or fails with the disposition that the argument names.
private struct ScriptedTransport: ContractTransport {
    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        for disposition in [CallFailure.Disposition.retry, .pause, .permanent, .alreadyThere]
        where argument == Array("\(disposition)".utf8) {
            throw CallFailure(disposition, code: "test", message: "")
        }
        return argument
    }

    func shutdown() {}
}

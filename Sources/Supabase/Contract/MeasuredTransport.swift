import Metrics
import Relay
import Telemetry

/// A transport that counts and times its calls, by function and result.
public struct MeasuredTransport: ContractTransport {
    private let transport: any ContractTransport
    private let calls: [ContractFunction: Calls]

    /// The metrics of one function.
    fileprivate struct Calls {
        let time: Timer
        let answered: Counter
        let failed: [CallFailure.Disposition: Counter]
    }

    /// Passes calls on to `transport`.
    public init(_ transport: any ContractTransport, metrics: any MetricsFactory) {
        self.transport = transport
        calls = Dictionary(uniqueKeysWithValues: ContractFunction.allCases.map { ($0, Calls($0, metrics)) })
    }

    /// Calls a function, as `ContractTransport` says.
    public func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        let start = ContinuousClock.now
        defer { calls[function]?.time.record(duration: .now - start) }
        do throws(CallFailure) {
            let answer = try await transport.call(function, argument, within: budget)
            calls[function]?.answered.increment()
            return answer
        } catch {
            calls[function]?.failed[error.disposition]?.increment()
            throw error
        }
    }

    /// Closes the connections; every later call fails.
    public func shutdown() { transport.shutdown() }
}

extension MeasuredTransport.Calls {
    fileprivate init(_ function: ContractFunction, _ metrics: any MetricsFactory) {
        let name = ("function", function.rawValue)
        let counter = { (result: String) in
            metrics.counter(
                "switchboard_database_calls_total", "Calls of the database's functions, by function and result.",
                labels: [name, ("result", result)])
        }
        time = metrics.timer("switchboard_database_call_seconds", "Duration of a call of one of the database's functions.", labels: [name])
        answered = counter("answered")
        failed = [
            .retry: counter("retry"), .pause: counter("pause"), .permanent: counter("permanent"), .alreadyThere: counter("already_there"),
        ]
    }
}

import Relay
import Testing

@Suite("When a receiver is called")
struct CircuitTests {
    private let start = ContinuousClock.now

    @Test("After a failure nobody calls for half a second; then one caller does, and the others wait")
    func pause() {
        var circuit = makeCircuit()
        #expect(calls(&circuit, after: 0))
        circuit.failed(at: start, successes: 0)
        #expect(!calls(&circuit, after: 499))
        #expect(calls(&circuit, after: 500))
        #expect(!calls(&circuit, after: 501))
        circuit.succeeded()
        #expect(calls(&circuit, after: 502))
    }

    @Test("Consecutive failures lengthen the pause, up to five seconds")
    func growth() {
        var circuit = makeCircuit()
        for _ in 1...10 { circuit.failed(at: start, successes: 0) }
        #expect(!calls(&circuit, after: 4999))
        #expect(calls(&circuit, after: 5000))
    }

    @Test("If a call of another caller succeeds, one calls before the pause is over")
    func others() {
        var circuit = makeCircuit()
        circuit.failed(at: start, successes: 7)
        #expect(!calls(&circuit, after: 1, successes: 7))
        #expect(calls(&circuit, after: 2, successes: 8))
        #expect(!calls(&circuit, after: 3, successes: 8))
    }

    @Test("A clock that is set back does not lengthen the pause")
    func setBack() {
        var circuit = makeCircuit()
        circuit.failed(at: start.advanced(by: .seconds(100_000_000)), successes: 0)
        #expect(calls(&circuit, after: 0))
        #expect(!calls(&circuit, after: 1))
    }

    private func makeCircuit() -> Circuit<ContinuousClock.Instant> {
        Circuit(pauses: BackoffPolicy(first: .milliseconds(500), longest: .seconds(5)))
    }

    private func calls(_ circuit: inout Circuit<ContinuousClock.Instant>, after milliseconds: Int64, successes: Int = 0) -> Bool {
        circuit.mayCall(at: start.advanced(by: .milliseconds(milliseconds)), successes: successes)
    }
}

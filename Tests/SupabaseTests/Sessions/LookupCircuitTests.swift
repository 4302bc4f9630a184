import Messaging
import Testing

@testable import Supabase

@Suite("When the database is asked about sessions")
struct LookupCircuitTests {
    private let start = Instant(milliseconds: 1_800_000_000_000)

    @Test("After a failure nobody asks for half a second; then one does, and the others wait")
    func pause() {
        var circuit = LookupCircuit()
        #expect(asks(&circuit, after: 0))
        circuit.failed(at: start, syncCalls: 0)
        #expect(!asks(&circuit, after: 499))
        #expect(asks(&circuit, after: 500))
        #expect(!asks(&circuit, after: 501))
        circuit.succeeded()
        #expect(asks(&circuit, after: 502))
    }

    @Test("Failures in a row make the pause longer, up to five seconds")
    func growth() {
        var circuit = LookupCircuit()
        for _ in 1...10 { circuit.failed(at: start, syncCalls: 0) }
        #expect(!asks(&circuit, after: 4999))
        #expect(asks(&circuit, after: 5000))
    }

    @Test("Once the sync gets through, one asks before the pause is over")
    func sync() {
        var circuit = LookupCircuit()
        circuit.failed(at: start, syncCalls: 7)
        #expect(!asks(&circuit, after: 1, syncCalls: 7))
        #expect(asks(&circuit, after: 2, syncCalls: 8))
        #expect(!asks(&circuit, after: 3, syncCalls: 8))
    }

    @Test("A clock that is set back makes no pause of years")
    func setBack() {
        var circuit = LookupCircuit()
        circuit.failed(at: start.adding(.seconds(100_000_000)), syncCalls: 0)
        #expect(asks(&circuit, after: 0))
        #expect(!asks(&circuit, after: 1))
    }

    private func asks(_ circuit: inout LookupCircuit, after milliseconds: Int64, syncCalls: Int = 0) -> Bool {
        circuit.mayAsk(at: start.adding(.milliseconds(milliseconds)), syncCalls: syncCalls)
    }
}

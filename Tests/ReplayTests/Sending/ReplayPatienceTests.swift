import Testing

@testable import Replay

@Suite("The patience of a replay")
struct ReplayPatienceTests {
    private let patience = ReplayPatience(waits: [.seconds(1), .seconds(2)], longest: .seconds(60))

    @Test("It waits as its list says, and then gives up")
    func waits() {
        #expect((1...3).map { patience.wait(afterAttempt: $0, retryAfter: nil) } == [.seconds(1), .seconds(2), nil])
    }

    @Test("It waits as long as the gateway asks, up to a limit", arguments: [(0, 0), (7, 7), (60, 60), (61, nil), (-1, 0)])
    func asked(retryAfter: Int, seconds: Int?) {
        #expect(patience.wait(afterAttempt: 1, retryAfter: retryAfter) == seconds.map { .seconds($0) })
    }
}

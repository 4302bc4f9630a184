import Messaging
import Testing

@testable import Replay

@Suite("The pace of a replay")
struct ReplayPaceTests {
    private func dues(_ pace: ReplayPace, received: [Int64], now: [Double]) -> [Double] {
        var pace = pace
        return zip(received, now).map { pace.due(receivedAt: Instant(milliseconds: $0), now: .seconds($1)) / .seconds(1) }
    }

    @Test("Without limits everything is due at once")
    func unlimited() {
        #expect(ReplayPace().isUnlimited)
        #expect(dues(ReplayPace(), received: [0, 0], now: [1, 2]) == [1, 2])
    }

    @Test("A rate spaces captures evenly; a delay is compensated by at most a second")
    func rate() {
        #expect(dues(ReplayPace(rate: 4), received: [0, 0, 0], now: [0, 0, 0]) == [0, 0.25, 0.5])
        #expect(dues(ReplayPace(rate: 4), received: [0, 0, 0], now: [0, 0.6, 0.6]) == [0, 0.25, 0.5])
        #expect(dues(ReplayPace(rate: 4), received: [0, 0, 0], now: [0, 60, 60]) == [0, 59, 59.25])
    }

    @Test("Unreasonably long waits are limited", arguments: [1e-300, 1e-30, 0, -1])
    func slowest(factor: Double) {
        #expect(dues(ReplayPace(rate: factor), received: [0, 0], now: [0, 0]) == [0, 86_400])
        #expect(dues(ReplayPace(speed: factor), received: [0, 1000], now: [0, 0]) == [0, 1000])
    }

    @Test("A speed divides the spacing by its factor; a capture received before the first one is due at once")
    func speed() {
        #expect(dues(ReplayPace(speed: 10), received: [1000, 11_000, 0], now: [5, 5, 6]) == [5, 6, 6])
        #expect(dues(ReplayPace(rate: 1, speed: 10), received: [0, 1000, 2000], now: [0, 0, 0]) == [0, 1, 2])
    }
}

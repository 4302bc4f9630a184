import Testing

@testable import Relay

@Suite("An item that keeps failing while others are accepted")
struct LastingFailureTests {
    private let start = ContinuousClock.now
    private let backoff = BackoffPolicy(first: .milliseconds(100), longest: .seconds(30))

    private struct Failed: Error {}

    /// The result of sending items, on a clock that advances only while the batch waits. By default, any failure may be due to an item.
    private struct Run {
        var stored: [Int] = []
        var givenUp: [Int] = []
        var calls: [[Int]] = []
        var time = Duration.zero
        /// The number of other items that the receiver accepted meanwhile.
        var others = 0
    }

    /// `refuses` decides by a call's items and the time since the start whether the call fails. `othersPass` says whether an item of
    /// somebody else is accepted between two calls. Ends after `most` calls.
    private func run(
        _ items: [Int], disposition: Disposition = .retry, isTimeOut: Bool = false, mayBeOfItem: Bool = true, othersPass: Bool = false,
        most: Int = 1000, refuses: ([Int], Duration) -> Bool
    ) -> Run {
        var batch = BatchRetry<Int, Failed>(items, backoff: backoff) { "" }
        var run = Run()
        while run.calls.count < most {
            switch batch.step {
            case .done: return run
            case .wait(let delay):
                run.time += delay
                if othersPass { run.others += 1 }
                batch.waited()
            case .giveUp(let item, _):
                run.givenUp.append(item)
                batch.succeeded()
            case .send(let sent, _):
                run.calls.append(sent)
                if refuses(sent, run.time) {
                    batch.failed(
                        Failed(), disposition, isTimeOut: isTimeOut, mayBeOfItem: mayBeOfItem, random: 1,
                        accepted: run.stored.count + run.others, at: start + run.time)
                } else {
                    run.stored += sent
                    batch.succeeded()
                }
            }
        }
        return run
    }

    @Test(
        "It is found, its neighbours are accepted, and it is given up after two minutes, for any failure", arguments: 1...8, [true, false])
    func found(poison: Int, isTimeOut: Bool) {
        let run = run(Array(1...8), isTimeOut: isTimeOut, othersPass: true) { items, _ in items.contains(poison) }
        #expect(run.givenUp == [poison] && run.stored.sorted() == (1...8).filter { $0 != poison })
        #expect(run.calls.count { $0 == [poison] } >= LastingFailure.leastFailures)
        #expect(run.time >= LastingFailure.leastTime && run.time < .seconds(600))
    }

    @Test("The same applies if somebody must act first; if nothing is accepted, nothing is halved")
    func pause() {
        let run = run(Array(1...8), disposition: .pause, othersPass: true) { items, _ in items.contains(3) }
        #expect(run.givenUp == [3] && run.stored.sorted() == [1, 2, 4, 5, 6, 7, 8])
        let waiting = self.run(Array(1...8), disposition: .pause, most: 100) { _, _ in true }
        #expect(waiting.givenUp.isEmpty && waiting.calls.allSatisfy { $0.count == 8 })
    }

    @Test("An item alone in its batch is given up once another owner's items are accepted")
    func alone() {
        let run = run([1], othersPass: true) { _, _ in true }
        #expect(run.givenUp == [1] && run.time >= .seconds(120) && run.time < .seconds(180))
    }

    @Test("If nothing is accepted, the receiver is unavailable: everything waits and is stored in the end")
    func outage() {
        let waiting = run(Array(1...8), most: 500) { _, _ in true }
        #expect(waiting.givenUp.isEmpty && waiting.time > .seconds(3600))
        let run = run(Array(1...8)) { _, time in time < .seconds(3600) }
        #expect(run.givenUp.isEmpty && run.stored.sorted() == Array(1...8))
    }

    @Test("A receiver that is unreachable never got the item: nothing is halved, and the order stays")
    func unreached() {
        let run = run(Array(1...8), mayBeOfItem: false, othersPass: true) { _, time in time < .seconds(3600) }
        #expect(run.givenUp.isEmpty && run.stored == Array(1...8) && run.calls.allSatisfy { $0.count == 8 })
    }

    @Test("An item that is accepted within two minutes is not given up")
    func short() {
        let run = run(Array(1...4), othersPass: true) { items, time in items.contains(2) && time < .seconds(100) }
        #expect(run.givenUp.isEmpty && run.stored.sorted() == Array(1...4))
    }

    @Test(
        "Few failures over a long time do not suffice, nor many in a short time, nor other rows accepted earlier or once",
        arguments: [
            (0..<5, 30, [0, 1, 2, 3, 4], true), (0..<4, 100, [0, 1, 2, 3], false), (0..<5, 29, [0, 1, 2, 3, 4], false),
            (0..<5, 100, [7, 7, 7, 7, 7], false), (0..<5, 100, [0, 1, 2, 3, 3], false), (0..<5, 100, [0, 0, 0, 0, 1], false),
            (0..<5, 100, [0, 0, 0, 1, 2], true),
        ] as [(Range<Int>, Int, [Int], Bool)])
    func bounds(failures: Range<Int>, seconds: Int, accepted: [Int], isOfItem: Bool) {
        var failure = LastingFailure()
        for number in failures { failure.failed(at: start + .seconds(seconds * number), accepted: accepted[number]) }
        #expect(failure.isOfItem(at: start + .seconds(seconds * (failures.upperBound - 1))) == isOfItem)
    }
}

import Relay
import Synchronization
import Testing

@Suite("A batch that is being sent")
struct BatchRetryTests {
    private let items = Array(1...8)

    @Test("After a temporary failure the same batch is sent again, after growing waits")
    func retry() throws {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        let first = try #require(batch.sent)
        batch.failed(Refused(), .retry, random: 1)
        #expect(batch.delay == .milliseconds(100))
        batch.waited()
        #expect(batch.sent?.key == first.key && batch.sent?.items == items && batch.attempt == 2)
        batch.failed(Refused(), .retry, asked: .seconds(9), random: 1)
        #expect(batch.delay == .seconds(9))
        batch.waited()
        batch.succeeded()
        #expect(batch.isDone)
    }

    @Test("A row that is refused permanently is found by halving; its neighbours are sent in order", arguments: 1...8)
    func bisection(poison: Int) {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        let outcome = batch.run { $0.contains(poison) ? .permanent : nil }
        #expect(outcome.stored == (1...8).filter { $0 != poison } && outcome.givenUp == [poison])
        #expect(outcome.calls <= 7)
    }

    @Test("If every row is refused, each is given up separately")
    func allRefused() {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        let outcome = batch.run { _ in .permanent }
        #expect(outcome.stored.isEmpty && outcome.givenUp == Array(1...8))
    }

    @Test("A batch that times out twice is halved, as often as necessary, and nothing is lost")
    func timeOuts() throws {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        var sizes: [Int] = []
        var stored: [Int] = []
        while let sent = batch.sent {
            sizes.append(sent.items.count)
            if sent.items.count > 2 {
                batch.failed(Refused(), .retry, isTimeOut: true, random: 1)
                #expect(batch.delay != nil)
                batch.waited()
            } else {
                stored += sent.items
                batch.succeeded()
            }
        }
        #expect(stored == items && batch.isDone)
        #expect(sizes == [8, 8, 4, 4, 2, 2, 4, 4, 2, 2])
    }

    @Test("One time-out does not halve a batch, nor do time-outs with another failure between them")
    func timeOutsApart() {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        for isTimeOut in [true, false, true, false] {
            batch.failed(Refused(), .retry, isTimeOut: isTimeOut, random: 1)
            batch.waited()
            #expect(batch.sent?.items == items)
        }
    }

    @Test("Held rows are retried alone, ever less often, after the rest; once one is accepted, all are sent")
    func held() throws {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        var stored: [Int] = []
        var delays: [Duration] = []
        var calls: [[Int]] = []
        while !batch.isDone {
            switch batch.step {
            case .done: break
            case .giveUp: batch.hold(random: 1)
            case .wait(let delay):
                delays.append(delay)
                batch.waited()
            case .send(let sent, _):
                calls.append(sent)
                let isRefused = sent.contains { $0 % 2 == 0 } && delays.count < 3
                if isRefused {
                    batch.failed(Refused(), .permanent, random: 1)
                } else {
                    stored += sent
                    batch.succeeded()
                }
            }
        }
        #expect(stored == [1, 3, 5, 7, 2, 4, 6, 8])
        #expect(delays == [.milliseconds(800), .milliseconds(1600), .milliseconds(3200)])
        #expect(calls.suffix(4) == [[2], [2], [2], [4, 6, 8]])
    }

    @Test("A held row may be given up later, and the other held rows continue")
    func heldThenGivenUp() throws {
        var batch = Batch([1, 2, 3], backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        var givenUp: [Int] = []
        var waits = 0
        while !batch.isDone {
            switch batch.step {
            case .done: break
            case .giveUp(let item, _) where waits > 1:
                givenUp.append(item)
                batch.succeeded()
            case .giveUp: batch.hold(random: 1)
            case .wait:
                waits += 1
                batch.waited()
            case .send: batch.failed(Refused(), .permanent, random: 1)
            }
        }
        #expect(givenUp == [1, 2, 3] && waits == 2)
    }

    @Test("During a pause the batch is kept and sent again at growing intervals, and no row is given up")
    func pause() {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        var delays: [Duration] = []
        for _ in 1...4 {
            batch.failed(Refused(), .pause, random: 1)
            if let delay = batch.delay { delays.append(delay) }
            batch.waited()
        }
        #expect(delays == [.milliseconds(800), .milliseconds(1600), .milliseconds(3200), .milliseconds(6400)])
        batch.succeeded()
        #expect(batch.isDone)
    }

    @Test("A conflict is retried before it counts as a refusal")
    func conflict() {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        var conflicts = 0
        let outcome = batch.run { _ in
            conflicts += 1
            return conflicts < 3 ? .alreadyThere : nil
        }
        #expect(outcome.stored == Array(1...8) && outcome.givenUp.isEmpty && outcome.calls == 3)
    }

    @Test("A conflict that persists counts as a refusal of the one row")
    func lastingConflict() {
        var batch = Batch(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5)), makeKey: Numbers().next)
        let outcome = batch.run { $0.contains(5) ? .alreadyThere : nil }
        #expect(outcome.givenUp == [5] && outcome.stored.count == 7)
    }
}

private typealias Batch = BatchRetry<Int, Refused>

private struct Refused: Error {}

/// Returns a new key for each call.
private final class Numbers: Sendable {
    private let last = Mutex(0)

    @Sendable func next() -> String {
        last.withLock { number in
            number += 1
            return "batch-\(number)"
        }
    }
}

extension Batch {
    fileprivate var sent: (items: [Int], key: String)? { if case .send(let items, let key) = step { (items, key) } else { nil } }
    fileprivate var delay: Duration? { if case .wait(let delay) = step { delay } else { nil } }
    fileprivate var isDone: Bool { if case .done = step { true } else { false } }

    /// Sends to the end, to a receiver that answers each call according to `refusal`. Each call has a new key, except for repetitions.
    fileprivate mutating func run(_ refusal: ([Int]) -> Disposition?) -> (stored: [Int], givenUp: [Int], calls: Int) {
        var outcome = (stored: [Int](), givenUp: [Int](), calls: 0)
        var itemsByKey: [String: [Int]] = [:]
        while true {
            switch step {
            case .done: return outcome
            case .wait: waited()
            case .giveUp(let item, _):
                outcome.givenUp.append(item)
                succeeded()
            case .send(let items, let key):
                outcome.calls += 1
                #expect(itemsByKey[key] == nil || itemsByKey[key] == items)
                itemsByKey[key] = items
                if let disposition = refusal(items) {
                    failed(Refused(), disposition, random: 1)
                } else {
                    outcome.stored += items
                    succeeded()
                }
            }
        }
    }
}

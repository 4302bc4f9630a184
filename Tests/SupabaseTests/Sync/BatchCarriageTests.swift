import Journal
import Testing

@testable import Supabase

@Suite("A batch on its way")
struct BatchCarriageTests {
    private let items = (1...8).map { OutboxItem.testing($0, owner: "asha") }

    @Test("A failure that passes is met with the same batch after a wait, which grows")
    func retry() throws {
        var carriage = BatchCarriage.testing(items)
        let first = try #require(carriage.batch)
        carriage.failed(.testing(.retry), random: 1)
        #expect(carriage.delay == .milliseconds(100))
        carriage.waited()
        #expect(carriage.batch?.id == first.id && carriage.attempt == 2)
        carriage.failed(.testing(.retry, retryAfter: .seconds(9)), random: 1)
        #expect(carriage.delay == .seconds(9))
        carriage.waited()
        carriage.succeeded()
        #expect(carriage.isDone)
    }

    @Test("A row that is refused for good is found by halving, its neighbours go through in order", arguments: 1...8)
    func bisection(poison: Int64) {
        var carriage = BatchCarriage.testing(items)
        let outcome = carriage.run { $0.contains(poison) ? .testing(.permanent) : nil }
        #expect(outcome.stored == (1...8).filter { $0 != poison } && outcome.givenUp == [poison])
        #expect(outcome.calls <= 7)
    }

    @Test("Where every row is refused each is given up, one by one")
    func allRefused() {
        var carriage = BatchCarriage.testing(items)
        let outcome = carriage.run { _ in .testing(.permanent) }
        #expect(outcome.stored.isEmpty && outcome.givenUp == Array(1...8))
    }

    @Test("A pause keeps the batch and asks again, ever more seldom, without giving up a row")
    func pause() {
        var carriage = BatchCarriage.testing(items)
        var delays: [Duration] = []
        for _ in 1...4 {
            carriage.failed(.testing(.pause), random: 1)
            if let delay = carriage.delay { delays.append(delay) }
            carriage.waited()
        }
        #expect(delays == [.milliseconds(800), .milliseconds(1600), .milliseconds(3200), .milliseconds(6400)])
        carriage.succeeded()
        #expect(carriage.isDone)
    }

    @Test("A conflict is tried again before it counts as a refusal")
    func conflict() {
        var carriage = BatchCarriage.testing(items)
        var conflicts = 0
        let outcome = carriage.run { _ in
            conflicts += 1
            return conflicts < 3 ? .testing(.alreadyThere) : nil
        }
        #expect(outcome.stored == Array(1...8) && outcome.givenUp.isEmpty && outcome.calls == 3)
    }

    @Test("A conflict that stays is a refusal of the one row")
    func lastingConflict() {
        var carriage = BatchCarriage.testing(items)
        let outcome = carriage.run { $0.contains(5) ? .testing(.alreadyThere) : nil }
        #expect(outcome.givenUp == [5] && outcome.stored.count == 7)
    }
}

extension BatchCarriage {
    fileprivate static func testing(_ items: [OutboxItem]) -> BatchCarriage {
        var number = 0
        return BatchCarriage(items, backoff: BackoffPolicy(first: .milliseconds(100), longest: .seconds(5))) {
            number += 1
            return "batch-\(number)"
        }
    }

    fileprivate var batch: IngestBatch? { if case .send(let batch) = step { batch } else { nil } }
    fileprivate var delay: Duration? { if case .wait(let delay) = step { delay } else { nil } }
    fileprivate var isDone: Bool { if case .done = step { true } else { false } }

    /// Carries to the end against a database that answers as `refusal` says of the rows of a call.
    fileprivate mutating func run(_ refusal: ([Int64]) -> CallFailure?) -> (stored: [Int64], givenUp: [Int64], calls: Int) {
        var outcome = (stored: [Int64](), givenUp: [Int64](), calls: 0)
        while true {
            switch step {
            case .done: return outcome
            case .wait: waited()
            case .giveUp(let item, _):
                outcome.givenUp.append(item.sequence)
                succeeded()
            case .send(let batch):
                outcome.calls += 1
                let rows = batch.items.map(\.sequence)
                if let failure = refusal(rows) {
                    failed(failure, random: 1)
                } else {
                    outcome.stored += rows
                    succeeded()
                }
            }
        }
    }
}

/// A batch on its way to a receiver that may refuse it: says what to do next, and takes in what came of it. The caller sends and waits.
///
/// A batch that is refused for good is halved until the one item is found that the receiver does not take; its neighbours go through, in order.
public struct BatchRetry<Item: Sendable, Failure: Error>: Sendable {
    /// The next step.
    public enum Step: Sendable {
        /// Sends these; `key` is the same for every attempt of the same items, so that the receiver can tell a repetition.
        case send([Item], key: String)
        case wait(Duration)
        /// The receiver will never take this item.
        case giveUp(Item, Failure)
        case done
    }

    /// Attempts of the batch that is sent now, the next one included.
    public private(set) var attempt = 1
    /// What to do now.
    public private(set) var step: Step = .done
    private var rest: [[Item]]
    private var key = ""
    private let backoff: BackoffPolicy
    private let makeKey: @Sendable () -> String

    /// Refusals that a second attempt may not meet again: somebody else stored the same thing at the same moment.
    private static var attemptsAgainstConflicts: Int { 3 }
    private static var probing: BackoffPolicy { BackoffPolicy(first: .seconds(2), longest: .seconds(60)) }

    /// `makeKey` gives a new key for each part of the batch.
    public init(_ items: [Item], backoff: BackoffPolicy, makeKey: @escaping @Sendable () -> String) {
        rest = [items]
        self.backoff = backoff
        self.makeKey = makeKey
        goOn()
    }

    /// What was sent is stored, or the item that was given up is kept.
    public mutating func succeeded() {
        rest.removeFirst()
        goOn()
    }

    /// The wait is over: the same items again, under the same key.
    public mutating func waited() { if let items = rest.first { step = .send(items, key: key) } }

    /// What was sent was not taken. `asked` is how long the receiver asks to be left alone; `random` is from 0 up to 1.
    public mutating func failed(_ failure: Failure, _ disposition: Disposition, asked: Duration? = nil, random: Double) {
        switch disposition {
        case .retry: wait(backoff.delay(afterAttempt: attempt, asked: asked, random: random))
        case .pause:
            let policy = BackoffPolicy(first: min(Self.probing.first, backoff.first * 8), longest: Self.probing.longest)
            wait(policy.delay(afterAttempt: attempt, asked: asked, random: random))
        case .alreadyThere where attempt < Self.attemptsAgainstConflicts:
            wait(backoff.delay(afterAttempt: attempt, random: random))
        case .alreadyThere, .permanent: refuse(failure)
        }
    }

    private mutating func goOn() {
        attempt = 1
        guard let items = rest.first, !items.isEmpty else {
            step = .done
            return
        }
        key = makeKey()
        step = .send(items, key: key)
    }

    private mutating func wait(_ delay: Duration) {
        attempt += 1
        step = .wait(delay)
    }

    private mutating func refuse(_ failure: Failure) {
        guard let items = rest.first, items.count > 1 else {
            if let item = rest.first?.first { step = .giveUp(item, failure) }
            return
        }
        let middle = items.count / 2
        rest.replaceSubrange(0...0, with: [Array(items[..<middle]), Array(items[middle...])])
        goOn()
    }
}

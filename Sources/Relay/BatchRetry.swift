/// The retry logic of a batch to a receiver that may refuse it: returns the next step and processes its result. The caller sends and waits.
///
/// A batch that is refused for good is halved until the refused item is found; the others are delivered in order. A batch that times out is
/// also halved, since the receiver may manage the halves, and so is one that fails repeatedly. If a single item keeps failing while others
/// are accepted, `LastingFailure` decides that it is given up.
public struct BatchRetry<Item: Sendable, Failure: Error>: Sendable {
    /// The next step.
    public enum Step: Sendable {
        /// Send these items; `key` is the same for every attempt with the same items, so that the receiver recognizes a repetition.
        case send([Item], key: String)
        case wait(Duration)
        /// Give up this item: the receiver will never accept it.
        case giveUp(Item, Failure)
        case done
    }

    /// The items of one call.
    private struct Part {
        let items: [Item]
        var failures = LastingFailure()

        init(_ items: some Sequence<Item>) { self.items = Array(items) }
    }

    /// The number of attempts with the current items, including the next one.
    public private(set) var attempt = 1
    /// The step to perform now.
    public private(set) var step: Step = .done
    private var rest: [Part]
    /// Items that were refused alone and may be accepted later.
    private var held: [Item] = []
    private var roundsHeld = 0
    private var random = 1.0
    private var timeOuts = 0
    private var key = ""
    private let backoff: BackoffPolicy
    private let makeKey: @Sendable () -> String

    /// The most attempts at a conflict: another sender stored the same at that moment, so a second attempt may succeed.
    private static var attemptsAgainstConflicts: Int { 3 }
    /// A single one may be a temporary delay of the receiver.
    private static var timeOutsBeforeHalving: Int { 2 }
    private var probing: BackoffPolicy {
        BackoffPolicy(first: min(BackoffPolicy.probing.first, backoff.first * 8), longest: BackoffPolicy.probing.longest)
    }

    /// `makeKey` returns a new key for each part of the batch.
    public init(_ items: [Item], backoff: BackoffPolicy, makeKey: @escaping @Sendable () -> String) {
        rest = [Part(items)]
        self.backoff = backoff
        self.makeKey = makeKey
        goOn()
    }

    /// The sent items are stored, or the given-up item has been kept.
    public mutating func succeeded() {
        rest.removeFirst()
        guard rest.isEmpty, !held.isEmpty else { return goOn() }
        guard roundsHeld > 0 else { return waitWithHeld() }
        // The receiver accepts items again, so all held ones are sent together.
        rest = [Part(held)]
        held = []
        roundsHeld = 0
        goOn()
    }

    /// Holds the item that was to be given up: it is retried alone when the rest of the batch is delivered, and then less and less often,
    /// until it is accepted or given up.
    public mutating func hold(random: Double) {
        guard case .giveUp(let item, _) = step else { return }
        rest.removeFirst()
        held.insert(item, at: roundsHeld > 0 ? 0 : held.count)
        self.random = random
        if rest.isEmpty { waitWithHeld() } else { goOn() }
    }

    private mutating func waitWithHeld() {
        roundsHeld += 1
        step = .wait(probing.delay(afterAttempt: roundsHeld, random: random))
    }

    /// The wait is over: sends the same items again with the same key.
    public mutating func waited() {
        if let part = rest.first {
            step = .send(part.items, key: key)
        } else if !held.isEmpty {
            rest = [Part([held.removeFirst()])]
            goOn()
        }
    }

    /// The sent items were not accepted. `isTimeOut` says that the receiver took too long, which halves the batch the second time. `asked`
    /// is the wait that the receiver asks for; `random` is from 0 up to 1. `mayBeOfItem` says that the receiver had the items, so one of
    /// them may be at fault; `accepted` is how many items it has ever accepted from any sender.
    public mutating func failed(
        _ failure: Failure, _ disposition: Disposition, isTimeOut: Bool = false, mayBeOfItem: Bool = false, asked: Duration? = nil,
        random: Double, accepted: Int = 0, at now: ContinuousClock.Instant = .now
    ) {
        switch disposition {
        case .retry:
            let delay = backoff.delay(afterAttempt: attempt, asked: asked, random: random)
            timeOuts = isTimeOut ? timeOuts + 1 : 0
            if mayBeOfItem, isOfItem(at: now, accepted: accepted) { return refuse(failure) }
            if timeOuts >= Self.timeOutsBeforeHalving, halve() {
                goOn()
            } else if mayBeOfItem {
                tryOthers()
            }
            wait(delay)
        case .pause:
            let delay = probing.delay(afterAttempt: attempt, asked: asked, random: random)
            if mayBeOfItem, isOfItem(at: now, accepted: accepted) { return refuse(failure) }
            // While nothing is accepted, the batch is not halved: somebody has to correct something first.
            if mayBeOfItem, rest.first?.failures.haveOthersPassed == true { tryOthers() }
            wait(delay)
        case .alreadyThere where attempt < Self.attemptsAgainstConflicts:
            wait(backoff.delay(afterAttempt: attempt, random: random))
        case .alreadyThere, .permanent: refuse(failure)
        }
    }

    /// Counts a failure of the sent items; returns whether a single item is at fault.
    private mutating func isOfItem(at now: ContinuousClock.Instant, accepted: Int) -> Bool {
        guard !rest.isEmpty else { return false }
        rest[0].failures.failed(at: now, accepted: accepted)
        return rest[0].items.count == 1 && rest[0].failures.isOfItem(at: now)
    }

    /// Halves a batch that fails repeatedly, and sends the others before a single item that does. If the receiver accepts nothing, this
    /// does not increase the number of calls.
    private mutating func tryOthers() {
        guard let failures = rest.first?.failures, failures.isWorthTryingOthers else { return }
        let attempts = attempt
        if !halve() {
            guard rest.count > 1 else { return }
            rest.append(rest.removeFirst())
        }
        goOn()
        if !failures.haveOthersPassed { attempt = attempts }
    }

    private mutating func goOn() {
        attempt = 1
        timeOuts = 0
        guard let items = rest.first?.items, !items.isEmpty else {
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
        if halve() {
            goOn()
        } else if let item = rest.first?.items.first {
            step = .giveUp(item, failure)
        }
    }

    /// Halves the current part; false if it has only one item.
    private mutating func halve() -> Bool {
        guard let items = rest.first?.items, items.count > 1 else { return false }
        let middle = items.count / 2
        rest.replaceSubrange(0...0, with: [Part(items[..<middle]), Part(items[middle...])])
        return true
    }
}

/// How the sender has to treat a failed call.
public enum Disposition: Sendable, Equatable {
    /// Retry the same items later.
    case retry
    /// Pause until somebody has corrected a setting, a permission or the receiver: keep everything, report it once, probe occasionally.
    case pause
    /// This item will always be refused: find it in the batch, put it aside, continue.
    case permanent
    /// It was stored before: read back the stored row.
    case alreadyThere
}

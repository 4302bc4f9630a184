/// A batch on its way to a receiver that may refuse it: says what to do next, and takes in what came of it. The caller sends and waits.
///
/// A batch that is refused for good is halved until the one item is found that the receiver does not take; its neighbours go through, in order.
/// One that takes the receiver too long is halved as well, since it may take the halves, and so is one that fails again and again: of a single item
/// that fails for long while others are taken, `LastingFailure` says that it is given up.
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

    /// What goes in one call.
    private struct Part {
        let items: [Item]
        var failures = LastingFailure()

        init(_ items: some Sequence<Item>) { self.items = Array(items) }
    }

    /// Attempts of the batch that is sent now, the next one included.
    public private(set) var attempt = 1
    /// What to do now.
    public private(set) var step: Step = .done
    private var rest: [Part]
    /// What was refused alone and may be taken later.
    private var held: [Item] = []
    private var roundsHeld = 0
    private var random = 1.0
    private var timeOuts = 0
    private var key = ""
    private let backoff: BackoffPolicy
    private let makeKey: @Sendable () -> String

    /// Refusals that a second attempt may not meet again: somebody else stored the same thing at the same moment.
    private static var attemptsAgainstConflicts: Int { 3 }
    /// One may be the receiver's bad moment.
    private static var timeOutsBeforeHalving: Int { 2 }
    private var probing: BackoffPolicy {
        BackoffPolicy(first: min(BackoffPolicy.probing.first, backoff.first * 8), longest: BackoffPolicy.probing.longest)
    }

    /// `makeKey` gives a new key for each part of the batch.
    public init(_ items: [Item], backoff: BackoffPolicy, makeKey: @escaping @Sendable () -> String) {
        rest = [Part(items)]
        self.backoff = backoff
        self.makeKey = makeKey
        goOn()
    }

    /// What was sent is stored, or the item that was given up is kept.
    public mutating func succeeded() {
        rest.removeFirst()
        guard rest.isEmpty, !held.isEmpty else { return goOn() }
        guard roundsHeld > 0 else { return waitWithHeld() }
        // The receiver takes things again: what was held goes all at once.
        rest = [Part(held)]
        held = []
        roundsHeld = 0
        goOn()
    }

    /// The item that was to be given up waits: it is tried again when the rest of the batch is through, and ever more seldom after that, alone,
    /// until it is taken or given up.
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

    /// The wait is over: the same items again, under the same key.
    public mutating func waited() {
        if let part = rest.first {
            step = .send(part.items, key: key)
        } else if !held.isEmpty {
            rest = [Part([held.removeFirst()])]
            goOn()
        }
    }

    /// What was sent was not taken. `isTimeOut` says that it took the receiver too long, which the second time halves what is sent; `asked` is how
    /// long the receiver asks to be left alone; `random` is from 0 up to 1. `mayBeOfItem` says that the receiver had the items, so that one of them
    /// may be at fault; `accepted` is how many items it ever took, whoever sent them.
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
            // While nothing passes nothing is halved: somebody has to correct something first.
            if mayBeOfItem, rest.first?.failures.haveOthersPassed == true { tryOthers() }
            wait(delay)
        case .alreadyThere where attempt < Self.attemptsAgainstConflicts:
            wait(backoff.delay(afterAttempt: attempt, random: random))
        case .alreadyThere, .permanent: refuse(failure)
        }
    }

    /// Counts a failure of what was sent, and says whether it is one item that is at fault.
    private mutating func isOfItem(at now: ContinuousClock.Instant, accepted: Int) -> Bool {
        guard !rest.isEmpty else { return false }
        rest[0].failures.failed(at: now, accepted: accepted)
        return rest[0].items.count == 1 && rest[0].failures.isOfItem(at: now)
    }

    /// Sends half of what fails again and again, and of a single item the others first. Where the receiver takes nothing, it is not asked more often
    /// for that.
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

    /// False where there is but one item.
    private mutating func halve() -> Bool {
        guard let items = rest.first?.items, items.count > 1 else { return false }
        let middle = items.count / 2
        rest.replaceSubrange(0...0, with: [Part(items[..<middle]), Part(items[middle...])])
        return true
    }
}

/// What the sender has to do about a call that was not answered as it should be.
public enum Disposition: Sendable, Equatable {
    /// The same again, later.
    case retry
    /// Nothing until somebody has corrected a setting, a permission or the receiver: keep all, say it once, probe now and then.
    case pause
    /// This item will be refused for ever: find it among the others, put it aside, go on.
    case permanent
    /// It was stored before: read back what is there.
    case alreadyThere
}

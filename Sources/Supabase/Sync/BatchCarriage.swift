import Journal

/// Rows on their way in one lane: says what to do next, and takes in what came of it.
///
/// A batch that is refused for good is halved until the one row is found that the database does not take; its neighbours go through.
struct BatchCarriage {
    /// The next step.
    enum Step {
        case send(IngestBatch)
        case wait(Duration)
        /// The database will never take this row.
        case giveUp(OutboxItem, CallFailure)
        case done
    }

    /// Attempts of the batch that is sent now, the next one included.
    private(set) var attempt = 1
    private(set) var step: Step = .done
    private var rest: [[OutboxItem]]
    private let backoff: BackoffPolicy
    private let makeID: () -> String

    /// Refusals that a second attempt may not meet again: somebody else stored the same thing at the same moment.
    private static let attemptsAgainstConflicts = 3
    private static let probing = BackoffPolicy(first: .seconds(2), longest: .seconds(60))

    init(_ items: [OutboxItem], backoff: BackoffPolicy, makeID: @escaping () -> String) {
        rest = [items]
        self.backoff = backoff
        self.makeID = makeID
        goOn()
    }

    /// What was sent is stored, or the row that was given up is kept.
    mutating func succeeded() {
        rest.removeFirst()
        goOn()
    }

    /// The wait is over: the same batch again, under the same id.
    mutating func waited() { if let batch { step = .send(batch) } }

    /// What was sent was not taken.
    mutating func failed(_ failure: CallFailure, random: Double) {
        switch failure.disposition {
        case .retry: wait(backoff.delay(afterAttempt: attempt, asked: failure.retryAfter, random: random))
        case .pause:
            let policy = BackoffPolicy(first: min(Self.probing.first, backoff.first * 8), longest: Self.probing.longest)
            wait(policy.delay(afterAttempt: attempt, asked: failure.retryAfter, random: random))
        case .alreadyThere where attempt < Self.attemptsAgainstConflicts:
            wait(backoff.delay(afterAttempt: attempt, random: random))
        case .alreadyThere, .permanent: refuse(failure)
        }
    }

    private var batch: IngestBatch?

    private mutating func goOn() {
        attempt = 1
        guard let items = rest.first, !items.isEmpty else {
            step = .done
            return
        }
        let batch = IngestBatch(id: makeID(), items: items)
        self.batch = batch
        step = .send(batch)
    }

    private mutating func wait(_ delay: Duration) {
        attempt += 1
        step = .wait(delay)
    }

    private mutating func refuse(_ failure: CallFailure) {
        guard let items = rest.first, items.count > 1 else {
            if let item = rest.first?.first { step = .giveUp(item, failure) }
            return
        }
        let middle = items.count / 2
        rest.replaceSubrange(0...0, with: [Array(items[..<middle]), Array(items[middle...])])
        goOn()
    }
}

import Messaging

/// The times of one account's webhooks, and the rule that decides whether they have stopped.
/// An account is **regular** if, in each of the two weeks before its last webhook, at least eight quarter hours had webhooks, and the last
/// webhook is less than two weeks old. A regular account has **stopped** if, of the quarter hours since its last webhook in which the
/// gateway ran, at least eight had webhooks one week earlier, and at least eight had some two weeks earlier. Therefore nights and weekends,
/// which are quiet every week, do not count as silence. Docs/Metrics.md describes the rule for operators.
struct TrafficHistory: Sendable, Equatable {
    /// The quarter hours in which a webhook was acknowledged.
    private(set) var quarters = QuarterHours()
    /// The time of the last webhook; nil before the first.
    private(set) var last: Instant?
    /// Whether the account has stopped, and no webhook has arrived since.
    private(set) var hasStopped = false

    /// The number of quarter hours that make an account regular, or stopped: two hours, not necessarily consecutive.
    static let enough = 8

    /// A change since the last evaluation.
    enum Change: Sendable, Equatable {
        /// There has been no webhook for too long; the last one arrived at this time.
        case stopped(since: Instant)
        /// Webhooks have resumed, after a pause of this length.
        case resumed(after: Duration)
    }

    init() {}

    /// Restores a history from its values in a file.
    init(quarters: QuarterHours, last: Instant?, hasStopped: Bool) {
        self.quarters = quarters
        self.last = last
        self.hasStopped = hasStopped
    }

    /// Evaluates the time of the last webhook, nil if there was none since the start, and returns what has changed. `watched` has the
    /// quarter hours in which the gateway ran.
    mutating func look(at latest: Instant?, watched: QuarterHours, now: Instant) -> Change? {
        if let latest, latest != last {
            let before = last ?? latest
            quarters.insert(QuarterHours.number(of: latest))
            last = latest
            guard hasStopped else { return nil }
            hasStopped = false
            return .resumed(after: max(.zero, latest.since(before)))
        }
        guard let last, !hasStopped, isRegular(at: now), missed(since: last, until: now, watched) >= Self.enough else { return nil }
        hasStopped = true
        return .stopped(since: last)
    }

    /// Whether the account is regular, by the two weeks before its last webhook.
    func isRegular(at now: Instant) -> Bool {
        guard let last, now.since(last) < .seconds(14 * 24 * 3600) else { return false }
        let end = QuarterHours.number(of: last)
        return (1...2).allSatisfy { week in
            let weekEnd = end - (week - 1) * QuarterHours.week
            return (weekEnd - QuarterHours.week + 1...weekEnd).count { quarters.contains($0) } >= Self.enough
        }
    }

    /// The number of silent quarter hours that had webhooks one and two weeks earlier; the smaller of both counts. The quarter hours of the
    /// last webhook and of the present are excluded, since the former is not silent and the latter not over.
    private func missed(since last: Instant, until now: Instant, _ watched: QuarterHours) -> Int {
        let (first, end) = (QuarterHours.number(of: last) + 1, QuarterHours.number(of: now))
        guard first < end else { return 0 }
        let silent = (first..<end).filter { watched.contains($0) }
        return (1...2).map { week in silent.count { quarters.contains($0 - week * QuarterHours.week) } }.min() ?? 0
    }
}

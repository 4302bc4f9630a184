import Messaging

/// When one account had webhooks, and the rule that says whether they have stopped.
///
/// **Regular** is an account that had webhooks in at least eight quarter hours of each of the two weeks before its last one, unless that one
/// is two weeks old. **Stopped** is a regular account if, of the quarter hours since its last webhook in which the gateway ran, at least eight
/// had webhooks a week before, and at least eight had some two weeks before. Nights and weekends, which are quiet every week, therefore do not
/// count as silence. Docs/Metrics.md describes the rule for operators.
struct TrafficHistory: Sendable, Equatable {
    /// The quarter hours in which a webhook was acknowledged.
    private(set) var quarters = QuarterHours()
    /// When the last one was; nil before the first.
    private(set) var last: Instant?
    /// Whether the account has stopped, and its webhooks have not come again.
    private(set) var hasStopped = false

    /// So many quarter hours are enough to call an account regular, or stopped: two hours, not necessarily in a row.
    static let enough = 8

    /// What has changed since the last look.
    enum Change: Sendable, Equatable {
        /// No webhook for too long; the last one came then.
        case stopped(since: Instant)
        /// Webhooks come again, after so long.
        case resumed(after: Duration)
    }

    init() {}

    /// One as it was when it was written to a file.
    init(quarters: QuarterHours, last: Instant?, hasStopped: Bool) {
        self.quarters = quarters
        self.last = last
        self.hasStopped = hasStopped
    }

    /// Takes note of the last webhook, nil if there was none since the start, and says what that changes. `watched` has the quarter hours in
    /// which the gateway ran.
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

    /// Whether the account has webhooks regularly, by the two weeks before its last one.
    func isRegular(at now: Instant) -> Bool {
        guard let last, now.since(last) < .seconds(14 * 24 * 3600) else { return false }
        let end = QuarterHours.number(of: last)
        return (1...2).allSatisfy { week in
            let weekEnd = end - (week - 1) * QuarterHours.week
            return (weekEnd - QuarterHours.week + 1...weekEnd).count { quarters.contains($0) } >= Self.enough
        }
    }

    /// The silent quarter hours that had webhooks in each of the two weeks before, as many as the poorer of these weeks has. The quarter hours
    /// of the last webhook and of now do not count, since they are not over or not silent.
    private func missed(since last: Instant, until now: Instant, _ watched: QuarterHours) -> Int {
        let (first, end) = (QuarterHours.number(of: last) + 1, QuarterHours.number(of: now))
        guard first < end else { return 0 }
        let silent = (first..<end).filter { watched.contains($0) }
        return (1...2).map { week in silent.count { quarters.contains($0 - week * QuarterHours.week) } }.min() ?? 0
    }
}

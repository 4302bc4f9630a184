import Logging
import Messaging

/// Limits the number of lines of one kind per minute, so that a sender of repeated wrong requests cannot fill a disk with log lines.
/// Omitted lines are counted.
struct RepetitionLimit {
    /// What lines of one kind have in common: everything but the details.
    struct Kind: Hashable {
        let level: Logger.Level
        let message: String
        /// The status of an answer; empty for other lines.
        let status: String
    }

    /// The omitted lines of one kind in a finished minute.
    struct Omission: Equatable {
        let kind: Kind
        let count: Int
    }

    private struct Minute {
        var startedAt: ContinuousClock.Instant
        var written = 0
        var omitted = 0
    }

    private var minutes: [Kind: Minute] = [:]
    private var nextSearch: ContinuousClock.Instant?

    /// The largest number of lines of one kind per minute.
    static let most = 60
    /// The largest number of kinds counted separately. Our own messages are constants and far fewer; a library's may not be.
    static let mostKinds = 256
    private static let length = Duration.seconds(60)

    /// The total number of omitted lines.
    private(set) var omitted = 0

    /// Whether a line of this kind may be written.
    mutating func admits(_ kind: Kind, at now: ContinuousClock.Instant) -> Bool {
        let known = minutes[kind] != nil || minutes.count < Self.mostKinds
        let kind = known ? kind : Kind(level: kind.level, message: "lines of other kinds", status: "")
        var minute = minutes[kind] ?? Minute(startedAt: now)
        defer { minutes[kind] = minute }
        guard minute.written >= Self.most else {
            minute.written += 1
            return true
        }
        minute.omitted += 1
        omitted += 1
        return false
    }

    /// The omissions of minutes that are over at `now`, or of all if `isLast`, each returned once. Searches at most once per second.
    mutating func endedOmissions(at now: ContinuousClock.Instant, isLast: Bool = false) -> [Omission] {
        if let nextSearch, now < nextSearch, !isLast { return [] }
        nextSearch = now + .seconds(1)
        var omissions: [Omission] = []
        for (kind, minute) in minutes where isLast || now >= minute.startedAt + Self.length {
            if minute.omitted > 0 { omissions.append(Omission(kind: kind, count: minute.omitted)) }
            minutes[kind] = nil
        }
        return omissions.sorted { $0.kind.message < $1.kind.message }
    }
}

import Logging
import Messaging

/// Lets only so many lines of one kind through in a minute, so that whoever sends one wrong request after the other fills no disk with lines
/// about them. What is left out is counted.
struct RepetitionLimit {
    /// What makes lines of a kind: everything but the details.
    struct Kind: Hashable {
        let level: Logger.Level
        let message: String
        /// The status of an answer; empty for other lines.
        let status: String
    }

    /// Lines of a kind that were left out of a minute that is over.
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

    /// Lines of one kind in a minute.
    static let most = 60
    /// Kinds that are told apart. The messages of our own lines are constants and far fewer; a library's may not be.
    static let mostKinds = 256
    private static let length = Duration.seconds(60)

    /// Every line that was left out.
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

    /// What was left out of minutes that are over at `now`, or of all of them where `isLast`, each told once; looks at most once a second.
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

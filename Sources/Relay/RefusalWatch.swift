/// Tells an item that is refused from a receiver that refuses every item of a kind: nothing is wrong with those, and they wait until it takes them.
public struct RefusalWatch<Kind: Hashable & Sendable>: Sendable {
    /// What becomes of an item that was refused alone.
    public enum Decision: Sendable, Equatable {
        /// It is put aside, and the next one may go.
        case giveUp
        /// It waits.
        case hold
    }

    private struct Streak {
        var reason: String
        var refusals = 0
    }

    private let limit: Int
    private var streaks: [Kind: Streak] = [:]

    /// So many of a kind, one after the other, are put aside for one reason, before the next ones wait.
    public init(limit: Int = 5) { self.limit = limit }

    /// An item was refused alone.
    public mutating func refused(_ kind: Kind, because reason: String) -> Decision {
        var streak = streaks[kind].flatMap { $0.reason == reason ? $0 : nil } ?? Streak(reason: reason)
        defer { streaks[kind] = streak }
        guard streak.refusals >= limit else {
            streak.refusals += 1
            return .giveUp
        }
        return .hold
    }

    /// Items of these kinds were taken: what is refused of them is at fault itself.
    public mutating func accepted(_ kinds: some Sequence<Kind>) {
        for kind in kinds { streaks[kind] = nil }
    }
}

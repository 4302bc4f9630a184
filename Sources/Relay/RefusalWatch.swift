/// Distinguishes a refused item from a receiver that refuses all items of a kind, which wait until it accepts them.
public struct RefusalWatch<Kind: Hashable & Sendable>: Sendable {
    /// What to do with an item that was refused alone.
    public enum Decision: Sendable, Equatable {
        /// Put it aside and continue with the next one.
        case giveUp
        /// Let it wait.
        case hold
    }

    private struct Streak {
        var reason: String
        var refusals = 0
        var owners: Set<String> = []
        var areOthersTaken = false
    }

    private let limit: Int
    private var streaks: [Kind: Streak] = [:]

    /// `limit` is how many owners' items in a row are put aside for the same reason before the next ones wait. For items of one owner it
    /// applies only while nobody else's item is accepted.
    public init(limit: Int = 5) { self.limit = limit }

    /// Decides about an item that was refused alone. Many items of one `owner` may have the same fault while other owners' items have none.
    public mutating func refused(_ kind: Kind, of owner: String, because reason: String) -> Decision {
        var streak = streaks[kind].flatMap { $0.reason == reason ? $0 : nil } ?? Streak(reason: reason)
        defer { streaks[kind] = streak }
        if streak.owners.count >= limit || streak.refusals >= limit && !streak.areOthersTaken { return .hold }
        streak.refusals += 1
        streak.owners.insert(owner)
        return .giveUp
    }

    /// Records accepted items: a refused item of the same kind is therefore itself at fault.
    public mutating func accepted(_ items: some Sequence<(kind: Kind, owner: String)>) {
        guard !streaks.isEmpty else { return }
        for item in items {
            streaks[item.kind] = nil
            for kind in streaks.keys where streaks[kind]?.owners.contains(item.owner) == false { streaks[kind]?.areOthersTaken = true }
        }
    }
}

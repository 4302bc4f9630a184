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
        var owners: Set<String> = []
        var areOthersTaken = false
    }

    private let limit: Int
    private var streaks: [Kind: Streak] = [:]

    /// Items of so many owners, one after the other, are put aside for one reason, before the next ones wait; of one owner's, too, while nothing of
    /// anybody else is taken.
    public init(limit: Int = 5) { self.limit = limit }

    /// An item was refused alone; `owner` is whose it is. Many items of one person may have one fault, while nothing is wrong with other people's.
    public mutating func refused(_ kind: Kind, of owner: String, because reason: String) -> Decision {
        var streak = streaks[kind].flatMap { $0.reason == reason ? $0 : nil } ?? Streak(reason: reason)
        defer { streaks[kind] = streak }
        if streak.owners.count >= limit || streak.refusals >= limit && !streak.areOthersTaken { return .hold }
        streak.refusals += 1
        streak.owners.insert(owner)
        return .giveUp
    }

    /// Items were taken: what is refused of their kinds is at fault itself.
    public mutating func accepted(_ items: some Sequence<(kind: Kind, owner: String)>) {
        guard !streaks.isEmpty else { return }
        for item in items {
            streaks[item.kind] = nil
            for kind in streaks.keys where streaks[kind]?.owners.contains(item.owner) == false { streaks[kind]?.areOthersTaken = true }
        }
    }
}

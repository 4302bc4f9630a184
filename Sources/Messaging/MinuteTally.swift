/// Counts what happens by its kind, and says at most once a minute of a kind how often it has happened since that was last said.
public struct MinuteTally<Kind: Hashable & Sendable>: Sendable {
    private var states: [Kind: State] = [:]

    private struct State {
        var unsaid = 0
        var saidAt: Instant?
    }

    /// Of nothing yet. There have to be few kinds: none is forgotten.
    public init() {}

    /// Counts so many of a kind. How many there are to say; nil while what was said within the last minute stands for them.
    public mutating func add(_ count: Int, of kind: Kind, at now: Instant) -> Int? {
        var state = states[kind] ?? State()
        state.unsaid += count
        defer { states[kind] = state }
        if let saidAt = state.saidAt, now < saidAt.adding(.seconds(60)), now >= saidAt { return nil }
        defer { state.unsaid = 0 }
        state.saidAt = now
        return state.unsaid
    }
}

/// Counts occurrences by kind, and reports each kind at most once per minute, with its count since the last report.
public struct MinuteTally<Kind: Hashable & Sendable>: Sendable {
    private var states: [Kind: State] = [:]

    private struct State {
        var unsaid = 0
        var saidAt: Instant?
    }

    /// An empty tally. Use it for few kinds only, since none is ever removed.
    public init() {}

    /// Adds `count` occurrences of a kind. Returns the count to report; nil if the kind was reported within the last minute.
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

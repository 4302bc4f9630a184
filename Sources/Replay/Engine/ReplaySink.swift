import Journal

/// Where a replay's captures go: a gateway, a journal, or nowhere but to a comparison.
///
/// A batch is taken in two steps. `begin` runs for several batches at a time and in no order; `finish` for one after the other, in the
/// order of the captures.
public protocol ReplaySink: Sendable {
    /// What the first step hands to the second.
    associatedtype Begun: Sendable

    /// How many batches may have begun and not be finished.
    var width: Int { get }

    /// Whether a capture takes effect when it begins, each by itself: a batch is then one capture, and waits for its time before it begins.
    /// Else a batch takes effect when it is finished and waits for its time before that.
    var isImmediate: Bool { get }

    /// Whatever can be done with captures beside others.
    func begin(_ captures: [Capture]) async -> Begun

    /// The rest, and what became of the captures. An error ends the replay.
    func finish(_ begun: Begun) async throws -> BatchResult
}

/// What became of a batch of captures.
public struct BatchResult: Sendable {
    /// One for each capture, in their order.
    public var outcomes: [ReplayOutcome]
    /// Of captures that were only read: how many events of which kind, `message.text`.
    public var events: [String: Int] = [:]
    /// What of them is stored otherwise, or not at all, in the order of the captures.
    public var differences: [CaptureDifference] = []

    /// Outcomes alone.
    public init(outcomes: [ReplayOutcome]) { self.outcomes = outcomes }
}

import Journal

/// The target of a replay's captures: a gateway, a journal, or only a comparison.
///
/// A batch is taken in two steps. `begin` runs for several batches at a time, in any order; `finish` runs for one batch after the other, in
/// the order of the captures.
public protocol ReplaySink: Sendable {
    /// The result of the first step, passed to the second.
    associatedtype Begun: Sendable

    /// The largest number of batches that have begun and are not finished.
    var width: Int { get }

    /// Whether captures take effect in `begin`. If so, a batch is one capture, and waits before `begin` until it is due. Otherwise a batch
    /// takes effect in `finish`, and waits before that.
    var isImmediate: Bool { get }

    /// Does everything that can be done for several batches at a time.
    func begin(_ captures: [Capture]) async -> Begun

    /// Does the rest, and returns the outcomes. An error ends the replay.
    func finish(_ begun: Begun) async throws -> BatchResult
}

/// The result of a batch of captures.
public struct BatchResult: Sendable {
    /// One outcome per capture, in order.
    public var outcomes: [ReplayOutcome]
    /// For captures that were only read: the number of events per kind, `message.text`.
    public var events: [String: Int] = [:]
    /// The items that are stored otherwise, or not at all, in the order of the captures.
    public var differences: [CaptureDifference] = []

    /// A result with outcomes only.
    public init(outcomes: [ReplayOutcome]) { self.outcomes = outcomes }
}

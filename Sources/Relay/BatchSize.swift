/// The number of items per call: halved after a call that timed out twice, and doubled again after calls that did not.
public struct BatchSize: Sendable {
    /// The current number of items per call.
    public private(set) var current: Int
    private let most: Int
    private var fullCalls = 0

    /// How many full calls in a row are needed before the number is doubled.
    private static var callsBeforeGrowing: Int { 20 }

    /// `most` is the number while nothing times out.
    public init(_ most: Int) {
        self.most = most
        current = most
    }

    /// A call with this many items timed out again; true if calls had the full size until now and become smaller.
    public mutating func timedOut(items: Int) -> Bool {
        let wasWhole = current == most
        current = max(1, min(current, items / 2))
        fullCalls = 0
        return wasWhole && current < most
    }

    /// A call with this many items was answered in time; true if calls have the full size again.
    public mutating func succeeded(items: Int) -> Bool {
        guard current < most, items >= current else { return false }
        fullCalls += 1
        guard fullCalls >= Self.callsBeforeGrowing else { return false }
        fullCalls = 0
        current = min(most, current * 2)
        return current == most
    }
}

/// How many items go into a call: half as many after a call that took too long twice, and more again after calls that did not.
public struct BatchSize: Sendable {
    /// Items a call.
    public private(set) var current: Int
    private let most: Int
    private var fullCalls = 0

    /// Full calls in a row before twice as many are tried.
    private static var callsBeforeGrowing: Int { 20 }

    /// `most` is how many there are while nothing takes too long.
    public init(_ most: Int) {
        self.most = most
        current = most
    }

    /// A call with so many items took too long again; true where calls become smaller that were whole until now.
    public mutating func timedOut(items: Int) -> Bool {
        let wasWhole = current == most
        current = max(1, min(current, items / 2))
        fullCalls = 0
        return wasWhole && current < most
    }

    /// A call with so many items was answered in time; true where calls are whole again.
    public mutating func succeeded(items: Int) -> Bool {
        guard current < most, items >= current else { return false }
        fullCalls += 1
        guard fullCalls >= Self.callsBeforeGrowing else { return false }
        fullCalls = 0
        current = min(most, current * 2)
        return current == most
    }
}

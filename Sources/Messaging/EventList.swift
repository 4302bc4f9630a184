/// Collects the events of a delivery in order, even if it contains hundreds of thousands of unreadable items.
///
/// Each of the first hundred unreadable items is an event of its own. One event with their count represents all others, which the stored
/// delivery contains byte for byte.
public struct EventList: Sendable {
    /// The most unreadable items that become an event, and so a dead letter, of their own.
    public static let unreadableLimit = 100

    private var list: [Event] = []
    private var rest: [UnreadableItem] = []
    private var unreadable = 0

    /// How many items were added.
    public private(set) var count = 0

    /// An empty list.
    public init() {}

    /// The events, followed by the one that represents the unreadable items beyond the limit, if any.
    public var events: [Event] { summary.map { list + [$0] } ?? list }

    /// Whether further unreadable items are only counted; no more than their index is kept.
    public var isCounting: Bool { unreadable >= Self.unreadableLimit }

    /// Adds the next item's event.
    public mutating func append(_ event: Event) {
        count += 1
        guard case .unreadable(let item) = event.content else { return list.append(event) }
        unreadable += 1
        guard unreadable > Self.unreadableLimit else { return list.append(event) }
        // Only the first and the last are kept.
        if rest.count < 2 { rest.append(item) } else { rest[1] = item }
    }

    /// Adds an unreadable item. Beyond the limit it is only counted and `event` is not evaluated, since there may be millions.
    public mutating func appendUnreadable(_ event: @autoclosure () -> Event) {
        guard isCounting else { return append(event()) }
        append(.counted(count))
    }

    private var summary: Event? {
        guard let first = rest.first, let last = rest.last else { return nil }
        let items = unreadable - Self.unreadableLimit
        let error = PayloadError(.field, reason: "\(items) more items cannot be read; they are in the delivery")
        let record = #"{"items":\#(items),"first":\#(first.index),"last":\#(last.index)}"#
        return Event(
            externalID: "unreadable items", channel: list.last?.channel ?? "", effect: .none,
            content: .unreadable(UnreadableItem(index: first.index, error: error, record: record, count: items)))
    }
}

extension Event {
    /// An unreadable item of which only the index is known, for an `EventList` that is counting.
    public static func counted(_ index: Int) -> Event {
        let item = UnreadableItem(index: index, error: PayloadError(.field, reason: "cannot be read"), record: "")
        return Event(externalID: "", channel: "", effect: .none, content: .unreadable(item))
    }
}

/// Collects the events of a delivery in their order, which may hold hundreds of thousands of items that nobody can read.
///
/// The first hundred of those are events of their own. All others are one event that says how many they are: the delivery is kept, and has
/// them byte for byte.
public struct EventList: Sendable {
    /// The most items that cannot be read and are an event, a dead letter, each.
    public static let unreadableLimit = 100

    private var list: [Event] = []
    private var rest: [UnreadableItem] = []
    private var unreadable = 0

    /// How many items were added.
    public private(set) var count = 0

    /// Empty.
    public init() {}

    /// The events, and at their end the one that stands for what cannot be read beyond the limit.
    public var events: [Event] { summary.map { list + [$0] } ?? list }

    /// Whether further items that cannot be read are counted alone: only their index is kept.
    public var isCounting: Bool { unreadable >= Self.unreadableLimit }

    /// Adds the next item's event.
    public mutating func append(_ event: Event) {
        count += 1
        guard case .unreadable(let item) = event.content else { return list.append(event) }
        unreadable += 1
        guard unreadable > Self.unreadableLimit else { return list.append(event) }
        // The first and the last of them are all that is kept.
        if rest.count < 2 { rest.append(item) } else { rest[1] = item }
    }

    /// Adds an item that cannot be read; beyond the limit it is counted, and its event is not made: there may be millions.
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
    /// An item that cannot be read, of which nothing but its place is wanted: an `EventList` that is counting keeps no more of it.
    public static func counted(_ index: Int) -> Event {
        let item = UnreadableItem(index: index, error: PayloadError(.field, reason: "cannot be read"), record: "")
        return Event(externalID: "", channel: "", effect: .none, content: .unreadable(item))
    }
}

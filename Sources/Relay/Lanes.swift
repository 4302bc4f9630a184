/// What waits, is on its way and is done of numbered items: lanes side by side, in each lane the order of the numbers.
///
/// All items of one owner are in one lane, so that lanes need not wait for each other.
public struct Lanes<Item: Sendable>: Sendable {
    /// The last number that was read into the lanes.
    public private(set) var readPosition: Int64
    private var lanes: [Lane]
    private let limits: Limits
    private var waitingItems = 0
    private var waitingBytes = 0

    /// How much goes into a call and into memory.
    public struct Limits: Sendable {
        /// Items a call.
        public var items: Int
        /// Bytes a call, but for a single item that has more.
        public var bytes: Int
        /// Items in memory.
        public var waitingItems: Int
        /// Bytes in memory.
        public var waitingBytes: Int

        /// Memory should hold several calls a lane.
        public init(items: Int, bytes: Int, waitingItems: Int, waitingBytes: Int) {
            self.items = items
            self.bytes = bytes
            self.waitingItems = waitingItems
            self.waitingBytes = waitingBytes
        }
    }

    private struct Entry {
        let item: Item
        let position: Int64
        let size: Int
    }

    private struct Lane {
        var waiting = Queue()
        var onTheWay: [Entry] = []
    }

    /// Entries are taken from the front without moving the others each time.
    private struct Queue {
        private var all: [Entry] = []
        private var taken = 0

        var entries: ArraySlice<Entry> { all[taken...] }

        mutating func append(_ entry: Entry) { all.append(entry) }

        mutating func removeFirst(_ count: Int) {
            taken += count
            guard taken * 2 >= all.count else { return }
            all.removeFirst(taken)
            taken = 0
        }
    }

    /// Everything up to `position` is done.
    public init(position: Int64, count: Int, limits: Limits) {
        readPosition = position
        lanes = Array(repeating: Lane(), count: count)
        self.limits = limits
    }

    /// Up to here everything is done.
    public var position: Int64 {
        let undone = lanes.compactMap { ($0.onTheWay.first ?? $0.waiting.entries.first)?.position }.min()
        return undone.map { $0 - 1 } ?? readPosition
    }

    /// Whether more may be read: a lane that cannot go on must not fill the memory with what is behind it.
    public var hasRoom: Bool { waitingItems < limits.waitingItems && waitingBytes < limits.waitingBytes }

    /// Puts an item into its owner's lane; items come in the order of their numbers.
    public mutating func add(_ item: Item, at position: Int64, of owner: String, size: Int) {
        lanes[lane(of: owner)].waiting.append(Entry(item: item, position: position, size: size))
        waitingItems += 1
        waitingBytes += size
        read(to: position)
    }

    /// Up to this number there is nothing else to carry.
    public mutating func read(to position: Int64) { readPosition = max(readPosition, position) }

    /// The next items of a lane, `most` of them where that is less than the limit; nil where it has none or its last ones are still on their way.
    public mutating func take(lane: Int, atMost most: Int = .max) -> [Item]? {
        guard lanes[lane].onTheWay.isEmpty else { return nil }
        var bytes = 0
        let taken = lanes[lane].waiting.entries.prefix(min(limits.items, most)).prefix { entry in
            let isFitting = bytes == 0 || bytes + entry.size <= limits.bytes
            if isFitting { bytes += entry.size }
            return isFitting
        }
        guard !taken.isEmpty else { return nil }
        lanes[lane].onTheWay = Array(taken)
        lanes[lane].waiting.removeFirst(taken.count)
        waitingItems -= taken.count
        waitingBytes -= bytes
        return lanes[lane].onTheWay.map(\.item)
    }

    /// What was on its way in a lane is done.
    public mutating func finish(lane: Int) { lanes[lane].onTheWay = [] }

    /// FNV-1a: spreads owners evenly, and the same way each time.
    private func lane(of owner: String) -> Int {
        let hash = owner.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return Int((hash ^ hash >> 32) % UInt64(lanes.count))
    }
}

/// Numbered items that wait, are in flight or are done, in parallel lanes; each lane keeps the order of the numbers.
///
/// All items of one owner are in one lane, so lanes need not wait for each other.
public struct Lanes<Item: Sendable>: Sendable {
    /// The last number that was read.
    public private(set) var readPosition: Int64
    private var lanes: [Lane]
    private let limits: Limits
    private var waitingItems = 0
    private var waitingBytes = 0

    /// The limits per call and in memory.
    public struct Limits: Sendable {
        /// The most items per call.
        public var items: Int
        /// The most bytes per call, except for a single larger item.
        public var bytes: Int
        /// The most items in memory.
        public var waitingItems: Int
        /// The most bytes in memory.
        public var waitingBytes: Int

        /// Memory should have room for several calls per lane.
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

    /// A queue that removes entries at the front without moving the others each time.
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

    /// Starts after `position`, up to which everything is done.
    public init(position: Int64, count: Int, limits: Limits) {
        readPosition = position
        lanes = Array(repeating: Lane(), count: count)
        self.limits = limits
    }

    /// The number up to which everything is done.
    public var position: Int64 {
        let undone = lanes.compactMap { ($0.onTheWay.first ?? $0.waiting.entries.first)?.position }.min()
        return undone.map { $0 - 1 } ?? readPosition
    }

    /// Whether more items may be read; a lane that cannot continue must not fill the memory with the items behind it.
    public var hasRoom: Bool { waitingItems < limits.waitingItems && waitingBytes < limits.waitingBytes }

    /// Adds an item to its owner's lane; items must be added in the order of their numbers.
    public mutating func add(_ item: Item, at position: Int64, of owner: String, size: Int) {
        lanes[lane(of: owner)].waiting.append(Entry(item: item, position: position, size: size))
        waitingItems += 1
        waitingBytes += size
        read(to: position)
    }

    /// Records that no other items exist up to this number.
    public mutating func read(to position: Int64) { readPosition = max(readPosition, position) }

    /// The next items of a lane, at most `most` and the limits per call; nil if there are none, or if its last ones are still in flight.
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

    /// Records that a lane's items in flight are done.
    public mutating func finish(lane: Int) { lanes[lane].onTheWay = [] }

    /// The owner's lane by FNV-1a, which distributes owners evenly and always in the same way.
    private func lane(of owner: String) -> Int {
        let hash = owner.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return Int((hash ^ hash >> 32) % UInt64(lanes.count))
    }
}

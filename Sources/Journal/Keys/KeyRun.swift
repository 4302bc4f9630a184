/// How many keys are kept where (Docs/Decisions/0012).
struct KeySizes: Sendable {
    /// The recent keys that become a run, and about how many a part of a run has.
    var keysAPart = 2240
    /// The runs of a level that are merged into one of the next.
    var runsAMerge = 8
    /// The most bytes of filters in memory.
    var filterMemory = 64 << 20

    /// The keys of about so many rows are read at a time, where no run has them: some 200,000.
    var rowsAReading: Int { keysAPart * 90 }

    /// The level of a run of so many keys.
    func level(of keys: Int) -> Int {
        var (level, most) = (0, keysAPart * runsAMerge)
        while most <= keys {
            level += 1
            most *= runsAMerge
        }
        return level
    }

    /// How many parts so many keys are divided into.
    func parts(of keys: Int) -> Int { max(1, (keys + keysAPart - 1) / keysAPart) }
}

/// Keys that were written together, divided by their first bits into parts and these into buckets, which are rows of `key_pages`.
struct KeyRun {
    let number: Int64
    /// How often its keys were merged.
    let level: Int
    let parts: Int
    /// Those that are written, in their order: fewer than all while other runs are merged into this one.
    var writtenParts = 0
    /// How many entries it has; while it is written about as many as it will have.
    var keys: Int
    /// Every row up to this number has its key in a run.
    var lastNumber: Int64
    /// The run that takes its keys; once that one is complete, this one is removed.
    var target: Int64?
    /// The table whose index it takes the place of; nil where it was made of runs or of recent keys.
    var table: ItemTable?
    /// Of the written parts; nil where there is no room for it in memory, and every key is looked for.
    var filter: KeyFilter?

    static let bucketsAPart = 16
    /// The buckets of a part and its filter.
    static let rowsAPart = bucketsAPart + 1

    var isComplete: Bool { writtenParts == parts }

    /// Whether its figures can be a run's: the ids of its rows are made of them.
    var isPossible: Bool {
        (1..<1 << 31).contains(number) && (0..<64).contains(level) && (1...1 << 26).contains(parts) && (0...parts).contains(writtenParts)
            && (0..<1 << 40).contains(keys) && lastNumber >= 0
    }

    func part(of key: ItemKey) -> Int { Self.share(of: key.high, among: parts) }
    func bucket(of key: ItemKey) -> Int { bucket(of: key.high) }

    private func bucket(of high: UInt64) -> Int { Self.share(of: high, among: parts * Self.bucketsAPart) }

    /// The buckets in which this run has what another one has in a part.
    func buckets(meeting part: Int, of other: KeyRun) -> ClosedRange<Int> {
        let last = part + 1 == other.parts ? .max : other.firstHigh(of: part + 1) - 1
        return bucket(of: other.firstHigh(of: part))...bucket(of: last)
    }

    /// The least key of a part, as bytes; nil behind the last.
    func firstKey(of part: Int) -> [UInt8]? { part == parts ? nil : ItemKey(high: firstHigh(of: part), low: 0).bytes }

    /// The least first half of a key of a part.
    private func firstHigh(of part: Int) -> UInt64 {
        let (quotient, remainder) = UInt64(parts).dividingFullWidth((high: UInt64(part), low: 0))
        return remainder == 0 ? quotient : quotient + 1
    }

    /// Which of so many equal shares of all keys has this first half.
    private static func share(of high: UInt64, among count: Int) -> Int { Int(high.multipliedFullWidth(by: UInt64(count)).high) }
}

/// Tells of most keys that a run does not have them, and of none that it has. One Bloom filter a part, of blocks that are a line of the
/// processor's cache.
struct KeyFilter {
    private(set) var bytes: [UInt8] = []

    /// Of a part: with its row they fill a page.
    static let bytesAPart = blocks * blockBytes
    private static let blocks = 62
    private static let blockBytes = 64
    private static let bitsAKey = 6

    init() {}

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Of one part.
    init(of entries: [KeyEntry]) {
        bytes = Array(repeating: 0, count: Self.bytesAPart)
        for entry in entries {
            let start = Self.block(of: entry.key, in: 0)
            Self.bits(of: entry.key) { bytes[start + $0 >> 3] |= 1 << UInt8($0 & 7) }
        }
    }

    mutating func append(_ part: KeyFilter) { bytes += part.bytes }

    /// Leaves only the first parts.
    mutating func cut(to parts: Int) { bytes.removeLast(max(0, bytes.count - parts * Self.bytesAPart)) }

    func mayHave(_ key: ItemKey, in part: Int) -> Bool {
        let start = Self.block(of: key, in: part)
        var isThere = true
        Self.bits(of: key) { isThere = isThere && bytes[start + $0 >> 3] & 1 << UInt8($0 & 7) != 0 }
        return isThere
    }

    private static func block(of key: ItemKey, in part: Int) -> Int {
        part * bytesAPart + Int(key.low.multipliedFullWidth(by: UInt64(blocks)).high) * blockBytes
    }

    /// The bits of a block that a key sets: of 512, nine bits of the key for each.
    private static func bits(of key: ItemKey, _ body: (Int) -> Void) {
        var rest = key.low
        for _ in 0..<bitsAKey {
            body(Int(rest & 511))
            rest >>= 9
        }
    }
}

/// The sizes of parts, merges and filters (Docs/Decisions/0012).
struct KeySizes: Sendable {
    /// The number of recent keys that are written as a run, and the approximate number of keys in a part of a run.
    var keysAPart = 2240
    /// The number of runs of one level that are merged into one run of the next level.
    var runsAMerge = 8
    /// The most bytes of filters in memory.
    var filterMemory = 64 << 20

    /// The approximate number of rows whose keys are read at a time if no run has them: some 200,000.
    var rowsAReading: Int { keysAPart * 90 }

    /// The level of a run with this number of keys.
    func level(of keys: Int) -> Int {
        var (level, most) = (0, keysAPart * runsAMerge)
        while most <= keys {
            level += 1
            most *= runsAMerge
        }
        return level
    }

    /// The number of parts into which this number of keys is divided.
    func parts(of keys: Int) -> Int { max(1, (keys + keysAPart - 1) / keysAPart) }
}

/// Keys that were written together, sorted. Their first bits divide them into parts, and each part into buckets, which are rows of
/// `key_pages`.
struct KeyRun {
    let number: Int64
    /// The number of merges that its keys have been through.
    let level: Int
    let parts: Int
    /// The number of parts that are written, in their order: less than `parts` while other runs are being merged into this one.
    var writtenParts = 0
    /// The number of entries; while the run is being written, an estimate of the final number.
    var keys: Int
    /// The number up to which every row has its key in a run.
    var lastNumber: Int64
    /// The run into which this one is merged; once the target is complete, this run is removed.
    var target: Int64?
    /// The table whose index this run replaces; nil if it was made from recent keys or other runs.
    var table: ItemTable?
    /// The filter of the written parts; nil if memory has no room for it, so that every lookup reads the run.
    var filter: KeyFilter?

    static let bucketsAPart = 16
    /// The rows of a part: its buckets, and its filter.
    static let rowsAPart = bucketsAPart + 1

    var isComplete: Bool { writtenParts == parts }

    /// Whether the values are possible for a run. The ids of its rows are computed from them.
    var isPossible: Bool {
        (1..<1 << 31).contains(number) && (0..<64).contains(level) && (1...1 << 26).contains(parts) && (0...parts).contains(writtenParts)
            && (0..<1 << 40).contains(keys) && lastNumber >= 0
    }

    func part(of key: ItemKey) -> Int { Self.share(of: key.high, among: parts) }
    func bucket(of key: ItemKey) -> Int { bucket(of: key.high) }

    private func bucket(of high: UInt64) -> Int { Self.share(of: high, among: parts * Self.bucketsAPart) }

    /// The buckets of this run that cover the same keys as a part of another run.
    func buckets(meeting part: Int, of other: KeyRun) -> ClosedRange<Int> {
        let last = part + 1 == other.parts ? .max : other.firstHigh(of: part + 1) - 1
        return bucket(of: other.firstHigh(of: part))...bucket(of: last)
    }

    /// The smallest key of a part, as bytes; nil after the last part.
    func firstKey(of part: Int) -> [UInt8]? { part == parts ? nil : ItemKey(high: firstHigh(of: part), low: 0).bytes }

    /// The first half of the smallest key of a part.
    private func firstHigh(of part: Int) -> UInt64 {
        let (quotient, remainder) = UInt64(parts).dividingFullWidth((high: UInt64(part), low: 0))
        return remainder == 0 ? quotient : quotient + 1
    }

    /// The index of the share to which a key with this first half belongs, if all keys are divided into `count` equal shares.
    private static func share(of high: UInt64, among count: Int) -> Int { Int(high.multipliedFullWidth(by: UInt64(count)).high) }
}

/// Bloom filters, one per part of a run: they exclude most keys that the run does not have, and none that it has. Each key uses one block,
/// as large as a line of the processor's cache.
struct KeyFilter {
    private(set) var bytes: [UInt8] = []

    /// The bytes of one part's filter: such a row fills a page.
    static let bytesAPart = blocks * blockBytes
    private static let blocks = 62
    private static let blockBytes = 64
    private static let bitsAKey = 6

    init() {}

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The filter of one part.
    init(of entries: [KeyEntry]) {
        bytes = Array(repeating: 0, count: Self.bytesAPart)
        for entry in entries {
            let start = Self.block(of: entry.key, in: 0)
            Self.bits(of: entry.key) { bytes[start + $0 >> 3] |= 1 << UInt8($0 & 7) }
        }
    }

    mutating func append(_ part: KeyFilter) { bytes += part.bytes }

    /// Removes the filters of all but the first `parts` parts.
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

    /// The bits of its block that a key sets: `bitsAKey` of 512, each selected by nine bits of the key.
    private static func bits(of key: ItemKey, _ body: (Int) -> Void) {
        var rest = key.low
        for _ in 0..<bitsAKey {
            body(Int(rest & 511))
            rest >>= 9
        }
    }
}

/// The unique key of an item: a digest of 16 bytes, stored in the column `item_key` of its row.
struct ItemKey: Hashable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil if there are not exactly 16 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(bytes, at: 0)
    }

    fileprivate init(_ bytes: [UInt8], at start: Int) {
        high = Self.integer(bytes, at: start)
        low = Self.integer(bytes, at: start + 8)
    }

    /// The 16 bytes that the column `item_key` has.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        Self.append(high, to: &bytes)
        Self.append(low, to: &bytes)
        return bytes
    }

    // A digest is already random, so its lower half serves as hash.
    func hash(into hasher: inout Hasher) { hasher.combine(low) }

    fileprivate static func integer(_ bytes: [UInt8], at start: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in start..<start + 8 { value = value << 8 | UInt64(bytes[index]) }
        return value
    }

    fileprivate static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }
}

/// A key with the number of its row, as stored in a bucket: 24 bytes.
struct KeyEntry {
    let key: ItemKey
    let number: Int64

    static let bytes = 24

    /// Adds the entry to a bucket.
    func append(to bucket: inout [UInt8]) {
        ItemKey.append(key.high, to: &bucket)
        ItemKey.append(key.low, to: &bucket)
        ItemKey.append(UInt64(bitPattern: number), to: &bucket)
    }

    /// All entries of a bucket.
    static func all(in bucket: [UInt8]) -> [KeyEntry] {
        starts(in: bucket).map { KeyEntry(key: ItemKey(bucket, at: $0), number: number(in: bucket, at: $0)) }
    }

    /// The row numbers that a bucket has for a key: more than one if the row got another number after its first entry was written.
    static func numbers(of key: ItemKey, in bucket: [UInt8]) -> [Int64] {
        // All keys of a bucket begin with the same bits, so compare a byte of the random rest first.
        let byte = UInt8(truncatingIfNeeded: key.low)
        return starts(in: bucket).filter { bucket[$0 + 15] == byte && ItemKey(bucket, at: $0) == key }
            .map { number(in: bucket, at: $0) }
    }

    private static func starts(in bucket: [UInt8]) -> StrideTo<Int> { stride(from: 0, to: bucket.count - bytes + 1, by: bytes) }

    private static func number(in bucket: [UInt8], at start: Int) -> Int64 {
        Int64(bitPattern: ItemKey.integer(bucket, at: start + 16))
    }
}

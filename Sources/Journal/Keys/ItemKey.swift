/// What makes an item one, as its row has it in `item_key`: 16 bytes of a digest.
struct ItemKey: Hashable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil where the bytes are no such key.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(bytes, at: 0)
    }

    fileprivate init(_ bytes: [UInt8], at start: Int) {
        high = Self.integer(bytes, at: start)
        low = Self.integer(bytes, at: start + 8)
    }

    /// As its row has it.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        Self.append(high, to: &bytes)
        Self.append(low, to: &bytes)
        return bytes
    }

    // Digests are random as they are.
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

/// A key with the number of its row: 24 bytes of a bucket.
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

    /// All of a bucket.
    static func all(in bucket: [UInt8]) -> [KeyEntry] {
        starts(in: bucket).map { KeyEntry(key: ItemKey(bucket, at: $0), number: number(in: bucket, at: $0)) }
    }

    /// The numbers that a bucket has for a key: more than one where the row of a former entry got another number.
    static func numbers(of key: ItemKey, in bucket: [UInt8]) -> [Int64] {
        // The first bytes of all keys of a bucket are alike, the others are random.
        let byte = UInt8(truncatingIfNeeded: key.low)
        return starts(in: bucket).filter { bucket[$0 + 15] == byte && ItemKey(bucket, at: $0) == key }
            .map { number(in: bucket, at: $0) }
    }

    private static func starts(in bucket: [UInt8]) -> StrideTo<Int> { stride(from: 0, to: bucket.count - bytes + 1, by: bytes) }

    private static func number(in bucket: [UInt8], at start: Int) -> Int64 {
        Int64(bitPattern: ItemKey.integer(bucket, at: start + 16))
    }
}

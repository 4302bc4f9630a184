/// The id of something that the gateway created: a UUID of version 7 (RFC 9562), so that ids sort by creation time.
public struct Identifier<Subject>: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// The id with the given bits: 48 of `milliseconds`, 12 of `sequence` and 62 of `random`. Version and variant are set here.
    public init(milliseconds: Int64, sequence: UInt16, random: UInt64) {
        high = UInt64(bitPattern: milliseconds) << 16 | 0x7000 | UInt64(sequence & 0x0FFF)
        low = random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// The id with these 128 bits, of any UUID version.
    public init(bits: (high: UInt64, low: UInt64)) {
        high = bits.high
        low = bits.low
    }

    /// Compares bits, as PostgreSQL sorts a `uuid`: our own ids sort by creation time.
    public static func < (one: Identifier, other: Identifier) -> Bool { (one.high, one.low) < (other.high, other.low) }

    /// The 128 bits.
    public var bits: (high: UInt64, low: UInt64) { (high, low) }

    /// Parses the usual 36 characters in either case, of any UUID version.
    public init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ Identifier(utf8: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = id
    }

    /// Parses the 36 characters from bytes, without creating a String.
    public init?(utf8 bytes: UnsafeRawBufferPointer) {
        guard let bits = Identifier.bits(of: bytes) else { return nil }
        self.init(bits: bits)
    }

    private static func bits(of text: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
        guard text.count == 36 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for (position, character) in text.enumerated() {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard character == 0x2D else { return nil }
                continue
            }
            let digit: UInt8
            switch character {
            case 0x30...0x39: digit = character - 0x30
            case 0x61...0x66: digit = character - 0x57
            case 0x41...0x46: digit = character - 0x37
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        return (high, low)
    }

    /// The time in the id, for ids that the gateway created.
    public var madeAt: Instant { Instant(milliseconds: Int64(high >> 16)) }

    /// The usual 36 characters in lower case.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            return 36
        }
    }

    /// Writes the 36 characters of `description` into the first 36 bytes of `buffer`.
    public func write(to buffer: UnsafeMutableRawBufferPointer) {
        var position = 0
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                buffer[position] = 0x2D
                position += 1
            }
            let half = nibble < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - nibble % 16 * 4)) & 15
            buffer[position] = digit < 10 ? 0x30 + digit : 0x57 + digit
            position += 1
        }
    }
}

/// Creates increasing identifiers, also within a millisecond and when the clock steps back.
public struct IdentifierGenerator: Sendable {
    private var lastMilliseconds: Int64 = 0
    private var sequence: UInt16 = 0
    private var random: BufferedRandom

    /// `source` returns the given number of random bytes; it is called once per some hundred identifiers.
    public init(source: @escaping @Sendable (Int) -> [UInt8]) { random = BufferedRandom(source: source) }

    /// The next id, which sorts after all previous ones. After a burst or a step back of the clock, its time is later than `now`.
    public mutating func next<Subject>(at now: Instant) -> Identifier<Subject> {
        if now.milliseconds > lastMilliseconds {
            lastMilliseconds = now.milliseconds
            sequence = 0
        } else if sequence == 0x0FFF {
            lastMilliseconds += 1
            sequence = 0
        } else {
            sequence += 1
        }
        return Identifier(milliseconds: lastMilliseconds, sequence: sequence, random: random.next())
    }
}

/// Returns random words from a buffer, since a system call per word is expensive.
private struct BufferedRandom: Sendable {
    let source: @Sendable (Int) -> [UInt8]
    private var buffer: [UInt8] = []

    init(source: @escaping @Sendable (Int) -> [UInt8]) { self.source = source }

    mutating func next() -> UInt64 {
        if buffer.count < 8 { buffer = source(2048) }
        let word = buffer.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        buffer.removeLast(8)
        return word
    }
}

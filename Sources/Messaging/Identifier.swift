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
        func put(_ digits: some FixedWidthInteger, at position: Int) {
            buffer.storeBytes(of: digits.bigEndian, toByteOffset: position, as: type(of: digits))
        }
        let hyphen = UInt8(ascii: "-")
        put(Self.digits(of: high >> 32), at: 0)
        put(hyphen, at: 8)
        let middle = Self.digits(of: high & 0xFFFF_FFFF)
        put(UInt32(truncatingIfNeeded: middle >> 32), at: 9)
        put(hyphen, at: 13)
        put(UInt32(truncatingIfNeeded: middle), at: 14)
        put(hyphen, at: 18)
        let rest = Self.digits(of: low >> 32)
        put(UInt32(truncatingIfNeeded: rest >> 32), at: 19)
        put(hyphen, at: 23)
        put(UInt32(truncatingIfNeeded: rest), at: 24)
        put(Self.digits(of: low & 0xFFFF_FFFF), at: 28)
    }

    /// The eight hexadecimal digits of 32 bits, the first in the highest byte: each nibble gets a byte, and those above 9 a letter.
    private static func digits(of word: UInt64) -> UInt64 {
        var nibbles = (word | word << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles + 0x3030_3030_3030_3030 + letters * 0x27
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

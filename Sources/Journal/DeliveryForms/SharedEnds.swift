import Messaging

/// The beginning and the end that byte strings have in common.
struct SharedEnds: Equatable {
    private(set) var start: [UInt8]
    private(set) var end: [UInt8]
    /// The length of the shortest of the strings.
    private var shortest: Int

    /// The most bytes of a beginning, and of an end.
    static let longest = 1024

    /// The ends of a single string.
    init(of bytes: [UInt8]) {
        start = Array(bytes.prefix(Self.longest))
        end = Array(bytes.suffix(Self.longest))
        shortest = bytes.count
    }

    init(start: [UInt8], end: [UInt8]) {
        self.start = start
        self.end = end
        shortest = start.count + end.count
    }

    var count: Int { start.count + end.count }

    /// Reduces both ends to what they have in common with another string.
    mutating func narrow(to bytes: [UInt8]) {
        start = Self.commonStart(start, bytes)
        end = Self.commonEnd(end, bytes)
        shortest = min(shortest, bytes.count)
    }

    /// The ends that both have in common.
    func narrowed(to other: SharedEnds) -> SharedEnds {
        SharedEnds(start: Self.commonStart(start, other.start), end: Self.commonEnd(end, other.end)).cut()
    }

    /// The ends without partial values, such as the first digits of a time, and without an overlap of end and beginning.
    func cut() -> SharedEnds {
        let start = start.prefix((start.lastIndex(where: Self.isBoundary) ?? -1) + 1)
        let end = end.suffix(max(0, shortest - start.count))
        return SharedEnds(start: Array(start), end: Array(end[(end.firstIndex(where: Self.isBoundary) ?? end.endIndex)...]))
    }

    /// Whether a string has this beginning and this end.
    func fit(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            start.withUnsafeBufferPointer { $0.hasSameBytes(as: UnsafeBufferPointer(rebasing: bytes.prefix($0.count))) }
                && end.withUnsafeBufferPointer { $0.hasSameBytes(as: UnsafeBufferPointer(rebasing: bytes.suffix($0.count))) }
        }
    }

    /// The bytes between the ends in a string that has them.
    func middle(of bytes: [UInt8]) -> ArraySlice<UInt8> { bytes[start.count..<bytes.count - end.count] }

    /// Whether a value cannot continue across this byte: delimiters of JSON, of XML and of forms in URLs. All are ASCII, so no character is
    /// divided.
    private static func isBoundary(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "="), UInt8(ascii: "&"), UInt8(ascii: ","), UInt8(ascii: "<"), UInt8(ascii: ">"): true
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"): true
        default: false
        }
    }

    private static func commonStart(_ one: [UInt8], _ other: [UInt8]) -> [UInt8] {
        Array(one.prefix(zip(one, other).prefix { $0 == $1 }.count))
    }

    private static func commonEnd(_ one: [UInt8], _ other: [UInt8]) -> [UInt8] {
        Array(one.suffix(zip(one.reversed(), other.reversed()).prefix { $0 == $1 }.count))
    }
}

import Messaging

/// A set of quarter hours, limited to the four weeks before the latest one.
/// The number of a quarter hour counts from 1970 in UTC, so that the same time one week earlier has the number minus `week`.
struct QuarterHours: Sendable, Equatable {
    /// The number of quarter hours in a week.
    static let week = 7 * 24 * 4
    /// The range of numbers that are kept: four weeks, so that two weeks of silence can be compared with the two weeks before.
    static let kept = 4 * week

    /// One bit per number, at the index `number % kept`.
    private var words = [UInt64](repeating: 0, count: kept / UInt64.bitWidth)
    /// The latest inserted number.
    private var latest = 0

    init() {}

    /// The number of the quarter hour that contains a moment.
    static func number(of instant: Instant) -> Int { Int(instant.milliseconds / (15 * 60 * 1000)) }

    func contains(_ number: Int) -> Bool {
        guard number > latest - Self.kept, number <= latest, number >= 0 else { return false }
        let (word, bit) = Self.place(of: number)
        return words[word] & bit != 0
    }

    /// Adds a number, and removes those that are then too old. If the clock went back by more than `kept`, the set begins anew.
    mutating func insert(_ number: Int) {
        guard number >= 0 else { return }
        if number <= latest - Self.kept { self = QuarterHours() }
        if number > latest {
            for old in max(latest + 1, number - Self.kept + 1)...number { remove(old) }
            latest = number
        }
        let (word, bit) = Self.place(of: number)
        words[word] |= bit
    }

    private mutating func remove(_ number: Int) {
        let (word, bit) = Self.place(of: number)
        words[word] &= ~bit
    }

    private static func place(of number: Int) -> (word: Int, bit: UInt64) {
        let place = number % kept
        return (place / UInt64.bitWidth, 1 << UInt64(place % UInt64.bitWidth))
    }
}

// The form in a file: the latest number, and the words in hexadecimal digits, separated by spaces.
extension QuarterHours: CustomStringConvertible {
    var description: String { "\(latest) " + words.map { String($0, radix: 16) }.joined(separator: " ") }

    /// Reads `description`; nil for any other text.
    init?(_ description: String) {
        let parts = description.split(separator: " ")
        let words = parts.dropFirst().compactMap { UInt64($0, radix: 16) }
        guard let latest = parts.first.flatMap({ Int($0) }), latest >= 0, words.count == self.words.count, parts.count == words.count + 1
        else { return nil }
        self.latest = latest
        self.words = words
    }
}

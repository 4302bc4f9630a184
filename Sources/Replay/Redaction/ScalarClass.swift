/// A set of characters that may replace one another: ASCII digits, lower-case or upper-case letters; otherwise the characters of one
/// general category among 64 adjacent ones, which have the same length in UTF-8 and usually belong to one script.
struct ScalarClass: Sendable, Hashable {
    private let first: UInt32
    /// The number of characters in the class.
    let count: Int
    /// The characters, if they are not consecutive.
    private let members: [UInt32]

    /// Nil for characters that stay as they are: punctuation, spaces, marks, controls.
    init?(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x30...0x39: self.init(from: 0x30, 10)
        case 0x41...0x5A: self.init(from: 0x41, 26)
        case 0x61...0x7A: self.init(from: 0x61, 26)
        case 0..<0x80: return nil
        default:
            let category = scalar.properties.generalCategory
            guard ScalarClass.isReplaced(category) else { return nil }
            let start = scalar.value & ~63
            let members = (start..<start + 64).filter { Unicode.Scalar($0)?.properties.generalCategory == category }
            self.init(from: start, members.count, members)
        }
    }

    private init(from first: UInt32, _ count: Int, _ members: [UInt32] = []) {
        self.first = first
        self.count = count
        self.members = members
    }

    /// The index of a scalar in the class.
    func index(of scalar: Unicode.Scalar) -> Int {
        members.isEmpty ? Int(scalar.value - first) : members.firstIndex(of: scalar.value) ?? 0
    }

    /// The scalar at an index.
    func scalar(at index: Int) -> Unicode.Scalar {
        Unicode.Scalar(members.isEmpty ? first + UInt32(index) : members[index]) ?? "?"
    }

    /// The bytes that distinguish the class from all others.
    var name: [UInt8] {
        [
            UInt8(truncatingIfNeeded: first >> 16), UInt8(truncatingIfNeeded: first >> 8), UInt8(truncatingIfNeeded: first),
            UInt8(truncatingIfNeeded: count),
        ]
    }

    private static func isReplaced(_ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
            .otherNumber, .otherSymbol:
            true
        default: false
        }
    }
}

import Messaging
import PhoneNumbers
import Synchronization

/// Replaces phone numbers by others that are possible in the same country: two spellings of one line become two spellings of one line.
struct PhoneFakes: Sendable {
    private let cipher: TokenCipher
    /// The region of numbers without a country code.
    private let region: String
    private let known = KnownFakes()
    /// At least this many digits stay, country code and beginning of the area code, so that length and numbering plan are possible.
    private static let keptDigits = 4
    /// How often the remaining digits are permuted before one more digit stays.
    private static let mostTurns = 16

    init(_ cipher: TokenCipher, region: String) {
        self.cipher = cipher
        self.region = region
    }

    /// The fake of a number.
    func fake(_ number: PhoneNumber) -> PhoneNumber {
        let canonical = number.variants.min { ($0.e164.count, $0.e164) < ($1.e164.count, $1.e164) } ?? number
        let fake = known.fake(of: canonical) { self.fake(canonical: $0) }
        guard number != canonical else { return fake }
        return fake.variants.first { $0.e164.count == number.e164.count } ?? fake
    }

    /// Writes the fake over the number in a text, keeping the text's plus, spaces and kind of digits.
    func write(_ number: PhoneNumber, in text: String) -> String {
        overlay(fake(number), over: number, in: text)
    }

    private func fake(canonical: PhoneNumber) -> PhoneNumber {
        let digits = Array(canonical.e164.utf8.dropFirst())
        let least = canonical.e164.hasPrefix("+55") ? Self.keptDigits + 1 : Self.keptDigits
        let reading = Reading(canonical, in: region)
        var possible: PhoneNumber?
        for kept in least..<max(digits.count - 2, least + 1) {
            let head = Array(digits.prefix(kept))
            var tail = Array(digits.dropFirst(kept))
            var similar: PhoneNumber?
            // If the digits are not a number, or have other spellings, they are permuted again, so that two numbers never get one fake.
            for _ in 0..<Self.mostTurns {
                tail = cipher.fake(digits: tail, context: Array("phone".utf8) + head)
                let text = "+" + String(decoding: head + tail, as: UTF8.self)
                guard let found = PhoneNumber(international: text), found.e164 == text, found != canonical, ReceivedPhone(text).isSomebodys
                else { continue }
                possible = possible ?? found
                let other = Reading(found, in: region)
                if other == reading { return found }
                if other.includes(reading) { similar = similar ?? found }
            }
            if let similar { return similar }
        }
        if let possible { return possible }
        let tail = cipher.fake(digits: Array(digits.dropFirst(least)), context: Array("phone".utf8))
        return PhoneNumber(stored: "+" + String(decoding: digits.prefix(least) + tail, as: UTF8.self))
    }

    /// The spellings in which a number can be read: its fake must have the same, since it replaces all of them.
    private struct Reading: Equatable {
        /// A number that is not in an assigned range is only read with its plus.
        let isAssigned: Bool
        /// The numbers of leading digits that may be omitted: none, or the country code.
        let omissions: Set<Int>

        init(_ number: PhoneNumber, in region: String) {
            isAssigned = number.isAssigned
            omissions = Set((0...3).filter { PhoneNumber(String(number.e164.dropFirst(1 + $0)), region: region) == number })
        }

        func includes(_ other: Reading) -> Bool { (isAssigned || !other.isAssigned) && omissions.isSuperset(of: other.omissions) }
    }

    /// Aligns the digits of text and fake from the right, since a text may omit the country code or have a trunk zero.
    private func overlay(_ fake: PhoneNumber, over number: PhoneNumber, in text: String) -> String {
        var original = Array(number.e164.utf8.dropFirst())[...]
        var replacement = Array(fake.e164.utf8.dropFirst())[...]
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars.reversed() {
            guard let value = scalar.decimalValue, original.last == UInt8(0x30 + value), let digit = replacement.last else {
                scalars.append(scalar)
                continue
            }
            original.removeLast()
            replacement.removeLast()
            scalars.append(Unicode.Scalar(scalar.value - UInt32(value) + UInt32(digit - 0x30)) ?? scalar)
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars.reversed())
        return String(view)
    }
}

/// A cache of some thousand fakes: the business's own number occurs in each of its deliveries, and a fake needs about a dozen lookups in
/// the numbering plans.
private final class KnownFakes: Sendable {
    private let fakes = Mutex([PhoneNumber: PhoneNumber]())
    private static let most = 10_000

    func fake(of number: PhoneNumber, made make: (PhoneNumber) -> PhoneNumber) -> PhoneNumber {
        if let fake = fakes.withLock({ $0[number] }) { return fake }
        let fake = make(number)
        fakes.withLock { fakes in
            if fakes.count >= Self.most { fakes.removeAll() }
            fakes[number] = fake
        }
        return fake
    }
}

import JSON
import Journal
import PhoneNumbers

/// A record, and what a database says of one, as a log may show it.
enum MaskedRecord {
    /// The row and its session as JSON: ids of ours, times and words of the contract are shown, phones are masked, tokens are hidden. Of all
    /// else, which people wrote or which names them, only the length is told.
    static func text(_ item: OutboxItem) -> String {
        let session = item.session.map { ",\"session\":\(masked($0.record))" } ?? ""
        return "{\"\(item.kind.rawValue)\":\(masked(item.record))\(session)}"
    }

    private static let hidden: Set<String> = ["session_token"]
    private static let phones: Set<String> = ["phone", "phones", "sender", "recipient"]
    /// What the contract itself says, and ids that lead to the rest.
    private static let shown: Set<String> = [
        "message_id", "session_id", "contact_id", "event_id", "delivery_id", "dead_letter_id", "merged_into", "fingerprint", "item_key",
        "provider", "account", "channel", "direction", "type", "status", "kind", "stage", "reason", "scope", "changed", "moves",
        "last_activity", "first_seen",
    ]
    /// What a provider or a client calls the item and the line: nobody can look for an item without it.
    private static let names: Set<String> = ["external_id", "line"]

    private static func masked(_ record: [UInt8]) -> String {
        guard let json = try? JSON(parsing: record) else { return "(\(record.count) bytes)" }
        var writer = JSONWriter()
        writer.object { masked in
            for (name, value) in json.members {
                let text = value.string ?? value.text ?? ""
                switch name {
                case _ where hidden.contains(name): masked.member(name, "•••")
                case _ where shown.contains(name) || name.hasSuffix("_at"): masked.member(name, text)
                case _ where names.contains(name): masked.member(name, self.masked(text))
                case _ where phones.contains(name): masked.member(name, self.masked(text, runsOf: 5))
                default: masked.member(name, "(\(text.utf8.count) bytes)")
                }
            }
        }
        return writer.text
    }

    /// A text with everything in it masked that may be a phone number, an e-mail address, or a value that Postgres quotes of a row. Each step
    /// looks at a character once.
    static func masked(_ text: String) -> String { masked(withoutRows(text), runsOf: 8) }

    /// `shortest` is how many digits in a row may be a number; with signs between them it takes two more, since dates have eight.
    private static func masked(_ text: String, runsOf shortest: Int) -> String {
        var numbers = NumberMask(shortest: shortest)
        for scalar in withoutAddresses(text).unicodeScalars { numbers.append(scalar) }
        return numbers.finish()
    }

    private static func withoutAddresses(_ text: String) -> String {
        let delimiters = Set(#""'()<>,;:/=#\[]{}"#.unicodeScalars)
        let mask = "•••@•••".unicodeScalars
        var result = String.UnicodeScalarView()
        var word = String.UnicodeScalarView()
        func flush() {
            let sign = word.firstIndex(of: "@")
            let isAddress = sign.map { $0 != word.startIndex && word.index(after: $0) != word.endIndex } ?? false
            result.append(contentsOf: isAddress ? mask : word)
            word = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars {
            guard scalar.properties.isWhitespace || delimiters.contains(scalar) else {
                word.append(scalar)
                continue
            }
            flush()
            result.append(scalar)
        }
        flush()
        return String(result)
    }

    /// `Key (phone)=(+91…)` and `Failing row contains (…)`: which column it was stays.
    private static func withoutRows(_ text: String) -> String {
        let row = text.firstRange(of: "Failing row contains (")
        let parts = text[..<(row?.upperBound ?? text.endIndex)].split(separator: ")=(", omittingEmptySubsequences: false)
        let columns = parts.enumerated().map { index, part in
            index == 0 ? String(part) : "•••" + (part.firstIndex(of: ")").map { part[$0...] } ?? "")
        }
        return columns.joined(separator: ")=(") + (row == nil ? "" : "•••)")
    }
}

/// Masks what may be a number: digits, with up to three signs between two of them.
///
/// The texts are scalar views: a scalar that is appended by way of a string copies all of it.
private struct NumberMask {
    private let shortest: Int
    private var result = String.UnicodeScalarView()
    private var digits = String.UnicodeScalarView()
    private var digitCount = 0
    /// As it was written; `signs` come after its last digit so far.
    private var run = String.UnicodeScalarView()
    private var signs: [Unicode.Scalar] = []
    private var hasSigns = false

    init(shortest: Int) { self.shortest = shortest }

    mutating func append(_ scalar: Unicode.Scalar) {
        if ("0"..."9").contains(scalar) {
            hasSigns = hasSigns || !signs.isEmpty
            run.append(contentsOf: signs)
            signs.removeAll(keepingCapacity: true)
            run.append(scalar)
            digits.append(scalar)
            digitCount += 1
        } else if digitCount > 0, signs.count < 3, NumberMask.isSign(scalar) {
            signs.append(scalar)
        } else {
            flush()
            result.append(scalar)
        }
    }

    private static func isSign(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "(", ")", ".", "-": true
        default: false
        }
    }

    mutating func finish() -> String {
        flush()
        return String(result)
    }

    private mutating func flush() {
        guard digitCount > 0 else { return }
        let isNumber = digitCount >= shortest + (hasSigns ? 2 : 0)
        result.append(contentsOf: isNumber ? PhoneNumber.mask(String(digits)).unicodeScalars : run)
        result.append(contentsOf: signs)
        self = NumberMask(shortest: shortest, result: result)
    }

    private init(shortest: Int, result: String.UnicodeScalarView) {
        self.shortest = shortest
        self.result = result
    }
}

import JSON
import Journal
import PhoneNumbers
import Signing

/// A record, and what a database says of one, as a log may show it.
public enum MaskedRecord {
    /// The row and its session as JSON: ids of ours, times and words of the contract are shown, phones are masked, tokens are hidden. Of all
    /// else, which people wrote or which names them, only the length is told.
    static func text(_ item: OutboxItem) -> String {
        let session = item.session.map { ",\"session\":\(masked($0.record, of: "sessions"))" } ?? ""
        return "{\"\(item.kind.rawValue)\":\(masked(item.record, of: item.kind.rawValue))\(session)}"
    }

    /// What is in a record beside the table's columns.
    private static let others: [String: ColumnDescription.Mask] = ["phones": .phone, "changed": .shown, "moves": .shown]

    private static func masked(_ record: [UInt8], of table: String) -> String {
        guard let json = try? JSON(parsing: record) else { return "(\(record.count) bytes)" }
        let table = Tables.description(table)
        var writer = JSONWriter()
        writer.object { masked in
            for (name, value) in json.members {
                masked.member(name, self.masked(value.string ?? value.text ?? "", by: table?[name]?.mask ?? others[name] ?? .length))
            }
        }
        return writer.text
    }

    /// One value of a table's column.
    public static func value(_ text: String, of column: String, in table: ItemTable) -> String {
        masked(text, by: Tables.description(table.rawValue)?[column]?.mask ?? .length)
    }

    private static func masked(_ text: String, by mask: ColumnDescription.Mask) -> String {
        switch mask {
        case .secret: "•••"
        case .shown: text
        case .name: maskedName(text)
        case .phone: masked(text, runsOf: 5)
        case .length: "(\(text.utf8.count) bytes)"
        }
    }

    /// An id as its sender made it. WhatsApp's hold the person's number in Base64 (`wamid.HBgMOTE5ODc2NTQzMjEw…`): of one that does the end is
    /// shown, by which it is found.
    private static func maskedName(_ text: String) -> String {
        let name = masked(text)
        let holdsNumber = text.utf8.split { !isBase64($0) }.contains { piece in
            (0..<4).contains { offset in
                let encoded = piece.dropFirst(offset)
                let bytes = Base64.decode(String(decoding: encoded.prefix(encoded.count / 4 * 4), as: UTF8.self)) ?? []
                return bytes.split { !(0x30...0x39).contains($0) }.contains { $0.count >= 8 }
            }
        }
        return holdsNumber ? "•••\(name.suffix(12))" : name
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2F
    }

    /// A text with everything in it masked that may be a phone number, an e-mail address, or a value that Postgres quotes of a row. Each step
    /// looks at a byte once.
    static func masked(_ text: String) -> String { masked(withoutRows(Array(text.utf8)), runsOf: 8) }

    private static func masked(_ text: String, runsOf shortest: Int) -> String { masked(Array(text.utf8), runsOf: shortest) }

    /// `shortest` is how many digits in a row may be a number; with signs between them it takes two more, since dates have eight.
    private static func masked(_ text: [UInt8], runsOf shortest: Int) -> String {
        var numbers = NumberMask(shortest: shortest)
        for byte in withoutAddresses(text) { numbers.append(byte) }
        return String(decoding: numbers.finish(), as: UTF8.self)
    }

    private static let hiddenValue = Array("•••".utf8)

    private static func withoutAddresses(_ text: [UInt8]) -> [UInt8] {
        let sign = UInt8(ascii: "@")
        var result: [UInt8] = []
        var word: [UInt8] = []
        func flush() {
            let isAddress = word.firstIndex(of: sign).map { $0 > 0 && $0 < word.count - 1 } ?? false
            result += isAddress ? hiddenValue + [sign] + hiddenValue : word
            word.removeAll(keepingCapacity: true)
        }
        for byte in text {
            guard isDelimiter(byte) else {
                word.append(byte)
                continue
            }
            flush()
            result.append(byte)
        }
        flush()
        return result
    }

    /// White space, and what stands around a value in JSON, in SQL and in a path.
    private static func isDelimiter(_ byte: UInt8) -> Bool { byte <= 0x20 || #""'()<>,;:/=#\[]{}"#.utf8.contains(byte) }

    /// `Key (phone)=(+91…)` and `Failing row contains (…)`: which column it was stays.
    private static func withoutRows(_ text: [UInt8]) -> [UInt8] {
        let (value, row) = (Array(")=(".utf8), Array("Failing row contains (".utf8))
        var result: [UInt8] = []
        var index = 0
        func begins(_ pattern: [UInt8]) -> Bool {
            text[index] == pattern[0] && index + pattern.count <= text.count && text[index..<index + pattern.count].elementsEqual(pattern)
        }
        while index < text.count {
            if begins(value) {
                result += value + hiddenValue
                index += value.count
                while index < text.count, text[index] != UInt8(ascii: ")") { index += 1 }
            } else if begins(row) {
                result += row + hiddenValue + [UInt8(ascii: ")")]
                index = text.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}

/// Masks what may be a number: digits, with up to three signs between two of them.
private struct NumberMask {
    private let shortest: Int
    private var result: [UInt8] = []
    private var digits: [UInt8] = []
    /// As it was written; `signs` come after its last digit so far.
    private var run: [UInt8] = []
    private var signs: [UInt8] = []

    init(shortest: Int) { self.shortest = shortest }

    mutating func append(_ byte: UInt8) {
        if (0x30...0x39).contains(byte) {
            run += signs
            signs.removeAll(keepingCapacity: true)
            run.append(byte)
            digits.append(byte)
        } else if !digits.isEmpty, signs.count < 3, " ().-".utf8.contains(byte) {
            signs.append(byte)
        } else {
            flush()
            result.append(byte)
        }
    }

    mutating func finish() -> [UInt8] {
        flush()
        return result
    }

    private mutating func flush() {
        guard !digits.isEmpty else { return }
        let isNumber = digits.count >= shortest + (digits.count == run.count ? 0 : 2)
        result += isNumber ? Array(PhoneNumber.mask("+" + String(decoding: digits, as: UTF8.self)).dropFirst().utf8) : run
        result += signs
        digits.removeAll(keepingCapacity: true)
        run.removeAll(keepingCapacity: true)
        signs.removeAll(keepingCapacity: true)
    }
}

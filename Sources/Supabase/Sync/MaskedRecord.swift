import JSON
import Journal
import Messaging
import PhoneNumbers
import Signing

/// Masks a record, and a database's message about a record, for the log.
enum MaskedRecord {
    /// The row and its session as JSON. Our own ids, times and the contract's words are shown; phones are masked, also inside a provider's
    /// id; tokens are hidden. Of texts that people wrote, names, and texts that a client chose, only the length is shown.
    static func text(_ item: OutboxItem) -> String {
        let session = item.session.map { ",\"session\":\(masked($0.record, of: "sessions"))" } ?? ""
        return "{\"\(item.kind.rawValue)\":\(masked(item.record, of: item.kind.rawValue))\(session)}"
    }

    /// Members of a record that are not columns of the table.
    private static let others: [String: ColumnDescription.Mask] = ["phones": .phone, "changed": .shown, "moves": .shown]

    private static func masked(_ record: [UInt8], of table: String) -> String {
        guard let json = try? JSON(parsing: record) else { return "(\(record.count) bytes)" }
        let table = Tables.description(table)
        let isOfClient = json["provider"].string.map { AdapterKind($0).isOfClients } ?? false
        var writer = JSONWriter()
        writer.object { masked in
            for (name, value) in json.members {
                let mask = table?[name]?.mask ?? others[name] ?? .length
                masked.member(name, self.masked(value, by: isOfClient && mask == .name ? .length : mask))
            }
        }
        return writer.text
    }

    private static func masked(_ value: JSON, by mask: ColumnDescription.Mask) -> String {
        guard mask == .phone, value.kind == .array else { return masked(value.string ?? value.text ?? "", by: mask) }
        return value.elements.map { masked($0, by: mask) }.joined(separator: ", ")
    }

    private static func masked(_ text: String, by mask: ColumnDescription.Mask) -> String {
        switch mask {
        case .secret: "•••"
        case .shown: text
        case .word: text.loggedWord
        case .name: maskedName(text)
        case .phone: text.isEmpty ? text : PhoneNumber.mask(whole: text) ?? length(of: text)
        case .length: length(of: text)
        }
    }

    private static func length(of text: String) -> String { "(\(text.utf8.count) bytes)" }

    /// A provider's id, masked. An id with other than printable ASCII characters, or with other than a plain word before the `#` of an id
    /// that we made, may be a text: only its length is shown. A number in it is masked, whatever signs separate its digits. If it contains
    /// a number in Base64, as WhatsApp's ids do (`wamid.HBgMOTE5ODc2NTQzMjEw…`), only its end is shown, which suffices to find it.
    private static func maskedName(_ text: String) -> String {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            text.firstIndex(of: "#").map({ text[..<$0].isPlainWord() }) ?? true
        else { return length(of: text) }
        let name = PhoneNumber.mask(masked(text), runsOf: 8, dividedByAnySign: true)
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

    /// The text, with everything masked that may be a phone number, an e-mail address, or a row's value quoted by Postgres. Each step takes
    /// linear time.
    static func masked(_ text: String) -> String {
        PhoneNumber.mask(String(decoding: withoutAddresses(withoutRows(Array(text.utf8))), as: UTF8.self), runsOf: 8)
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

    /// Whether the byte is white space, or encloses a value in JSON, SQL or a path.
    private static func isDelimiter(_ byte: UInt8) -> Bool { byte <= 0x20 || #""'()<>,;:/=#\[]{}"#.utf8.contains(byte) }

    /// Hides the values in `Key (phone)=(+91…)` and the row in `Failing row contains (…)`; the column's name stays.
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

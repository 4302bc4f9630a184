/// The parameters of a request target's query, percent-decoded when asked for.
struct Query {
    private let parameters: [Substring]

    init(target: String) {
        let query = target.drop { $0 != "?" }.dropFirst().prefix { $0 != "#" }
        parameters = query.split(separator: "&")
    }

    /// The first value of a parameter.
    subscript(_ name: String) -> String? {
        for parameter in parameters {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if Self.decoded(parts[0]) == name { return parts.count == 2 ? Self.decoded(parts[1]) : "" }
        }
        return nil
    }

    /// A percent sign that no two hexadecimal digits follow stands for itself.
    private static func decoded(_ text: Substring) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25, index + 2 < bytes.count, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2]) {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index] == 0x2B ? 0x20 : bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        Character(UnicodeScalar(character)).hexDigitValue.map { UInt8($0) }
    }
}

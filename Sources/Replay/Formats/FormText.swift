import Signing

/// Texts in `application/x-www-form-urlencoded` bodies and query strings.
public enum FormText {
    /// Letters, digits and `*-._` as they are, a space as `+`, every other byte as `%XX`.
    public static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x5F: encoded.append(byte)
            case 0x20: encoded.append(0x2B)
            default: encoded.append(contentsOf: [0x25] + Hex.encode([byte]).uppercased().utf8)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The text that was encoded; a percent sign without two digits stays.
    public static func decode(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25, index + 2 < bytes.count,
                let byte = Hex.decode(String(decoding: bytes[index + 1...index + 2], as: UTF8.self))?.first
            {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(bytes[index] == 0x2B ? 0x20 : bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// The names and values of a body or query, decoded, in order.
    public static func pairs(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decode(parts[0]), parts.count > 1 ? decode(parts[1]) : "")
        }
    }
}

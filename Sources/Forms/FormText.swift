/// Texts in `application/x-www-form-urlencoded` bodies and query strings.
public enum FormText {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Encodes a text: letters, digits and `*-._` stay, a space becomes `+`, any other byte `%XX`.
    public static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x5F: encoded.append(byte)
            case 0x20: encoded.append(0x2B)
            default: encoded.append(contentsOf: [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Decodes a text; a percent sign without two hexadecimal digits stays.
    public static func decode(_ text: some StringProtocol) -> String {
        var decoded: [UInt8] = []
        append(Array(text.utf8)[...], to: &decoded)
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Decodes bytes and appends the result.
    static func append(_ encoded: ArraySlice<UInt8>, to decoded: inout [UInt8]) {
        var index = encoded.startIndex
        while index < encoded.endIndex {
            let byte = encoded[index]
            if byte == 0x25, index + 2 < encoded.endIndex, let high = value(of: encoded[index + 1]), let low = value(of: encoded[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(byte == 0x2B ? 0x20 : byte)
                index += 1
            }
        }
    }

    /// The value of a hexadecimal digit; nil for any other character.
    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        case 0x41...0x46: character - 0x41 + 10
        default: nil
        }
    }
}

/// Hexadecimal text, written in lower case and read in either case.
public enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two lower-case digits per byte.
    public static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[index * 2] = digits[Int(byte >> 4)]
                buffer[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    /// Decodes a text; nil for an odd length or any other character.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var text = String(text)
        return text.withUTF8 { decode($0) }
    }

    /// Decodes digits that `encode` could have written: nil also for upper-case digits.
    public static func decode(lowercase digits: ArraySlice<UInt8>) -> [UInt8]? {
        digits.withUnsafeBufferPointer { digits in digits.contains { 0x41...0x5A ~= $0 } ? nil : decode(digits) }
    }

    private static func decode(_ digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var isHex = true
        let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 2) { bytes, count in
            for index in 0..<digits.count / 2 {
                let (high, low) = (value(of: digits[index * 2]), value(of: digits[index * 2 + 1]))
                isHex = isHex && high | low < 16
                bytes[index] = high << 4 | low & 15
            }
            count = digits.count / 2
        }
        return isHex ? bytes : nil
    }

    /// The value of a digit; 255 for any other character.
    private static func value(of character: UInt8) -> UInt8 {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        case 0x41...0x46: character - 0x41 + 10
        default: 255
        }
    }
}

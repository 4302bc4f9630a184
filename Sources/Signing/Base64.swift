import Foundation

/// Base64 (RFC 4648) with padding; the URL-safe form is written without it.
public enum Base64 {
    /// The standard alphabet, padded.
    public static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// Uses `-` and `_` instead of `+` and `/`, without padding.
    public static func encodeURLSafe(_ bytes: [UInt8]) -> String {
        var characters = [UInt8](Data(bytes).base64EncodedData())
        while characters.last == UInt8(ascii: "=") { characters.removeLast() }
        for index in characters.indices {
            switch characters[index] {
            case UInt8(ascii: "+"): characters[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): characters[index] = UInt8(ascii: "_")
            default: break
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Decodes padded Base64; nil for any other text.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        // Foundation reads "====" as a zero byte and accepts an excess equals sign.
        guard text.utf8.count.isMultiple(of: 4), !text.hasSuffix("===") else { return nil }
        return Data(base64Encoded: String(text)).map { [UInt8]($0) }
    }
}

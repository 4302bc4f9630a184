import Foundation

/// Base64 (RFC 4648), with padding; the URL-safe form is written without.
public enum Base64 {
    /// The standard alphabet, padded.
    public static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// `-` and `_` for `+` and `/`, without padding.
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

    /// The bytes that `text` spells, or nil where it is no padded Base64.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        // Foundation reads "====" as a zero byte and overlooks an equals sign too many.
        guard text.utf8.count.isMultiple(of: 4), !text.hasSuffix("===") else { return nil }
        return Data(base64Encoded: String(text)).map { [UInt8]($0) }
    }
}

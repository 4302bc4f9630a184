import Foundation

// Words and digits have other forms of the same meaning, such as the full-width ones of East Asian keyboards. What a text says to whoever reads
// it is asked of its folded form. The SQL function `switchboard.folded` does the same.
extension String {
    /// The text with the compatibility forms of Unicode's NFKC and the digits of any script in ASCII, a space for white space beyond ASCII, and
    /// without characters that cannot be seen. It is for comparison: what is stored is the text as it came.
    var folded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return self }
        var folded = UnicodeScalarView()
        for scalar in precomposedStringWithCompatibilityMapping.unicodeScalars {
            if scalar.isASCII {
                folded.append(scalar)
            } else if scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue {
                folded.append(Unicode.Scalar(UInt8(ascii: "0") + UInt8(value)))
            } else if scalar.properties.isWhitespace {
                folded.append(" ")
            } else if scalar.properties.generalCategory != .format {
                folded.append(scalar)
            }
        }
        return String(folded)
    }
}

extension Unicode.Scalar {
    /// Whether it is what programs write where they know no id, or cannot be seen: a zero, a hyphen, a plus, white space.
    var isBlankInID: Bool {
        switch self {
        case "0", "-", "+", "\u{0}"..." ", "\u{7F}": true
        case "!"..."~": false
        default:
            String(self).folded.unicodeScalars.allSatisfy { folded in
                folded.isASCII ? folded.isBlankInID : folded.properties.generalCategory == .control
            }
        }
    }
}

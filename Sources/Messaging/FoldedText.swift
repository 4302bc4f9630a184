import Foundation

// Words and digits have other forms of the same meaning, such as the full-width forms of East Asian keyboards, so their meaning is decided
// on the folded text. The SQL function `switchboard.folded` does the same.
extension String {
    /// The text in the compatibility forms of Unicode's NFKC, with ASCII digits for those of any script, spaces for other white space, and
    /// without invisible characters. Only for comparison: the text is stored as it arrived.
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
    /// Whether programs write this character for an unknown id, or it is invisible: a zero, a hyphen, a plus, white space.
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

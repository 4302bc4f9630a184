/// Texts from any source, in a form that is safe for a terminal.
extension String {
    /// The text on one line, unable to begin a new line or control the terminal. Line breaks and tabs become spaces.
    public var printable: String {
        var scalars = UnicodeScalarView()
        for scalar in unicodeScalars {
            guard "\t\n\r".unicodeScalars.contains(scalar) else {
                scalars.append(scalar)
                continue
            }
            if scalars.last != " " { scalars.append(" ") }
        }
        return String(scalars).replacingScalars { $0.steersTerminal }
    }

    /// The same for a text of several lines, such as a body.
    public var printableLines: String { replacingScalars { $0.steersTerminal && $0 != "\n" && $0 != "\t" } }

    private func replacingScalars(_ isReplaced: (Unicode.Scalar) -> Bool) -> String {
        String(UnicodeScalarView(unicodeScalars.map { isReplaced($0) ? "\u{FFFD}" : $0 }))
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character (escape, line breaks, C1), a line separator, or changes the direction of the following text.
    fileprivate var steersTerminal: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
        default: false
        }
    }
}

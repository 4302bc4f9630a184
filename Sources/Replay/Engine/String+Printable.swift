/// Texts as a terminal may show them, whoever wrote them.
extension String {
    /// In one line: what came from outside may neither begin a line nor steer a terminal. Line ends and tabs become a space.
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

    /// The same for a text that has lines, such as a body.
    public var printableLines: String { replacingScalars { $0.steersTerminal && $0 != "\n" && $0 != "\t" } }

    private func replacingScalars(_ isReplaced: (Unicode.Scalar) -> Bool) -> String {
        String(UnicodeScalarView(unicodeScalars.map { isReplaced($0) ? "\u{FFFD}" : $0 }))
    }
}

extension Unicode.Scalar {
    /// A control (escape, line breaks, the C1 controls), a separator of lines, or what changes the direction of the text behind it.
    fileprivate var steersTerminal: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
        default: false
        }
    }
}

/// Indents JSON that has no white space: one member or element per line, two spaces per level, and a newline at the end.
func indented(_ minified: String) -> String {
    var text = Indentation()
    for byte in minified.utf8 { text.append(byte) }
    return String(decoding: text.bytes + [UInt8(ascii: "\n")], as: UTF8.self)
}

/// Inserts the line breaks, byte by byte.
private struct Indentation {
    private(set) var bytes: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    mutating func append(_ byte: UInt8) {
        switch (byte, isInString) {
        case (_, true): appendInString(byte)
        case (UInt8(ascii: "{"), _), (UInt8(ascii: "["), _): open(byte)
        case (UInt8(ascii: "}"), _), (UInt8(ascii: "]"), _): close(byte)
        case (UInt8(ascii: ","), _):
            bytes.append(byte)
            breakLine()
        case (UInt8(ascii: ":"), _): bytes += [byte, UInt8(ascii: " ")]
        default:
            isInString = byte == UInt8(ascii: "\"")
            bytes.append(byte)
        }
    }

    private mutating func appendInString(_ byte: UInt8) {
        bytes.append(byte)
        isInString = isEscaped || byte != UInt8(ascii: "\"")
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
    }

    private mutating func open(_ bracket: UInt8) {
        depth += 1
        bytes.append(bracket)
        breakLine()
    }

    /// Keeps an empty object or array on one line.
    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        let end = bytes.lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }
        if let end, bytes[end] == bracket - 2 {
            bytes.removeSubrange((end + 1)...)
        } else {
            breakLine()
        }
        bytes.append(bracket)
    }

    private mutating func breakLine() {
        bytes.append(UInt8(ascii: "\n"))
        bytes += [UInt8](repeating: UInt8(ascii: " "), count: max(depth, 0) * 2)
    }
}

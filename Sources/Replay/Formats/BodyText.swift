import Forms
import JSON
import Messaging
import Signing

/// A body in readable form: JSON indented, forms decoded, other bytes in hexadecimal.
public struct BodyText: Sendable, Equatable {
    /// The number of bytes shown of a body that is not text.
    private static let shownBytes = 256

    /// Several lines; the last has no line break.
    public let text: String

    /// Chooses the form by the content; the media type only identifies forms.
    public init(_ delivery: Delivery) {
        let body = delivery.body
        if body.isEmpty {
            text = "(no body)"
        } else if let json = try? JSON(parsing: body), let minified = json.text {
            text = IndentedJSON(minified).text
        } else if let plain = String(validating: body, as: UTF8.self) {
            text = delivery.mediaType == "application/x-www-form-urlencoded" ? BodyText.form(plain) : plain
        } else {
            text = BodyText.dump(body)
        }
    }

    private static func form(_ text: String) -> String {
        Form(text).map { "\($0.name) = \($0.value)" }.joined(separator: "\n")
    }

    private static func dump(_ body: [UInt8]) -> String {
        var lines = ["\(body.count) bytes:"]
        for start in stride(from: 0, to: min(body.count, shownBytes), by: 32) {
            lines.append(Hex.encode(Array(body[start..<min(start + 32, body.count, shownBytes)])))
        }
        if body.count > shownBytes { lines.append("…") }
        return lines.joined(separator: "\n")
    }
}

/// JSON text with one value per line.
public struct IndentedJSON: Sendable, Equatable {
    /// The same JSON, indented.
    public let text: String

    /// `json` has no white space between its values.
    public init(_ json: String) {
        var text: [UInt8] = []
        var depth = 0
        var isInString = false
        var isEscaped = false
        var previous: UInt8 = 0
        func breakLine() { text += [0x0A] + [UInt8](repeating: 0x20, count: depth * 2) }
        for byte in json.utf8 {
            if isInString {
                text.append(byte)
                if isEscaped { isEscaped = false } else if byte == 0x5C { isEscaped = true } else if byte == 0x22 { isInString = false }
                previous = byte
                continue
            }
            let opened = previous == 0x7B || previous == 0x5B
            switch byte {
            case 0x7D, 0x5D:
                depth -= 1
                if !opened { breakLine() }
                text.append(byte)
            case 0x2C:
                text.append(byte)
                breakLine()
            default:
                if opened { breakLine() }
                text.append(byte)
                if byte == 0x7B || byte == 0x5B { depth += 1 }
                if byte == 0x3A { text.append(0x20) }
                isInString = byte == 0x22
            }
            previous = byte
        }
        self.text = String(decoding: text, as: UTF8.self)
    }
}

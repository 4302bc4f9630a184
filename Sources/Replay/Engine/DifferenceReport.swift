import JSON
import Journal
import Messaging

/// Formats differences for a terminal or a program.
public struct DifferenceReport: Sendable {
    /// Whether the text is coloured.
    public var isColoured: Bool

    /// Without colours by default.
    public init(isColoured: Bool = false) { self.isColoured = isColoured }

    /// The item on one line, then each differing column on lines of its own: the stored value, then the value read now.
    public func text(_ difference: CaptureDifference) -> String {
        let (sign, colour): (String, Colour) =
            switch difference.kind {
            case .added: ("+", .green)
            case .removed: ("-", .red)
            case .changed: ("~", .yellow)
            }
        let delivery = difference.capture.delivery
        let head = "\(sign) \(difference.table.rawValue) \(difference.externalID)".printable
        var lines = [
            painted(head, colour)
                + "  \(delivery.adapter)/\(delivery.account) \(delivery.receivedAt)  \(difference.capture.origin)".printable
        ]
        for column in difference.columns {
            if let stored = column.stored { lines.append(painted("    - \(column.name): \(stored)".printable, .red)) }
            if let made = column.made { lines.append(painted("    + \(column.name): \(made)".printable, .green)) }
        }
        return lines.joined(separator: "\n")
    }

    /// One JSON object; a missing value is null.
    public func json(_ difference: CaptureDifference) -> String {
        var writer = JSONWriter()
        writer.object { line in
            line.member("difference", difference.kind.rawValue)
            line.member("table", difference.table.rawValue)
            line.member("external_id", difference.externalID)
            line.member("delivery_id", ifPresent: difference.capture.deliveryID)
            line.member("adapter", difference.capture.delivery.adapter.rawValue)
            line.member("account", difference.capture.delivery.account.rawValue)
            line.member("received_at", difference.capture.delivery.receivedAt.description)
            line.key("columns")
            line.array { columns in
                for column in difference.columns { write(column, to: &columns) }
            }
        }
        return writer.text
    }

    private func write(_ column: CaptureDifference.Column, to writer: inout JSONWriter) {
        writer.object { members in
            members.member("name", column.name)
            for (name, value) in [("stored", column.stored), ("made", column.made)] {
                members.key(name)
                if let value { members.string(value) } else { members.null() }
            }
        }
    }

    private enum Colour: Int { case red = 31, green, yellow }

    private func painted(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}

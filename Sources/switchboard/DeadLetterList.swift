import Journal
import Messaging
import Operations

/// Dead letters as a terminal shows them.
enum DeadLetterList {
    static let header = row(["DEAD LETTER", "STAGE", "SINCE", "TIMES", "REASON"])

    static func row(_ letter: StoredDeadLetter) -> String {
        row([
            letter.id.description, letter.letter.stage.rawValue, letter.letter.createdAt.description, "\(letter.occurrences)",
            printable(letter.why),
        ])
    }

    /// One letter, a line a value, its record last.
    static func card(_ letter: StoredDeadLetter) -> String {
        let values = [
            ("dead letter", letter.id.description), ("stage", letter.letter.stage.rawValue), ("reason", printable(letter.letter.reason)),
            ("detail", printable(letter.letter.detail ?? "-")), ("delivery", letter.letter.deliveryID?.description ?? "-"),
            ("since", letter.letter.createdAt.description), ("times", "\(letter.occurrences)"), ("last", letter.lastSeenAt.description),
            ("settled", letter.resolvedAt?.description ?? "-"), ("record", printable(letter.maskedRecord)),
        ]
        return values.map { padded($0.0, to: 15) + $0.1 }.joined(separator: "\n")
    }

    /// What came from outside may neither begin a line nor steer a terminal.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    private static func row(_ cells: [String]) -> String {
        zip(cells, [38, 11, 26, 7, 0]).map { padded($0, to: $1) }.joined()
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, width == 0 ? 0 : 1))
    }
}

extension StoredDeadLetter {
    /// What is wrong in a line: `entry must be a list`.
    fileprivate var why: String {
        letter.stage == .normalize ? letter.detail.map { "\($0) \(letter.reason)" } ?? letter.reason : letter.reason
    }
}

import Journal
import Messaging
import Operations

/// Dead letters as a terminal shows them.
enum DeadLetterList {
    /// A line of heads, then a line a letter.
    static func lines(_ letters: [StoredDeadLetter]) -> [String] {
        let rows = letters.map { letter in
            [
                letter.id.description, letter.letter.stage.rawValue, letter.letter.createdAt.description, "\(letter.occurrences)",
                letter.why,
            ]
        }
        return TerminalText.table([["DEAD LETTER", "STAGE", "SINCE", "TIMES", "REASON"]] + rows, [38, 11, 26, 7, 0])
    }

    /// One letter, a line a value, its record last.
    static func card(_ letter: StoredDeadLetter) -> String {
        let values = [
            ("dead letter", letter.id.description), ("stage", letter.letter.stage.rawValue), ("reason", letter.letter.reason),
            ("detail", letter.letter.detail ?? "-"), ("delivery", letter.letter.deliveryID?.description ?? "-"),
            ("since", letter.letter.createdAt.description), ("times", "\(letter.occurrences)"), ("last", letter.lastSeenAt.description),
            ("resolved", letter.resolvedAt?.description ?? "-"), ("record", letter.maskedRecord),
        ]
        return TerminalText.card(values)
    }
}

extension StoredDeadLetter {
    /// What is wrong in a line: `entry must be a list`.
    fileprivate var why: String {
        letter.stage == .normalize ? letter.detail.map { "\($0) \(letter.reason)" } ?? letter.reason : letter.reason
    }
}

import Journal
import Messaging
import Operations
import Replay

/// Formats dead letters for a terminal.
enum DeadLetterList {
    /// A line of headings, then one line per letter.
    static func lines(_ letters: [StoredDeadLetter], as text: TerminalText = .plain) -> [String] {
        let rows = letters.map { letter in
            [
                letter.id.description, letter.letter.stage.rawValue, text.time(letter.letter.createdAt), "\(letter.occurrences)",
                letter.resolvedAt == nil ? letter.why : "resolved: \(letter.why)",
            ]
        }
        return text.table([["DEAD LETTER", "STAGE", "SINCE", "TIMES", "REASON"]] + rows, [38, 11, 26, 7, 0])
    }

    /// One letter with one line per value, and its record indented below.
    static func card(_ letter: StoredDeadLetter, as text: TerminalText = .plain) -> String {
        let values = [
            ("dead letter", letter.id.description), ("stage", letter.letter.stage.rawValue), ("reason", letter.letter.reason),
            ("detail", letter.letter.detail ?? "-"), ("delivery", letter.letter.deliveryID?.description ?? "-"),
            ("since", text.time(letter.letter.createdAt)), ("times", "\(letter.occurrences)"), ("last", text.time(letter.lastSeenAt)),
            ("resolved", letter.resolvedAt.map(text.time) ?? "-"),
        ]
        return text.card(values) + "\n\nrecord:\n" + IndentedJSON(letter.maskedRecord).text.printableLines
    }
}

extension StoredDeadLetter {
    /// The problem in one line: `entry must be a list`.
    fileprivate var why: String {
        letter.stage == .normalize ? letter.detail.map { "\($0) \(letter.reason)" } ?? letter.reason : letter.reason
    }
}

import Journal
import Messaging
import Operations
import Replay

/// Formats dead letters for a terminal.
enum DeadLetterList {
    /// A line of headings, then one line per letter. On a terminal that is too narrow for all columns, each letter still has one line: its
    /// time is shown as an age, the reason may be cut, and the number of occurrences is omitted.
    static func lines(_ letters: [StoredDeadLetter], at now: Instant, as text: TerminalText = .plain) -> [String] {
        let rows = letters.map { letter in
            [
                letter.id.description, letter.letter.stage.rawValue, text.time(letter.letter.createdAt), "\(letter.occurrences)",
                letter.resolvedAt == nil ? letter.why : "resolved: \(letter.why)",
            ]
        }
        let all = [["DEAD LETTER", "STAGE", "SINCE", "TIMES", "REASON"]] + rows
        let widths = [38, 11, 26, 7, 0]
        if let fitted = text.fitted(all, cutting: 4, to: 40) { return text.table(fitted, widths) }
        let short = zip(letters, rows).map { letter, row in
            [row[0], row[1], TerminalText.age(of: letter.letter.createdAt, at: now), row[4]]
        }
        if let fitted = text.fitted([["DEAD LETTER", "STAGE", "AGE", "REASON"]] + short, cutting: 3, to: 12) {
            return text.table(fitted, [38, 6, 5, 0])
        }
        return text.table(all, widths)
    }

    /// One letter with one line per value, and its record indented below. The reason is the one that the list shows.
    static func card(_ letter: StoredDeadLetter, as text: TerminalText = .plain) -> String {
        var values = [("dead letter", letter.id.description), ("stage", letter.letter.stage.rawValue), ("reason", letter.why)]
        if letter.letter.stage == .sync, let detail = letter.letter.detail { values.append(("detail", detail)) }
        values += [
            ("delivery", letter.letter.deliveryID?.description ?? "-"),
            ("since", text.time(letter.letter.createdAt)), ("times", "\(letter.occurrences)"), ("last", text.time(letter.lastSeenAt)),
            ("resolved", letter.resolvedAt.map(text.time) ?? "-"),
        ]
        return text.card(values) + "\n\nrecord:\n" + IndentedJSON(letter.maskedRecord).text.printableLines
    }
}

extension StoredDeadLetter {
    /// The problem in one line. Of an item that could not be read, the detail is the field: `entry must be a list`.
    fileprivate var why: String {
        letter.stage == .normalize ? letter.detail.map { "\($0) \(letter.reason)" } ?? letter.reason : letter.reason
    }
}

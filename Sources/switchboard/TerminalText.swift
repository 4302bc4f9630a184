import Foundation
import Messaging
import Replay

/// Formats texts for a terminal or for another program.
struct TerminalText {
    /// The number of columns of a line; nil for no limit.
    let width: Int?
    /// The time zone of shown times; nil for RFC 3339.
    let timeZone: TimeZone?

    /// For another program: lines of any length, times in RFC 3339.
    static let plain = TerminalText(width: nil, timeZone: nil)

    /// For standard output, whether it is a terminal or not.
    static var ofOutput: TerminalText {
        guard Terminal.isTerminal(STDOUT_FILENO) else { return plain }
        return TerminalText(width: Terminal.width(STDOUT_FILENO), timeZone: .current)
    }

    /// A table's lines, its headings first. Each column has at least its width and is as wide as its longest cell, up to `widestColumn`;
    /// after a longer cell there are still two spaces. The last column, of width 0, is not padded.
    ///
    /// If a line does not fit, its last columns are moved to a second line below it, indented by two spaces; a cell that is too long for
    /// any line is cut.
    func table(_ rows: [[String]], _ widths: [Int]) -> [String] {
        let rows = rows.map { $0.map(\.printable) }
        let fitted = widths.enumerated().map { column, width in
            let longest = rows.map { $0[column].count }.max() ?? 0
            guard self.width == nil else { return min(longest, Self.widestColumn) + 2 }
            return width == 0 ? 0 : max(width, min(longest, Self.widestColumn) + 2)
        }
        let lines = columnsOfLines(fitted)
        return rows.flatMap { row in
            lines.enumerated().map { number, columns in
                let text = columns.map { column in
                    column == columns.last ? row[column] : Self.padded(row[column], to: fitted[column])
                }.joined()
                return cut((number == 0 ? "" : Self.indent) + text)
            }
        }
    }

    /// Rows that fit into one line each, with the cells of one column cut to at least `shortest` characters; nil if they do not fit.
    func fitted(_ rows: [[String]], cutting column: Int, to shortest: Int) -> [[String]]? {
        guard let width else { return nil }
        let rows = rows.map { $0.map(\.printable) }
        let widest = (rows.first ?? []).indices.map { index in rows.map { $0[index].count }.max() ?? 0 }
        let others = widest.enumerated().reduce(0) { $0 + ($1.offset == column ? 0 : $1.element) }
        let room = width - others - 2 * (widest.count - 1)
        guard room >= min(shortest, widest[column]) else { return nil }
        return rows.map { row in
            guard row[column].count > room else { return row }
            var row = row
            row[column] = row[column].prefix(room - 1) + "…"
            return row
        }
    }

    /// How long ago a time was, in three or four characters: `9s`, `12m`, `5h`, `30d`.
    static func age(of instant: Instant, at now: Instant) -> String {
        let seconds = max(0, now.milliseconds - instant.milliseconds) / 1000
        return switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }

    /// Wide enough for an id (36 characters).
    private static let widestColumn = 40
    private static let indent = "  "

    /// The columns in each line of a row.
    private func columnsOfLines(_ widths: [Int]) -> [Range<Int>] {
        guard let width else { return [widths.indices] }
        var lines: [Range<Int>] = []
        var (start, taken) = (0, 0)
        for (column, columnWidth) in widths.enumerated() {
            // The last column of a line needs no space after it.
            if column > start, taken + columnWidth - 2 > width {
                lines.append(start..<column)
                (start, taken) = (column, Self.indent.count)
            }
            taken += columnWidth
        }
        return lines + [start..<widths.count]
    }

    private func cut(_ line: String) -> String {
        guard let width, line.count > width, width > 1 else { return line }
        return line.prefix(width - 1) + "…"
    }

    /// One line per value.
    func card(_ values: [(name: String, value: String)]) -> String {
        values.map { Self.padded($0.name, to: 15) + $0.value.printable }.joined(separator: "\n")
    }

    /// A time; on a terminal in the local time zone, `2026-11-27 17:50:43`.
    func time(_ instant: Instant) -> String {
        guard let timeZone else { return instant.description }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let date = Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000)
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func digits(_ value: Int?, _ count: Int = 2) -> String {
            let text = "\(value ?? 0)"
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = [digits(parts.year, 4), digits(parts.month), digits(parts.day)].joined(separator: "-")
        return "\(day) \([parts.hour, parts.minute, parts.second].map { digits($0) }.joined(separator: ":"))"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, width == 0 ? 0 : 2))
    }
}

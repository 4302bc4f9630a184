import Replay

/// Texts as a terminal may show them.
enum TerminalText {
    /// A table's lines, its heads first. Each column has at least its width and is as wide as its longest cell, up to `widestColumn`; a cell
    /// that is longer still has two spaces to the next. The last column, of width 0, is not padded.
    static func table(_ rows: [[String]], _ widths: [Int]) -> [String] {
        let rows = rows.map { $0.map(\.printable) }
        let fitted = widths.enumerated().map { column, width in
            let longest = rows.map { $0[column].count }.max() ?? 0
            return width == 0 ? 0 : max(width, min(longest, widestColumn) + 2)
        }
        return rows.map { row in zip(row, fitted).map { padded($0, to: $1) }.joined() }
    }

    /// An id (36 characters) fits.
    private static let widestColumn = 40

    /// A line a value.
    static func card(_ values: [(name: String, value: String)]) -> String {
        values.map { padded($0.name, to: 15) + $0.value.printable }.joined(separator: "\n")
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, width == 0 ? 0 : 2))
    }
}

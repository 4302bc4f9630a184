import Replay

/// Texts as a terminal may show them.
enum TerminalText {
    /// A line of a table: each cell as wide as its column, with a space to the next where it is wider.
    static func row(_ cells: [String], _ widths: [Int]) -> String {
        zip(cells, widths).map { padded($0.printable, to: $1) }.joined()
    }

    /// A line a value.
    static func card(_ values: [(name: String, value: String)]) -> String {
        values.map { padded($0.name, to: 15) + $0.value.printable }.joined(separator: "\n")
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, width == 0 ? 0 : 1))
    }
}

/// The numbers of calls per kind, of failed ones, and of the problems found.
struct Summary {
    var lines: [Line] = []

    struct Line {
        let kind: String
        var calls = 0
        var failed = 0
        var findings = 0
    }

    /// A table with one line per kind, under its headings.
    var table: String {
        let rows =
            [["kind", "calls", "failed", "findings"]]
            + lines.map { [$0.kind, "\($0.calls)", "\($0.failed)", "\($0.findings)"] }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: max(1, (column == 0 ? 18 : 10) - cell.count))
                return column == 0 ? cell + padding : padding + cell
            }.joined()
        }.joined(separator: "\n")
    }

    /// Parses a line that `table` of another process wrote, and adds it; false if it is no such line.
    mutating func add(_ text: Substring) -> Bool {
        let words = text.split(separator: " ")
        guard words.count == 4, let calls = Int(words[1]), let failed = Int(words[2]),
            let findings = Int(words[3])
        else { return false }
        if let index = lines.firstIndex(where: { $0.kind == words[0] }) {
            lines[index].failed += failed
            lines[index].findings += findings
            if words[0] == RandomHistories.name { lines[index].calls += calls }
        } else {
            lines.append(Line(kind: String(words[0]), calls: calls, failed: failed, findings: findings))
        }
        return true
    }
}

/// The part of the work that belongs to this process.
struct Share {
    var index = 0
    var count = 1

    /// Whether the n-th piece of work belongs to it.
    func includes(_ n: Int) -> Bool { n % count == index }
}

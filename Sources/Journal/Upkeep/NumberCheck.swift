import SQLiteStore

/// Checks the numbers of all rows in order: each number belongs to exactly one row, or was left out on purpose.
enum NumberCheck {
    /// The most numbers and ranges that are named; the others are counted.
    private static let mostNamed = 20

    static func addProblems(_ db: Database, to problems: inout [String]) throws {
        let tables = NumberedTables.all.map(\.name) + ["left_numbers"]
        let numbers = tables.map { "SELECT seq, '\($0)' AS name FROM \($0)" }.joined(separator: " UNION ALL ")
        var missing = NumberList()
        var double = NumberList()
        var last: (number: Int64, table: String) = (0, "")
        try db.statement("\(numbers) ORDER BY 1").forEach { row in
            let (number, table) = (row.integer(0), row.string(1) ?? "")
            if number > last.number + 1 { missing.add(last.number + 1...number - 1) }
            if number == last.number { double.add(number...number, "in \(last.table) and \(table)") }
            last = (number, table)
            return true
        }
        if let text = missing.text { problems.append("numbers in the order of commits are missing, so rows were lost: \(text)") }
        if let text = double.text { problems.append("numbers in the order of commits are double: \(text)") }
    }

    /// Names the first numbers and counts the rest.
    private struct NumberList {
        private var names: [String] = []
        private var count: Int64 = 0
        private var named: Int64 = 0

        mutating func add(_ range: ClosedRange<Int64>, _ remark: String? = nil) {
            let size = range.upperBound - range.lowerBound + 1
            count += size
            guard names.count < mostNamed else { return }
            named += size
            let range = size == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
            names.append(remark.map { "\(range) (\($0))" } ?? range)
        }

        /// Nil if there are no problems.
        var text: String? {
            guard count > 0 else { return nil }
            return names.joined(separator: ", ") + (count > named ? ", and \(count - named) more" : "")
        }
    }
}

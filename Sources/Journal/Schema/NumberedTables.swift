/// The tables whose rows share one sequence of numbers, in the order of their commits.
enum NumberedTables {
    /// Each with the column that says when a row was stored. `left_numbers` has the numbers whose rows were removed or renumbered on purpose.
    static let all = [
        (name: "messages", storedAt: "received_at"), (name: "message_statuses", storedAt: "received_at"),
        (name: "events", storedAt: "received_at"), (name: "dead_letters", storedAt: "created_at"),
        (name: "changes", storedAt: "changed_at"),
    ]

    /// A query for the highest number of each table; a number that was left counts, since it is never given again.
    static let highestNumbers = (all.map(\.name) + ["left_numbers"]).map { "SELECT max(seq) AS seq FROM \($0)" }
        .joined(separator: " UNION ALL ")
}

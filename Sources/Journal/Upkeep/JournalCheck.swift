import GRDB
import Messaging

/// What a look at a whole journal found.
public struct JournalCheck: Sendable, Equatable {
    /// How many rows each table has, in the order of the tables.
    public var counts: [Count]
    /// What is wrong, a line each; empty where all is well.
    public var problems: [String]

    /// The rows of a table.
    public struct Count: Sendable, Equatable {
        public var table: String
        public var rows: Int
    }
}

extension JournalReader {
    /// Reads all of the file: what SQLite finds, rows that name others which are not there, blocks that cannot be read. Of one moment, beside
    /// whoever writes.
    public func check() async throws(JournalError) -> JournalCheck {
        try await read { db in
            var problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }.map { "integrity: \($0)" }
            for rule in CheckRule.all {
                let count = try Int.fetchOne(db, sql: rule.sql) ?? 0
                if count > 0 { problems.append("\(count) \(rule.problem)") }
            }
            problems += try BlockCheck(db).problems()
            let counts = try CheckRule.tables.map { table in
                JournalCheck.Count(table: table, rows: try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0)
            }
            return JournalCheck(counts: counts, problems: problems)
        }
    }
}

/// One thing that must not be, counted by a query. An item without its delivery is none: deliveries are kept for a while only.
private struct CheckRule {
    let problem: String
    let sql: String

    static let tables = [
        "deliveries", "delivery_blocks", "refused_deliveries", "contacts", "identities", "sessions", "messages", "message_statuses",
        "events",
        "dead_letters", "changes", "sync_positions",
    ]

    static let all: [CheckRule] =
        ["messages", "events", "changes"].flatMap { table in
            [orphans(of: table, by: "session_id", in: "sessions"), orphans(of: table, by: "contact_id", in: "contacts")]
        } + [
            orphans(of: "sessions", by: "contact_id", in: "contacts"), orphans(of: "identities", by: "contact_id", in: "contacts"),
            CheckRule(
                problem: "contacts were merged into one that is not there",
                sql: "SELECT count(*) FROM contacts WHERE merged_into NOT IN (SELECT contact_id FROM contacts)"),
            CheckRule(
                problem: "contacts have more than one active session",
                sql: """
                    SELECT count(*) FROM (SELECT 1 FROM sessions WHERE status = 'active' GROUP BY contact_id HAVING count(*) > 1)
                    """),
            CheckRule(
                problem: "numbers are missing or double in the order of commits",
                sql: "SELECT abs(coalesce(max(seq), 0) - count(*)) FROM (\(numbers))"),
            CheckRule(
                problem: "deliveries are both a row and in a range that a block says is whole",
                sql: """
                    SELECT count(*) FROM deliveries d JOIN delivery_blocks b ON d.last_seq IN (b.first_seq, b.last_seq)
                    """),
            CheckRule(
                problem: "databases are said to have more than there is",
                sql: "SELECT count(*) FROM sync_positions WHERE seq > (SELECT coalesce(max(seq), 0) FROM (\(numbers)))"),
        ]

    private static let numbers = ["messages", "message_statuses", "events", "dead_letters", "changes"]
        .map { "SELECT seq FROM \($0)" }.joined(separator: " UNION ALL ")

    private static func orphans(of table: String, by column: String, in other: String) -> CheckRule {
        CheckRule(
            problem: "rows of \(table) name a \(column) that is not in \(other)",
            sql: "SELECT count(*) FROM \(table) WHERE \(column) IS NOT NULL AND \(column) NOT IN (SELECT \(column) FROM \(other))")
    }
}

/// Reads every block.
private struct BlockCheck {
    private let db: Database

    init(_ db: Database) { self.db = db }

    func problems() throws -> [String] {
        var problems: [String] = []
        var end: Int64 = 0
        try StatementCursor(db, "SELECT first_seq, last_seq, count, data FROM delivery_blocks ORDER BY first_seq").forEach { row in
            let (first, last) = (row.integer(0), row.integer(1))
            if first <= end { problems.append("block \(first) overlaps the block before it") }
            end = max(end, last)
            problems +=
                Self.problem(row.blob(3), first: first, last: last, count: Int(row.integer(2))).map { ["block \(first): \($0)"] } ?? []
            return true
        }
        return problems
    }

    private static func problem(_ data: [UInt8], first: Int64, last: Int64, count: Int) -> String? {
        do {
            let positions = try DeliveryBlock.captures(in: data).map(\.position)
            guard positions.count == count else { return "holds \(positions.count) deliveries rather than \(count)" }
            guard positions.first == first, positions.last == last, zip(positions, positions.dropFirst()).allSatisfy({ $0 < $1 }) else {
                return "its deliveries are not those that it names"
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}

import Messaging
import SQLiteStore

/// The result of checking a whole journal.
public struct JournalCheck: Sendable, Equatable {
    /// The number of rows of each table, in the order of the tables.
    public var counts: [Count]
    /// The problems, one line each; empty if there are none.
    public var problems: [String]

    /// The number of rows of a table.
    public struct Count: Sendable, Equatable {
        public var table: String
        public var rows: Int
    }
}

extension JournalReader {
    /// Reads the whole file, in one snapshot, while others may write: SQLite's own check, rows that refer to missing rows, and blocks that
    /// cannot be read. If the file is too damaged for a part of the check, this is a problem too; tables that cannot be counted have no
    /// count.
    public func check() async throws(JournalError) -> JournalCheck {
        do {
            return try await file.readDamaged { db in
                var check = JournalCheck(counts: [], problems: [])
                try check.ask("the file") { check in try check.askSQLite(db) }
                for rule in CheckRule.all {
                    try check.ask(rule.problem) { check in
                        let count = try db.statement(rule.sql).first { $0.integer(0) } ?? 0
                        if count > 0 { check.problems.append("\(count) \(rule.problem)") }
                    }
                }
                try check.ask("the order of commits") { try NumberCheck.addProblems(db, to: &$0.problems) }
                try check.ask("times of sessions") { try TimesCheck.addProblems(db, to: &$0.problems) }
                try check.ask("keys") { check in
                    var keys = try KeyCheck(db)
                    try keys.addProblems(to: &check.problems)
                }
                try check.ask("blocks") { try BlockCheck(db).addProblems(to: &$0.problems) }
                for table in CheckRule.tables {
                    try check.ask(table) { check in
                        let rows = try db.statement("SELECT count(*) FROM \(table)").first { $0.integer(0) } ?? 0
                        check.counts.append(JournalCheck.Count(table: table, rows: Int(rows)))
                    }
                }
                return check
            }
        } catch let error as SQLiteError where error.mayBeDamage {
            return JournalCheck(damage: error)
        } catch {
            throw JournalError(error)
        }
    }

    /// The same as `check`, for a file that may be too damaged to be opened.
    public static func check(path: String) async throws(JournalError) -> JournalCheck {
        let reader: JournalReader
        do { reader = try JournalReader(path: path) } catch {
            guard let damage = error.damage else { throw error }
            return JournalCheck(counts: [], problems: ["the file cannot be opened: \(damage)"])
        }
        return try await reader.check()
    }
}

extension JournalCheck {
    fileprivate init(damage: SQLiteError) { self.init(counts: [], problems: ["integrity: \(damage.words)"]) }

    /// If SQLite stops early, the problems that it found before stay in the result.
    fileprivate mutating func askSQLite(_ db: Database) throws {
        try db.statement("PRAGMA integrity_check").forEach { row in
            if let line = row.string(0), line != "ok" { problems.append("integrity: \(line)") }
            return true
        }
    }

    /// Runs one part of the check. If the file's damage prevents it, this is reported instead.
    fileprivate mutating func ask(_ what: String, _ question: (inout JournalCheck) throws -> Void) throws {
        do { try question(&self) } catch let error as SQLiteError where error.mayBeDamage {
            problems.append("\(what): cannot be read: \(error.words)")
        }
    }
}

/// A state that must not occur, counted by a query. An item without its delivery is allowed, since deliveries are kept only for a while.
private struct CheckRule {
    let problem: String
    let sql: String

    static let tables = [
        "deliveries", "delivery_forms", "delivery_blocks", "refused_deliveries", "contacts", "identities", "sessions", "messages",
        "message_statuses", "events", "dead_letters", "differences", "changes", "sync_positions",
    ]

    static let all: [CheckRule] =
        ["messages", "events", "changes"].flatMap { table in
            [orphans(of: table, by: "session_id", in: "sessions"), orphans(of: table, by: "contact_id", in: "contacts")]
        } + IdentifiedTable.allCases.flatMap { [misplaced($0), repeated($0)] } + [
            orphans(of: "deliveries", by: "form_id", in: "delivery_forms"),
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
                problem: "deliveries are both a row and in a range that a block says is whole",
                sql: """
                    SELECT count(*) FROM deliveries d JOIN delivery_blocks b ON d.last_seq IN (b.first_seq, b.last_seq)
                    """),
            CheckRule(
                problem: "databases are said to have more than there is",
                sql:
                    "SELECT count(*) FROM sync_positions WHERE seq > (SELECT coalesce(max(seq), 0) FROM (\(NumberedTables.highestNumbers)))"
            ),
        ]

    /// Rows whose number is covered by ranges, but not by exactly one range.
    private static func misplaced(_ table: IdentifiedTable) -> CheckRule {
        CheckRule(
            problem: "rows of \(table.rawValue) are not found by their \(table.id): no range of ids has it at their number",
            sql: """
                SELECT count(*) FROM \(table.rawValue) t
                LEFT JOIN id_ranges r ON r.last_seq = (SELECT min(last_seq) FROM id_ranges WHERE last_seq >= t.\(table.number))
                WHERE t.\(table.number) > ifnull((SELECT last_seq FROM indexed_ids WHERE item_table = '\(table.rawValue)'), 0)
                  AND t.\(table.number) <= (\(IDRangeTable.coveredNumber))
                  AND NOT ifnull(r.first_seq <= t.\(table.number) AND t.\(table.id) BETWEEN r.smallest AND r.largest, 0)
                """)
    }

    private static func repeated(_ table: IdentifiedTable) -> CheckRule {
        CheckRule(
            problem: "rows of \(table.rawValue) have the \(table.id) of another row",
            sql: "SELECT count(*) - count(DISTINCT \(table.id)) FROM \(table.rawValue)")
    }

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

    func addProblems(to problems: inout [String]) throws {
        var end: Int64 = 0
        try db.statement("SELECT first_seq, last_seq, count, data FROM delivery_blocks ORDER BY first_seq").forEach { row in
            let (first, last) = (row.integer("first_seq"), row.integer("last_seq"))
            if first <= end { problems.append("block \(first) overlaps the block before it") }
            end = max(end, last)
            let problem = Self.problem(row.blob("data"), first: first, last: last, count: Int(row.integer("count")))
            if let problem { problems.append("block \(first): \(problem)") }
            return true
        }
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

import FaultyVFS
import GRDB

/// The contents of a journal's file, one line per row, with each random id replaced by a number in the order of occurrence: two equal lives
/// give the same text.
struct State: Equatable {
    let lines: [String]

    /// Reads the file by a connection of its own, which is closed afterwards.
    init(path: String) throws {
        let queue = try DatabaseQueue(path: path)
        let rows = try queue.read { db in try Self.tables(db).flatMap { try Self.rows(of: $0, db) } }
        try queue.close()
        var names = Names()
        lines = rows.map { names.replaced(in: $0) }
    }

    /// Columns with random or compressed values; unique keys and `journal check` verify them.
    private static let hidden: Set<String> = ["session_token", "item_key", "data", "raw_bytes", "first_id", "last_id"]

    /// Tables that may differ without a loss: which keys and ids were written together, and when session times were written, is not
    /// acknowledged. `journal check` compares keys and ids with the rows, `current_sessions` has the times, and `whole_deliveries` the
    /// deliveries with their forms.
    private static let hiddenTables: Set = [
        "key_runs", "key_pages", "key_filters", "id_ranges", "sessions", "session_positions", "deliveries", "delivery_forms",
    ]
    /// Views, and the tables that an earlier version has instead.
    private static let views = ["current_sessions": "sessions", "whole_deliveries": "deliveries"]

    private static func tables(_ db: Database) throws -> [String] {
        // Items come first, since their numbers determine the order in which ids occur.
        let first = ["messages", "message_statuses", "events", "changes", "whole_deliveries"]
        let all = try String.fetchAll(
            db,
            sql:
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%' ORDER BY name"
        )
        return first + all.filter { !first.contains($0) && !hiddenTables.contains($0) } + ["current_sessions"]
    }

    private static func rows(of table: String, _ db: Database) throws -> [String] {
        // An earlier version has the columns of sessions in another order.
        let isOfSessions = table == "current_sessions"
        let former = try views[table].flatMap { try db.viewExists(table) ? nil : $0 }
        let source = former ?? table
        let stored = try db.columns(in: source).map(\.name).filter {
            table == "events" || !hidden.contains($0)
        }
        .filter { $0 != "item_key" }
        let columns = isOfSessions ? stored.sorted() : stored.filter { $0 != "form_id" }
        let values = columns.map { $0 == "body" ? "length(body)" : "quote(\($0))" }.joined(separator: " || '|' || ")
        let order =
            if isOfSessions {
                "ORDER BY (SELECT s.rowid FROM sessions s WHERE s.session_id = \(source).session_id)"
            } else if table == "whole_deliveries" {
                "ORDER BY last_seq"
            } else {
                try db.primaryKey(table).isRowID || !isWithoutRowID(table, db) ? "ORDER BY rowid" : ""
            }
        return try String.fetchAll(db, sql: "SELECT '\(table)|' || \(values) FROM \(source) \(order)")
    }

    private static func isWithoutRowID(_ table: String, _ db: Database) throws -> Bool {
        try String.fetchOne(
            db, sql: "SELECT sql FROM sqlite_schema WHERE name = ?", arguments: [table])?.hasSuffix(
                "WITHOUT ROWID")
            ?? false
    }

    /// The first lines that differ from the expected ones.
    func difference(from expected: State) -> String {
        let (ours, theirs) = (Set(lines), Set(expected.lines))
        let missing = expected.lines.filter { !ours.contains($0) }.prefix(4).map {
            "        - \($0.prefix(300))"
        }
        let extra = lines.filter { !theirs.contains($0) }.prefix(4).map {
            "        + \($0.prefix(300))"
        }
        return (missing + extra).joined(separator: "\n")
    }
}

/// Replaces each UUID in a text by a number, equal ones by the same.
struct Names {
    private var numbers: [String: Int] = [:]

    mutating func replaced(in text: String) -> String {
        text.utf8.withContiguousStorageIfAvailable { replaced(in: $0) } ?? text
    }

    private mutating func replaced(in bytes: UnsafeBufferPointer<UInt8>) -> String {
        var result = ""
        var start = 0
        while start < bytes.count {
            let next = bytes.withMemoryRebound(to: CChar.self) {
                Int(faulty_next_uuid($0.baseAddress, Int64(bytes.count), Int64(start)))
            }
            result += String(decoding: bytes[start..<next], as: UTF8.self)
            guard next < bytes.count else { break }
            let id = String(decoding: bytes[next..<next + 36], as: UTF8.self)
            let number = numbers[id] ?? numbers.count
            numbers[id] = number
            result += "#\(number)"
            start = next + 36
        }
        return result
    }
}

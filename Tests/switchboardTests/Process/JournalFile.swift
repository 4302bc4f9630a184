import GRDB

/// A journal's file, read by a separate SQLite connection.
struct JournalFile: Sendable {
    let path: String

    /// The columns of the rows as text, null as `∅`.
    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [[String]] {
        try read { db in
            try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
                row.databaseValues.map { String.fromDatabaseValue($0) ?? ($0.isNull ? "∅" : "\($0)") }
            }
        }
    }

    /// The first column of each row.
    func column(_ sql: String, _ arguments: StatementArguments = []) throws -> [String] { try rows(sql, arguments).map { $0[0] } }

    /// The number that a query returns.
    func count(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try read { try Int.fetchOne($0, sql: sql, arguments: arguments) ?? -1 }
    }

    /// `ok` if SQLite finds no problem.
    func integrity() throws -> [String] { try column("PRAGMA integrity_check") }

    /// The ids of all messages, including repetitions.
    func messageIDs() throws -> [String] { try column("SELECT external_id FROM messages ORDER BY external_id") }

    /// The number of rows in each table of the contract.
    func tableCounts() throws -> [String: Int] {
        let tables = ["sessions", "contacts", "identities", "messages", "message_statuses", "events", "dead_letters", "deliveries"]
        return Dictionary(uniqueKeysWithValues: try tables.map { ($0, try count("SELECT count(*) FROM \($0)")) })
    }

    /// Incomplete items: messages without their delivery or session, and deliveries without an item that is stored or differs from a stored
    /// one. Empty if there are none.
    func halves() throws -> [String] {
        try column(
            """
            SELECT 'message ' || external_id FROM messages
              WHERE delivery_id NOT IN (SELECT delivery_id FROM deliveries) OR session_id NOT IN (SELECT session_id FROM sessions)
                OR contact_id NOT IN (SELECT contact_id FROM contacts)
            UNION ALL
            SELECT 'delivery ' || delivery_id FROM deliveries WHERE delivery_id NOT IN (
              SELECT delivery_id FROM messages UNION SELECT delivery_id FROM message_statuses UNION SELECT delivery_id FROM events
              UNION SELECT delivery_id FROM dead_letters UNION SELECT delivery_id FROM differences)
            """)
    }

    /// Holds the file's write lock while `body` runs, and rolls back.
    func whileLocked(_ body: () async throws -> Void) async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(5)
        let holder = try DatabaseQueue(path: path, configuration: configuration)
        try await holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try await body()
        try await holder.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try holder.close()
    }

    private func read<Value>(_ question: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read(question)
    }
}

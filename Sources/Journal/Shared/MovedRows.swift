import Messaging
import SQLiteStore

/// Finds the messages and events that the shared database has put into other sessions, and moves them there.
struct MovedRows {
    private let db: Database
    /// One statement per table, in the order of `tables`.
    private let findStatements: [PreparedStatement]
    private let moveStatements: [PreparedStatement]

    private static let tables: [IdentifiedTable] = [.messages, .events]

    /// A row and the session to which it belongs now.
    struct Row {
        fileprivate let table: Int
        let sequence: Int64
        let session: SessionID?
    }

    init(_ db: Database) throws {
        self.db = db
        findStatements = try Self.tables.map { table in
            try PreparedStatement(db, "SELECT session_id FROM \(table.rawValue) WHERE seq = ? AND \(table.id) = ?")
        }
        moveStatements = try Self.tables.map { table in
            try PreparedStatement(db, "UPDATE \(table.rawValue) SET session_id = ? WHERE seq = ?")
        }
    }

    /// The row of an item; nil if neither table has it. It may have got another number since it was sent.
    func find(_ item: MovedItem) throws -> Row? {
        if let number = item.sequence {
            for table in Self.tables.indices {
                if let row = try row(number, item, in: table) { return row }
            }
        }
        let search = try IDSearch(db)
        for (index, table) in Self.tables.enumerated() {
            if let number = try search.number(of: item.id, in: table) { return try row(number, item, in: index) }
        }
        return nil
    }

    private func row(_ number: Int64, _ item: MovedItem, in table: Int) throws -> Row? {
        try findStatements[table].first({ row in
            row.integer(number)
            row.text(item.id)
        }) { Row(table: table, sequence: number, session: $0.id(0)) }
    }

    func move(_ row: Row, to session: SessionID) throws {
        try moveStatements[row.table].run { values in
            values.id(session)
            values.integer(row.sequence)
        }
    }
}

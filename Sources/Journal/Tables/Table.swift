import SQLiteStore

/// A table of the journal, described once, with the statements that write a `Row` of it.
struct Table<Row>: Sendable {
    let name: String
    /// The columns in the order in which they are written and read.
    let columns: [Column<Row>]
    /// The description of the table, independent of its rows.
    let description: TableDescription

    init(_ name: String, _ columns: [Column<Row>]) {
        self.name = name
        self.columns = columns
        description = TableDescription(name, columns.map(\.description))
    }

    /// The journal's columns, in their order.
    private var stored: [Column<Row>] { columns.filter { $0.description.home != .database } }

    /// `message_id, session_id, …`: every column of the journal.
    var list: String { stored.map(\.description.name).joined(separator: ", ") }

    /// The same list for a query of several tables, in which `alias` stands for this one.
    func list(of alias: String) -> String { stored.map { "\(alias).\($0.description.name)" }.joined(separator: ", ") }

    /// The number of columns in `list`.
    var count: Int32 { Int32(stored.count) }

    /// The index of a column in `list`.
    func index(of name: String) -> Int32 { Int32(stored.firstIndex { $0.description.name == name } ?? stored.count) }

    /// Inserts a row with all columns; `conflict` is the clause after the values.
    func insert(_ conflict: String = "") -> RowStatement<Row> {
        let marks = stored.map { _ in "?" }.joined(separator: ",")
        return RowStatement(sql: "INSERT INTO \(name) (\(list)) VALUES (\(marks)) \(conflict)", writes: stored.map(\.write))
    }

    /// Inserts a row, or updates all columns except `lasting` of the row that has the same key.
    func upsert(by key: String, keeping lasting: Set<String>) -> RowStatement<Row> {
        let writes = names(but: lasting).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return insert("ON CONFLICT (\(key)) DO UPDATE SET \(writes)")
    }

    /// Updates all columns except `lasting` of the row that has the same key, so that a new column is included automatically.
    func update(keeping lasting: Set<String>, by key: String) -> RowStatement<Row> { update(names(but: lasting), by: key) }

    /// Updates all columns except `lasting` of the row whose column `key` has the value that `write` adds; this column may be among those
    /// that change.
    func update(
        keeping lasting: Set<String>, where key: String, _ write: @escaping @Sendable (Row, inout RowBuffer) -> Void
    ) -> RowStatement<Row> { update(names(but: lasting), where: key, write) }

    private func names(but lasting: Set<String>) -> [String] { stored.map(\.description.name).filter { !lasting.contains($0) } }

    /// Updates the named columns of the row that has the same key.
    func update(_ names: [String], by key: String) -> RowStatement<Row> { update(names, where: key, writes(of: [key]).first) }

    private func update(
        _ names: [String], where key: String, _ write: (@Sendable (Row, inout RowBuffer) -> Void)?
    ) -> RowStatement<Row> {
        let sets = names.map { "\($0) = ?" }.joined(separator: ", ")
        return RowStatement(sql: "UPDATE \(name) SET \(sets) WHERE \(key) = ?", writes: writes(of: names) + (write.map { [$0] } ?? []))
    }

    private func writes(of names: [String]) -> [@Sendable (Row, inout RowBuffer) -> Void] {
        names.compactMap { name in columns.first { $0.description.name == name }?.write }
    }
}

/// The description of a table's columns.
public struct TableDescription: Sendable {
    public let name: String
    public let columns: [ColumnDescription]
    /// The columns that the sync sends.
    let carried: [ColumnDescription]
    /// The columns whose values an adapter produces.
    let made: [ColumnDescription]
    /// The columns that the shared database has.
    public let shared: [ColumnDescription]

    init(_ name: String, _ columns: [ColumnDescription]) {
        self.name = name
        self.columns = columns
        carried = columns.filter { $0.home == .both }
        made = columns.filter(\.isMade)
        shared = columns.filter { $0.home != .journal }
    }

    /// The column with a name; nil if there is none.
    public subscript(_ name: String) -> ColumnDescription? { columns.first { $0.name == name } }
}

/// A statement, with the closures that write the values of its parameters, in order.
struct RowStatement<Row> {
    let sql: String
    let writes: [@Sendable (Row, inout RowBuffer) -> Void]
}

/// A statement that is prepared once and run with one row after another.
struct PreparedRowStatement<Row> {
    private let statement: PreparedStatement
    private let writes: [@Sendable (Row, inout RowBuffer) -> Void]

    init(_ db: Database, _ statement: RowStatement<Row>) throws {
        self.statement = try PreparedStatement(db, statement.sql)
        writes = statement.writes
    }

    /// Returns the number of changed rows.
    @discardableResult
    func run(_ row: Row) throws -> Int {
        try statement.run { buffer in
            for write in writes { write(row, &buffer) }
        }
    }
}

/// The tables that the journal and the shared database have, each described where its rows are written.
public enum Tables {
    /// All of these tables, in the order of the documents and of the database.
    public static let descriptions: [TableDescription] = [
        contacts.description, identities.description, sessions.description, messages.description, statuses.description, events.description,
        deadLetters.description,
    ]

    /// The description of the table with a name; nil if there is none.
    public static func description(_ name: String) -> TableDescription? { descriptions.first { $0.name == name } }
}

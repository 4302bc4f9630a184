import SQLiteStore

/// A table of the journal, described once, and the statements that write a `Row` of it.
struct Table<Row>: Sendable {
    let name: String
    /// In the order in which they are written and read.
    let columns: [Column<Row>]
    /// What is known of its columns, without the rows.
    let description: TableDescription

    init(_ name: String, _ columns: [Column<Row>]) {
        self.name = name
        self.columns = columns
        description = TableDescription(name, columns.map(\.description))
    }

    /// The columns that the journal has, in their order.
    private var stored: [Column<Row>] { columns.filter { $0.description.home != .database } }

    /// `message_id, session_id, …`: every column of the journal.
    var list: String { stored.map(\.description.name).joined(separator: ", ") }

    /// The same for a query of several tables, in which `alias` is this one.
    func list(of alias: String) -> String { stored.map { "\(alias).\($0.description.name)" }.joined(separator: ", ") }

    /// How many columns `list` has.
    var count: Int32 { Int32(stored.count) }

    /// The index of a column in `list`.
    func index(of name: String) -> Int32 { Int32(stored.firstIndex { $0.description.name == name } ?? stored.count) }

    /// Inserts a row with all columns; `conflict` is the clause behind the values.
    func insert(_ conflict: String = "") -> RowStatement<Row> {
        let marks = stored.map { _ in "?" }.joined(separator: ",")
        return RowStatement(sql: "INSERT INTO \(name) (\(list)) VALUES (\(marks)) \(conflict)", writes: stored.map(\.write))
    }

    /// Inserts a row, or writes all columns but the lasting ones of the one that has the same key.
    func upsert(by key: String, keeping lasting: Set<String>) -> RowStatement<Row> {
        let writes = names(but: lasting).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return insert("ON CONFLICT (\(key)) DO UPDATE SET \(writes)")
    }

    /// Writes all columns but the lasting ones of the row that has the same key: a new column is among them.
    func update(keeping lasting: Set<String>, by key: String) -> RowStatement<Row> { update(names(but: lasting), by: key) }

    /// Writes all columns but the lasting ones of the row that has the value of `write` in a column, which may get another value by it.
    func update(
        keeping lasting: Set<String>, where key: String, _ write: @escaping @Sendable (Row, inout RowBuffer) -> Void
    ) -> RowStatement<Row> { update(names(but: lasting), where: key, write) }

    private func names(but lasting: Set<String>) -> [String] { stored.map(\.description.name).filter { !lasting.contains($0) } }

    /// Writes the named columns of the row that has the same key.
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

/// What is known of a table's columns.
public struct TableDescription: Sendable {
    public let name: String
    public let columns: [ColumnDescription]
    /// Those that the sync carries.
    let carried: [ColumnDescription]
    /// Those that an adapter makes.
    let made: [ColumnDescription]
    /// Those that the shared database has.
    public let shared: [ColumnDescription]

    init(_ name: String, _ columns: [ColumnDescription]) {
        self.name = name
        self.columns = columns
        carried = columns.filter { $0.home == .both }
        made = columns.filter(\.isMade)
        shared = columns.filter { $0.home != .journal }
    }

    /// The column of a name, nil where there is none.
    public subscript(_ name: String) -> ColumnDescription? { columns.first { $0.name == name } }
}

/// A statement with what writes the values of its parameters, in their order.
struct RowStatement<Row> {
    let sql: String
    let writes: [@Sendable (Row, inout RowBuffer) -> Void]
}

/// A statement that is prepared once and run with one row after the other.
struct PreparedRowStatement<Row> {
    private let statement: PreparedStatement
    private let writes: [@Sendable (Row, inout RowBuffer) -> Void]

    init(_ db: Database, _ statement: RowStatement<Row>) throws {
        self.statement = try PreparedStatement(db, statement.sql)
        writes = statement.writes
    }

    /// Returns how many rows it changed.
    @discardableResult
    func run(_ row: Row) throws -> Int {
        try statement.run { buffer in
            for write in writes { write(row, &buffer) }
        }
    }
}

/// The tables that the journal and the shared database have, each described where its rows are written.
public enum Tables {
    /// All of them, as in docs and in the database.
    public static let descriptions: [TableDescription] = [
        contacts.description, identities.description, sessions.description, messages.description, statuses.description, events.description,
        deadLetters.description,
    ]

    /// The columns of a table; nil where there is none of the name.
    public static func description(_ name: String) -> TableDescription? { descriptions.first { $0.name == name } }
}

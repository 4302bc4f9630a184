public import GRDB
import GRDBSQLite

/// A connection to a SQLite file: GRDB's type. GRDB opens it, lets one thread use it at a time, and keeps track of its transactions.
public typealias Database = GRDB.Database

/// A statement that is prepared once and run any number of times, each time with its own row of values. Every row that is read or written
/// passes through one.
///
/// It calls SQLite directly, because GRDB boxes every argument (0.7 of the 4.5 µs of an insert) and ends texts at a zero byte. Only the thread
/// that holds the connection may use it, and it must not be run again before a run has ended.
@safe public final class PreparedStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private let connection: OpaquePointer?
    private let parameterCount: Int
    private var values = RowBuffer()

    /// Prepares a statement that belongs to the caller, who must release it before the connection is closed.
    public convenience init(_ db: Database, _ sql: String) throws { try self.init(db, db.makeStatement(sql: sql)) }

    fileprivate init(_ db: Database, _ statement: Statement) {
        self.statement = statement
        unsafe handle = statement.sqliteStatement
        unsafe connection = db.sqliteConnection
        parameterCount = unsafe Int(sqlite3_bind_parameter_count(handle))
    }

    /// Runs a statement that gives no rows; returns how many rows it changed.
    @discardableResult
    public func run(_ fill: (inout RowBuffer) -> Void) throws -> Int {
        try forEach(fill) { _ in true }
        return unsafe Int(sqlite3_changes(connection))
    }

    /// Runs a query and returns its first row, or nil.
    @inlinable
    public func first<Value>(_ fill: (inout RowBuffer) -> Void, _ read: (ColumnReader) throws -> Value) throws -> Value? {
        var value: Value?
        try forEach(fill) {
            value = try read($0)
            return false
        }
        return value
    }

    /// Runs a query without parameters and returns its first row, or nil.
    @inlinable
    public func first<Value>(_ read: (ColumnReader) throws -> Value) throws -> Value? { try first({ _ in }, read) }

    /// Runs a query and returns all of its rows.
    @inlinable
    public func all<Value>(_ fill: (inout RowBuffer) -> Void, _ read: (ColumnReader) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        try forEach(fill) {
            values.append(try read($0))
            return true
        }
        return values
    }

    /// Runs a query without parameters and returns all of its rows.
    @inlinable
    public func all<Value>(_ read: (ColumnReader) throws -> Value) throws -> [Value] { try all({ _ in }, read) }

    /// Runs a query without parameters and calls `body` with each row until it returns false.
    public func forEach(_ body: (ColumnReader) throws -> Bool) throws { try forEach({ _ in }, body) }

    /// Runs a query and calls `body` with each row until it returns false.
    public func forEach(_ fill: (inout RowBuffer) -> Void, _ body: (ColumnReader) throws -> Bool) throws {
        values.clear()
        fill(&values)
        try requireAll(values.count)
        defer { unsafe sqlite3_reset(handle) }
        // SQLite reads the values from the buffer itself, which must not move before the statement is reset.
        let code = try unsafe values.bound(to: handle) {
            var code = unsafe sqlite3_step(handle)
            while code == SQLITE_ROW {
                guard try body(unsafe ColumnReader(statement: handle)) else { return SQLITE_DONE }
                code = unsafe sqlite3_step(handle)
            }
            return code
        }
        guard code == SQLITE_DONE else { throw failure(code) }
    }

    /// Binds copies of the values, which stay bound after this returns.
    fileprivate func bind(_ values: RowBuffer) throws {
        try requireAll(values.count)
        let code = unsafe values.copied(to: handle)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// The next row; nil after the last.
    fileprivate func step() throws -> ColumnReader? {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return unsafe ColumnReader(statement: handle)
        case SQLITE_DONE: return nil
        case let code: throw failure(code)
        }
    }

    fileprivate func reset() { unsafe sqlite3_reset(handle) }

    /// A parameter without a value would keep the value of the previous run, whose memory may have been freed.
    private func requireAll(_ count: Int) throws {
        guard count != parameterCount else { return }
        throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "\(count) values for \(parameterCount) parameters", sql: statement.sql)
    }

    /// The error of the connection's last call.
    private func failure(_ code: Int32) -> DatabaseError {
        let message = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: statement.sql)
    }
}

extension Database {
    /// A statement from the connection's cache, where it stays prepared. Two of the same text must not run at the same time, since they are
    /// one statement to SQLite.
    public func statement(_ sql: String) throws -> PreparedStatement { PreparedStatement(self, try cachedStatement(sql: sql)) }
}

/// The rows of a query, read one by one at the pace of something else, such as the rows of another query.
public final class RowCursor {
    private let statement: PreparedStatement
    /// The row on which the cursor stands, nil before the first and after the last.
    public private(set) var row: ColumnReader?

    /// A cursor over a statement from the connection's cache: no other statement of the same text may run while the cursor exists.
    public init(_ db: Database, _ sql: String) throws { statement = try db.statement(sql) }

    deinit { statement.reset() }

    /// Runs the query with these values and moves to its first row.
    public func start(_ fill: (inout RowBuffer) -> Void) throws {
        var values = RowBuffer()
        fill(&values)
        statement.reset()
        row = nil
        try statement.bind(values)
        try advance()
    }

    /// Moves to the next row.
    public func advance() throws { row = try statement.step() }
}

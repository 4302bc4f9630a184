import Foundation
import GRDB
import GRDBSQLite
import Messaging

/// A statement that is prepared once on the writer's connection and run with rows of a `RowBuffer`.
///
/// It steps SQLite itself, since GRDB boxes every argument: 0.7 of 4.5 µs a row. Only the writer's thread may use it.
final class PreparedStatement {
    private let statement: Statement
    private let connection: SQLiteConnection?
    private var row = RowBuffer()

    init(_ db: Database, _ sql: String) throws {
        statement = try db.makeStatement(sql: sql)
        connection = db.sqliteConnection
    }

    /// Runs a statement that gives no rows; returns how many rows it changed.
    @discardableResult
    func run(_ fill: (inout RowBuffer) -> Void) throws -> Int {
        try step(fill) { _ in }
        return Int(sqlite3_changes(connection))
    }

    /// Runs a query for its first row, nil where it has none.
    func first<Value>(_ fill: (inout RowBuffer) -> Void, _ read: (ColumnReader) -> Value) throws -> Value? {
        var value: Value?
        try step(fill) { value = read($0) }
        return value
    }

    /// Runs a query for all of its rows.
    func all<Value>(_ fill: (inout RowBuffer) -> Void, _ read: (ColumnReader) -> Value) throws -> [Value] {
        var values: [Value] = []
        try step(fill, toEnd: true) { values.append(read($0)) }
        return values
    }

    private func step(_ fill: (inout RowBuffer) -> Void, toEnd: Bool = false, _ read: (ColumnReader) -> Void) throws {
        row.clear()
        fill(&row)
        let handle = statement.sqliteStatement
        let code = row.bound(to: handle) {
            var code = sqlite3_step(handle)
            while code == SQLITE_ROW {
                read(ColumnReader(statement: handle))
                guard toEnd else { break }
                code = sqlite3_step(handle)
            }
            return code
        }
        sqlite3_reset(handle)
        guard code == SQLITE_DONE || code == SQLITE_ROW else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: sqlite3_errmsg(connection).map { String(cString: $0) },
                sql: statement.sql)
        }
    }
}

/// The rows of a query on a reader's connection, whose texts are read with whatever bytes they have: GRDB's end at a zero byte.
struct StatementCursor {
    private let statement: Statement

    /// A statement of the connection's cache with its arguments.
    init(_ db: Database, _ sql: String, _ arguments: any DatabaseValueConvertible...) throws { try self.init(db, sql, arguments) }

    init(_ db: Database, _ sql: String, _ arguments: [any DatabaseValueConvertible]) throws {
        statement = try db.cachedStatement(sql: sql)
        try statement.setArguments(StatementArguments(arguments.map { $0 as (any DatabaseValueConvertible)? }))
    }

    /// Calls `body` with each row until it answers false.
    func forEach(_ body: (ColumnReader) throws -> Bool) throws {
        let handle = statement.sqliteStatement
        defer { sqlite3_reset(handle) }
        var code = sqlite3_step(handle)
        while code == SQLITE_ROW {
            guard try body(ColumnReader(statement: handle)) else { return }
            code = sqlite3_step(handle)
        }
        guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: statement.sql) }
    }
}

/// The rows of a query on a reader's connection, taken one by one beside something else.
final class RowCursor {
    private let statement: Statement
    /// The row on which the cursor stands, nil before the first and after the last.
    private(set) var row: ColumnReader?

    /// A statement of the connection's cache, which nobody else may use meanwhile.
    init(_ db: Database, _ sql: String) throws { statement = try db.cachedStatement(sql: sql) }

    deinit { sqlite3_reset(statement.sqliteStatement) }

    /// Begins anew, on the first row for these arguments.
    func start(_ arguments: any DatabaseValueConvertible...) throws {
        sqlite3_reset(statement.sqliteStatement)
        try statement.setArguments(StatementArguments(arguments.map { $0 as (any DatabaseValueConvertible)? }))
        try advance()
    }

    /// Goes to the next row.
    func advance() throws {
        let code = sqlite3_step(statement.sqliteStatement)
        row = code == SQLITE_ROW ? ColumnReader(statement: statement.sqliteStatement) : nil
        guard code == SQLITE_ROW || code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: statement.sql)
        }
    }
}

/// The columns of the row a statement stands on, counted from 0.
struct ColumnReader {
    fileprivate let statement: OpaquePointer

    /// A text with whatever bytes it has; nil for what is no text.
    func string(_ column: Int32) -> String? {
        guard sqlite3_column_type(statement, column) == SQLITE_TEXT else { return nil }
        return String(decoding: bytes(column), as: UTF8.self)
    }

    /// The bytes of a text or blob as they are in the row. As a text SQLite would put a zero behind them, for which it may lack the memory,
    /// and then says null.
    private func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
    }

    func blob(_ column: Int32) -> [UInt8] { Array(bytes(column)) }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func id<Subject>(_ column: Int32) -> Identifier<Subject>? { string(column).flatMap { Identifier($0) } }
    func instant(_ column: Int32) -> Instant? { string(column).flatMap { Instant(rfc3339: $0) } }

    /// Whether a column holds just this text.
    func equals(_ column: Int32, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { equals(column, UnsafeRawBufferPointer($0)) }
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    /// Whether a column holds just these bytes; makes no text of them.
    func equals(_ column: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isNull(column) else { return false }
        let stored = self.bytes(column)
        guard stored.count == bytes.count, let one = stored.baseAddress, let other = bytes.baseAddress else {
            return stored.count == bytes.count
        }
        return memcmp(one, other, bytes.count) == 0
    }
}

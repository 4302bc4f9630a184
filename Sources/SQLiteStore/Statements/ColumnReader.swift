import Foundation
import GRDBSQLite

/// Reads the columns of a statement's current row by position, counted from 0, or by name. It is valid until the statement moves on.
///
/// A name is compared with that of each column in turn: where thousands of rows are read, use positions.
@safe public struct ColumnReader {
    let statement: OpaquePointer

    /// The index of the column with this name in the query; -1, which reads as null, if there is none.
    public func index(of name: String) -> Int32 {
        for index in unsafe 0..<sqlite3_column_count(statement) {
            if let found = unsafe sqlite3_column_name(statement, index), unsafe strcmp(found, name) == 0 { return index }
        }
        return -1
    }

    /// Whether the column is null.
    public func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(statement, column) == SQLITE_NULL }

    /// A text with whatever bytes it has; nil for a value that is not text.
    public func string(_ column: Int32) -> String? {
        unsafe utf8(column).map { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a text, valid until the statement moves on, for values of a fixed form that are parsed without creating a String. Nil
    /// for a value that is not text.
    public func utf8(_ column: Int32) -> UnsafeRawBufferPointer? {
        guard unsafe sqlite3_column_type(statement, column) == SQLITE_TEXT else { return nil }
        return unsafe bytes(column)
    }

    /// The bytes of a text or blob, none for null.
    public func blob(_ column: Int32) -> [UInt8] { unsafe Array(bytes(column)) }

    /// An integer; 0 for null.
    public func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(statement, column) }

    /// A floating-point number; 0 for null.
    public func real(_ column: Int32) -> Double { unsafe sqlite3_column_double(statement, column) }

    /// Whether a column has exactly this text.
    public func equals(_ column: Int32, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { unsafe equals(column, UnsafeRawBufferPointer($0)) }
    }

    /// Whether a column has exactly these bytes; creates no String.
    public func equals(_ column: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isNull(column) else { return false }
        let stored = unsafe self.bytes(column)
        guard stored.count == bytes.count, let one = stored.baseAddress, let other = bytes.baseAddress else {
            return stored.count == bytes.count
        }
        return unsafe memcmp(one, other, bytes.count) == 0
    }

    /// The bytes of a text or blob as they are in the row. To return them as a text, SQLite would have to append a zero byte, and returns
    /// null if it lacks the memory for that.
    private func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = unsafe sqlite3_column_blob(statement, column)
        return unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
    }
}

extension ColumnReader {
    /// Whether the column with a name is null.
    public func isNull(_ name: String) -> Bool { isNull(index(of: name)) }
    /// The text in the column with a name; nil for a value that is not text.
    public func string(_ name: String) -> String? { string(index(of: name)) }
    /// The bytes in the column with a name, none for null.
    public func blob(_ name: String) -> [UInt8] { blob(index(of: name)) }
    /// The integer in the column with a name; 0 for null.
    public func integer(_ name: String) -> Int64 { integer(index(of: name)) }
    /// The floating-point number in the column with a name; 0 for null.
    public func real(_ name: String) -> Double { real(index(of: name)) }
}

import Messaging
import SQLiteStore

extension RowBuffer {
    /// Adds an id, as the text that it is in every table.
    mutating func id<Subject>(_ value: Identifier<Subject>) { text(bytes: 36) { value.write(to: $0) } }

    /// Adds an id, or null.
    mutating func id<Subject>(_ value: Identifier<Subject>?) {
        if let value { id(value) } else { null() }
    }

    /// Adds a time, as the text that it is in every table; such texts sort as the times do.
    mutating func instant(_ value: Instant) { text(bytes: 24) { value.write(to: $0) } }

    /// Adds a time, or null.
    mutating func instant(_ value: Instant?) {
        if let value { instant(value) } else { null() }
    }
}

extension ColumnReader {
    /// An id; nil for null, and for what is none.
    func id<Subject>(_ column: Int32) -> Identifier<Subject>? { utf8(column).flatMap { Identifier(utf8: $0) } }
    /// The id in the column of a name; nil for null, and for what is none.
    func id<Subject>(_ name: String) -> Identifier<Subject>? { id(index(of: name)) }
    /// A time; nil for null, and for what is none.
    func instant(_ column: Int32) -> Instant? { utf8(column).flatMap { Instant(rfc3339: $0) } }
    /// The time in the column of a name; nil for null, and for what is none.
    func instant(_ name: String) -> Instant? { instant(index(of: name)) }
}

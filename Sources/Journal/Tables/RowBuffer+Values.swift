import Messaging
import SQLiteStore

extension RowBuffer {
    /// Adds an id as text, as every table stores it.
    mutating func id<Subject>(_ value: Identifier<Subject>) { text(bytes: 36) { value.write(to: $0) } }

    /// Adds an id, or null.
    mutating func id<Subject>(_ value: Identifier<Subject>?) {
        if let value { id(value) } else { null() }
    }

    /// Adds a time as text, as every table stores it; these texts sort in the order of the times.
    mutating func instant(_ value: Instant) { text(bytes: 24) { value.write(to: $0) } }

    /// Adds a time, or null.
    mutating func instant(_ value: Instant?) {
        if let value { instant(value) } else { null() }
    }
}

extension ColumnReader {
    /// An id; nil if the column is null or contains no valid id.
    func id<Subject>(_ column: Int32) -> Identifier<Subject>? { utf8(column).flatMap { Identifier(utf8: $0) } }
    /// The id in the named column; nil if the column is null or contains no valid id.
    func id<Subject>(_ name: String) -> Identifier<Subject>? { id(index(of: name)) }
    /// A time; nil if the column is null or contains no valid time.
    func instant(_ column: Int32) -> Instant? { utf8(column).flatMap { Instant(rfc3339: $0) } }
    /// The time in the named column; nil if the column is null or contains no valid time.
    func instant(_ name: String) -> Instant? { instant(index(of: name)) }
}

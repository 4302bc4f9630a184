import GRDBSQLite
import Messaging

/// The values of one row, written one after the other into a buffer that is used again for the next row.
///
/// SQLite reads text and blobs from this buffer, so a row costs no allocation once the buffer has grown.
struct RowBuffer {
    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    private enum Field {
        case null
        case integer(Int64)
        case text(Range<Int>)
        case blob(Range<Int>)
    }

    mutating func clear() {
        // A body of megabytes is rare: its memory is not kept for the small ones that follow.
        bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 18)
        fields.removeAll(keepingCapacity: true)
    }

    mutating func null() { fields.append(.null) }

    mutating func integer(_ value: Int64) { fields.append(.integer(value)) }

    mutating func text(_ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: value.utf8)
        fields.append(.text(start..<bytes.count))
    }

    mutating func text(_ value: String?) {
        if let value { text(value) } else { null() }
    }

    mutating func id<Subject>(_ value: Identifier<Subject>) { fixedText(36) { value.write(to: $0) } }

    mutating func id<Subject>(_ value: Identifier<Subject>?) {
        if let value { id(value) } else { null() }
    }

    mutating func instant(_ value: Instant) { fixedText(24) { value.write(to: $0) } }

    mutating func blob(_ value: [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: value)
        fields.append(.blob(start..<bytes.count))
    }

    private mutating func fixedText(_ length: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        let range = bytes.count..<bytes.count + length
        bytes.append(contentsOf: repeatElement(0, count: length))
        bytes.withUnsafeMutableBytes { write(UnsafeMutableRawBufferPointer(rebasing: $0[range])) }
        fields.append(.text(range))
    }

    /// Binds the values to the parameters 1, 2, … and calls `step` while the buffer is held still.
    func bound(to statement: OpaquePointer, _ step: () -> Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            for (index, field) in fields.enumerated() {
                let code = bind(field, to: statement, at: Int32(index + 1), from: buffer)
                if code != SQLITE_OK { return code }
            }
            return step()
        }
    }

    /// A nil destructor is SQLITE_STATIC: the bytes stay where they are until the statement was reset.
    private func bind(_ field: Field, to statement: OpaquePointer, at index: Int32, from buffer: UnsafeRawBufferPointer) -> Int32 {
        switch field {
        case .null:
            return sqlite3_bind_null(statement, index)
        case .integer(let value):
            return sqlite3_bind_int64(statement, index, value)
        case .text(let range):
            guard let base = buffer.baseAddress, !range.isEmpty else { return sqlite3_bind_text(statement, index, "", 0, nil) }
            let start = (base + range.lowerBound).assumingMemoryBound(to: CChar.self)
            return sqlite3_bind_text(statement, index, start, Int32(range.count), nil)
        case .blob(let range):
            guard let base = buffer.baseAddress, !range.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
            return sqlite3_bind_blob(statement, index, base + range.lowerBound, Int32(range.count), nil)
        }
    }
}

import GRDBSQLite

/// The values for a statement's parameters 1, 2, …, in that order.
///
/// They are written into one buffer, which is reused for the next row and from which SQLite reads texts and blobs: once the buffer has grown, a
/// row costs no allocation.
public struct RowBuffer {
    @usableFromInline var bytes: [UInt8] = []
    @usableFromInline var fields: [Field] = []

    @usableFromInline
    enum Field {
        case null
        case integer(Int64)
        case real(Double)
        case text(Range<Int>)
        case blob(Range<Int>)
    }

    /// An empty buffer.
    @inlinable
    public init() {}

    /// The number of values.
    var count: Int { fields.count }

    mutating func clear() {
        // Bodies of megabytes are rare: their memory is not kept for the small ones that follow.
        bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 18)
        fields.removeAll(keepingCapacity: true)
    }

    /// Adds null.
    @inlinable
    public mutating func null() { fields.append(.null) }

    /// Adds an integer.
    @inlinable
    public mutating func integer(_ value: Int64) { fields.append(.integer(value)) }

    /// Adds an integer, or null.
    @inlinable
    public mutating func integer(_ value: Int64?) {
        if let value { integer(value) } else { null() }
    }

    /// Adds a floating-point number.
    @inlinable
    public mutating func real(_ value: Double) { fields.append(.real(value)) }

    /// Adds a text with whatever bytes it has.
    @inlinable
    public mutating func text(_ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: value.utf8)
        fields.append(.text(start..<bytes.count))
    }

    /// Adds a text, or null.
    @inlinable
    public mutating func text(_ value: String?) {
        if let value { text(value) } else { null() }
    }

    /// Adds a text of this many bytes, which are zero until `write` fills them.
    @inlinable
    public mutating func text(bytes length: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        let range = bytes.count..<bytes.count + length
        bytes.append(contentsOf: repeatElement(0, count: length))
        unsafe bytes.withUnsafeMutableBytes { unsafe write(UnsafeMutableRawBufferPointer(rebasing: $0[range])) }
        fields.append(.text(range))
    }

    /// Adds a text by its bytes, whatever they are.
    @inlinable
    public mutating func text(utf8 value: ArraySlice<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: value)
        fields.append(.text(start..<bytes.count))
    }

    /// Adds bytes.
    @inlinable
    public mutating func blob(_ value: [UInt8]) { blob(value[...]) }

    /// Adds bytes.
    @inlinable
    public mutating func blob(_ value: ArraySlice<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: value)
        fields.append(.blob(start..<bytes.count))
    }
}

extension RowBuffer {
    /// Whether a row has the same values in its columns from `first` on; creates no String.
    public func equals(_ row: ColumnReader, from first: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            fields.indices.allSatisfy { index in
                let column = first + Int32(index)
                return switch fields[index] {
                case .null: row.isNull(column)
                case .integer(let value): !row.isNull(column) && row.integer(column) == value
                case .real(let value): !row.isNull(column) && row.real(column) == value
                case .text(let range), .blob(let range): unsafe row.equals(column, UnsafeRawBufferPointer(rebasing: buffer[range]))
                }
            }
        }
    }

    /// A value as text, counted from 0; nil for null.
    public func text(at index: Int) -> String? {
        switch fields[index] {
        case .null: nil
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let range), .blob(let range): String(decoding: bytes[range], as: UTF8.self)
        }
    }
}

extension RowBuffer {
    /// Binds the values and calls `step` while the buffer must not move: SQLite reads from it until the statement is reset.
    func bound(to statement: OpaquePointer, _ step: () throws -> Int32) rethrows -> Int32 {
        try unsafe bytes.withUnsafeBytes { buffer in
            let code = unsafe bind(to: statement, from: buffer, nil)
            return code == SQLITE_OK ? try step() : code
        }
    }

    /// Binds copies of the values.
    func copied(to statement: OpaquePointer) -> Int32 {
        // SQLITE_TRANSIENT, a macro that is not imported.
        let copying = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        return unsafe bytes.withUnsafeBytes { unsafe bind(to: statement, from: $0, copying) }
    }

    private func bind(
        to statement: OpaquePointer, from buffer: UnsafeRawBufferPointer, _ destructor: sqlite3_destructor_type?
    ) -> Int32 {
        for (index, field) in fields.enumerated() {
            let code = unsafe bind(field, to: statement, at: Int32(index + 1), from: buffer, destructor)
            if code != SQLITE_OK { return code }
        }
        return SQLITE_OK
    }

    /// A nil destructor is SQLITE_STATIC: the bytes stay in place until the statement is reset.
    private func bind(
        _ field: Field, to statement: OpaquePointer, at index: Int32, from buffer: UnsafeRawBufferPointer,
        _ destructor: sqlite3_destructor_type?
    ) -> Int32 {
        switch field {
        case .null:
            return unsafe sqlite3_bind_null(statement, index)
        case .integer(let value):
            return unsafe sqlite3_bind_int64(statement, index, value)
        case .real(let value):
            return unsafe sqlite3_bind_double(statement, index, value)
        case .text(let range):
            guard let base = buffer.baseAddress, !range.isEmpty else {
                return unsafe sqlite3_bind_text(statement, index, "", 0, nil)
            }
            let start = unsafe (base + range.lowerBound).assumingMemoryBound(to: CChar.self)
            return unsafe sqlite3_bind_text(statement, index, start, Int32(range.count), destructor)
        case .blob(let range):
            guard let base = buffer.baseAddress, !range.isEmpty else { return unsafe sqlite3_bind_zeroblob(statement, index, 0) }
            return unsafe sqlite3_bind_blob(statement, index, base + range.lowerBound, Int32(range.count), destructor)
        }
    }
}

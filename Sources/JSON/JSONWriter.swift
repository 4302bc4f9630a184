/// Writes JSON text piece by piece, without a tree of objects, and adds the commas.
///
/// The caller keeps objects, keys and values balanced: `object { $0.member("id", "1") }`.
public struct JSONWriter: Sendable {
    /// The text written so far, in UTF-8.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false
    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// `capacity` is the number of bytes that can be written before the buffer grows.
    public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// The text written so far.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// An object, whose members the closure writes.
    public mutating func object(_ members: (inout JSONWriter) -> Void) { container(open: 0x7B, close: 0x7D, members) }
    /// An array, whose elements the closure writes.
    public mutating func array(_ elements: (inout JSONWriter) -> Void) { container(open: 0x5B, close: 0x5D, elements) }

    /// Starts a member; its value must follow.
    public mutating func key(_ key: String) {
        string(key)
        bytes.append(0x3A)
        needsComma = false
    }

    /// A string with the escapes that JSON requires: quotes, backslashes and control characters.
    public mutating func string(_ value: String) {
        separate()
        bytes.append(0x22)
        var value = value
        value.withUTF8 { append(escaping: $0) }
        bytes.append(0x22)
    }

    /// A whole number of any size, exact.
    public mutating func int(_ value: some BinaryInteger) { raw(String(value)) }
    /// True or false.
    public mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }
    /// The value null; usually a member without a value is left out instead.
    public mutating func null() { raw("null") }

    /// A value that is already JSON text; it is not checked.
    public mutating func raw(_ json: String) {
        separate()
        bytes.append(contentsOf: json.utf8)
    }

    /// A value that is already JSON text, in UTF-8; it is not checked.
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// A member whose value is a string.
    public mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// A member whose value is a whole number.
    public mutating func member(_ name: String, _ value: some BinaryInteger) {
        key(name)
        int(value)
    }

    /// A member whose value is true or false.
    public mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// A member that is left out if the value is nil.
    public mutating func member(_ name: String, ifPresent value: String?) {
        if let value { member(name, value) }
    }

    /// A member whose value is already JSON text.
    public mutating func member(_ name: String, raw json: String) {
        key(name)
        raw(json)
    }

    private mutating func container(open: UInt8, close: UInt8, _ content: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(open)
        needsComma = false
        content(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
    }

    private mutating func append(escaping utf8: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in utf8.indices {
            let byte = utf8[index]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
            bytes.append(contentsOf: utf8[start..<index])
            append(escape: byte)
            start = index + 1
        }
        bytes.append(contentsOf: utf8[start...])
    }

    private mutating func append(escape byte: UInt8) {
        bytes.append(0x5C)
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x0A: bytes.append(0x6E)
        case 0x0D: bytes.append(0x72)
        case 0x09: bytes.append(0x74)
        default:
            let hex = JSONWriter.hexDigits
            bytes.append(contentsOf: [0x75, 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 15)]])
        }
    }
}

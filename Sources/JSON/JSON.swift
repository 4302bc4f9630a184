import CSimdJSON

/// A tolerant view of one value in a parsed text: reading an absent value or one of another type returns nil, never an error.
///
/// `json["text"]["body"].string` goes as far as the members exist. A view keeps its whole document alive.
public struct JSON: @unchecked Sendable {
    // Unchecked: a document never changes after parsing, and simdjson's DOM reads are const.
    private let document: Document?
    private let value: csj_value

    /// The kind of a value; `absent` if a member or element does not exist.
    public enum Kind: Sendable { case absent, null, bool, number, string, array, object }

    /// Parses a whole text (UTF-8, nested at most 1024 deep). Half surrogate pairs in escapes become U+FFFD. Integers beyond 64 bits and
    /// numbers beyond a double remain numbers, for which `int` and `double` are nil and which `text` writes as strings.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var reason: UnsafePointer<CChar>?
        let parsed = bytes.withUnsafeBufferPointer { csj_parse($0.baseAddress, $0.count, &reason) }
        guard let parsed else { throw JSONError(reason: reason.map { String(cString: $0) } ?? "not JSON") }
        self.init(document: Document(parsed), value: csj_root(parsed))
    }

    private init(document: Document?, value: csj_value) {
        self.document = document
        self.value = value
    }

    /// A value that is not there, as the member of an object that lacks it.
    public static let absent = JSON(document: nil, value: csj_value())

    /// The kind of this value. If you expect a certain kind, read `string`, `int` and so on directly.
    public var kind: Kind {
        guard document != nil else { return .absent }
        switch csj_kind_of(value) {
        case CSJ_NULL: return .null
        case CSJ_BOOL: return .bool
        case CSJ_STRING: return isBeyondRange ? .number : .string
        case CSJ_ARRAY: return .array
        case CSJ_OBJECT: return .object
        default: return .number
        }
    }

    /// Whether the value exists and is not null.
    public var isPresent: Bool { document != nil && csj_kind_of(value) != CSJ_NULL }

    /// A member of an object; the first if the name is repeated.
    public subscript(_ key: StaticString) -> JSON { key.withUTF8Buffer { member($0) } }

    /// A member of an object by a name that is only known at run time; the first if the name is repeated.
    public subscript(named key: String) -> JSON {
        var key = key
        return key.withUTF8 { member($0) }
    }

    /// The element of an array, counted from 0; walks the array.
    public subscript(_ index: Int) -> JSON {
        for (offset, element) in elements.enumerated() where offset == index { return element }
        return .absent
    }

    /// The number of elements or members; 0 for anything else.
    public var count: Int { document == nil ? 0 : csj_count(value) }

    /// Whether it is an integer beyond 64 bits or a number beyond a double.
    public var isBeyondRange: Bool { document?.isBeyondRange(value) ?? false }

    /// The text of a string, with its escapes decoded.
    public var string: String? { isBeyondRange ? nil : stored }

    /// The text of a string, including a number beyond range, which is a string in the parsed text.
    private var stored: String? {
        guard document != nil, csj_kind_of(value) == CSJ_STRING else { return nil }
        var length = 0
        let start = csj_string(value, &length)
        return start?.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
    }

    /// True or false; nil for a string "true" or a number.
    public var bool: Bool? {
        guard document != nil, csj_kind_of(value) == CSJ_BOOL else { return nil }
        return csj_bool(value)
    }

    /// A whole number within 64 signed bits; a double without a fraction counts too.
    public var int: Int64? {
        guard document != nil else { return nil }
        switch csj_kind_of(value) {
        case CSJ_INT: return csj_int(value)
        case CSJ_DOUBLE: return Int64(exactly: csj_double(value))
        default: return nil
        }
    }

    /// Any number, rounded if it has more than 53 significant bits.
    public var double: Double? {
        guard document != nil else { return nil }
        switch csj_kind_of(value) {
        case CSJ_INT: return Double(csj_int(value))
        case CSJ_UINT: return Double(csj_uint(value))
        case CSJ_DOUBLE: return csj_double(value)
        default: return nil
        }
    }

    /// The text of a string, or of a number as `text` writes it, beyond range as written; identifiers are posted in both forms.
    public var stringOrNumber: String? { stored ?? (kind == .number ? text : nil) }

    /// The digits of a number written without fraction and exponent, with its sign; nil for anything else.
    public var integerText: String? {
        guard document != nil else { return nil }
        switch csj_kind_of(value) {
        case CSJ_INT: return String(csj_int(value))
        case CSJ_UINT: return String(csj_uint(value))
        default: return nil
        }
    }

    /// The value as JSON text without white space; nil if absent. Integers are exact, and doubles as short as they can be parsed back.
    public var text: String? {
        guard document != nil else { return nil }
        return JSON.text { csj_minify(value, $0, $1) }
    }

    /// The path of the first repeated member in this value, at any depth, as `data.items[2].id`; nil if there is none.
    public var repeatedMember: String? {
        guard document != nil else { return nil }
        var isFound = false
        let path = JSON.text { isFound = csj_repeated_name(value, $0, $1) }
        return isFound ? path : nil
    }

    /// The literal of a number: the member by this name of the object in `bytes`, which must be parseable. Nil if the member is not a
    /// number.
    static func literal(of member: StaticString, in bytes: [UInt8]) -> String? {
        var isFound = false
        let literal = text { context, sink in
            isFound = member.withUTF8Buffer { name in
                name.withMemoryRebound(to: CChar.self) {
                    csj_number_literal(bytes, bytes.count, $0.baseAddress, $0.count, context, sink)
                }
            }
        }
        return isFound ? literal : nil
    }

    /// The text that a C function writes; `write` receives the context and the function to write with.
    private static func text(_ write: (UnsafeMutableRawPointer, @escaping Sink) -> Void) -> String {
        var result = ""
        withUnsafeMutablePointer(to: &result) { pointer in
            write(pointer) { context, text, length in
                guard let context, let text else { return }
                text.withMemoryRebound(to: UInt8.self, capacity: length) {
                    context.assumingMemoryBound(to: String.self).pointee = String(
                        decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
                }
            }
        }
        return result
    }

    private typealias Sink = @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, Int) -> Void

    /// The elements of an array in order; empty for anything else.
    public var elements: Elements { Elements(array: kind == .array ? self : .absent) }

    /// The members of an object in order, including repeated names; empty for anything else.
    public var members: Members { Members(object: kind == .object ? self : .absent) }

    /// Walks an array.
    public struct Elements: Sequence, IteratorProtocol {
        private let array: JSON
        private var cursor: csj_cursor

        fileprivate init(array: JSON) {
            self.array = array
            cursor = array.document == nil ? csj_cursor() : csj_array_begin(array.value)
        }

        /// The next element, nil after the last.
        public mutating func next() -> JSON? {
            guard let document = array.document else { return nil }
            var found = csj_value()
            return csj_array_next(array.value, &cursor, &found) ? JSON(document: document, value: found) : nil
        }
    }

    /// Walks an object.
    public struct Members: Sequence, IteratorProtocol {
        private let object: JSON
        private var cursor: csj_cursor

        fileprivate init(object: JSON) {
            self.object = object
            cursor = object.document == nil ? csj_cursor() : csj_object_begin(object.value)
        }

        /// The next member, nil after the last.
        public mutating func next() -> (key: String, value: JSON)? {
            guard let document = object.document else { return nil }
            var key: UnsafePointer<CChar>?
            var length = 0
            var found = csj_value()
            guard csj_object_next(object.value, &cursor, &key, &length, &found), let key else { return nil }
            let name = key.withMemoryRebound(to: UInt8.self, capacity: length) {
                String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
            }
            return (name, JSON(document: document, value: found))
        }
    }

    private func member(_ key: UnsafeBufferPointer<UInt8>) -> JSON {
        guard let document else { return .absent }
        var found = csj_value()
        let exists = key.withMemoryRebound(to: CChar.self) { csj_member(value, $0.baseAddress, $0.count, &found) }
        return exists ? JSON(document: document, value: found) : .absent
    }

    /// Frees the parsed text together with its last view.
    private final class Document: @unchecked Sendable {
        // Unchecked: the pointer is read-only from init to deinit.
        private let pointer: OpaquePointer
        /// Almost no text has any.
        private let hasWideNumbers: Bool

        init(_ pointer: OpaquePointer) {
            self.pointer = pointer
            hasWideNumbers = csj_has_wide_numbers(pointer)
        }

        func isBeyondRange(_ value: csj_value) -> Bool { hasWideNumbers && csj_is_wide_number(pointer, value) }
        deinit { csj_free(pointer) }
    }
}

/// Why a text is not JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// The parser's message: "The JSON document has an improper structure…".
    public let reason: String

    /// The reason only.
    public var description: String { reason }
}

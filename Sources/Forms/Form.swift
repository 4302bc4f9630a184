/// The decoded fields of an `application/x-www-form-urlencoded` body or of a query, in order (URL Standard, url.spec.whatwg.org, read
/// 2026-11).
///
/// All fields are decoded in one pass into one buffer, since a body of 4 MiB may have two million.
public struct Form: Sendable, RandomAccessCollection {
    private let decoded: [UInt8]
    private let fields: [Ranges]

    private struct Ranges {
        let name: Range<Int>
        let value: Range<Int>
    }

    /// A name with its value; without an equals sign the value is empty.
    public struct Field: Sendable {
        /// The decoded bytes, which need not be UTF-8.
        public let nameBytes: ArraySlice<UInt8>
        /// The decoded bytes, which need not be UTF-8.
        public let valueBytes: ArraySlice<UInt8>

        /// The name as text; bytes that are not UTF-8 become U+FFFD.
        public var name: String { String(decoding: nameBytes, as: UTF8.self) }
        /// The value as text; bytes that are not UTF-8 become U+FFFD.
        public var value: String { String(decoding: valueBytes, as: UTF8.self) }
    }

    /// Parses a body; nil if it has more than `limit` fields.
    public init?(_ bytes: [UInt8], limit: Int) {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var fields: [Ranges] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[pair.endIndex...].dropFirst()
            if pair.isEmpty { continue }
            guard fields.count < limit else { return nil }
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let start = decoded.count
            FormText.append(pair[..<end], to: &decoded)
            let middle = decoded.count
            if end < pair.endIndex { FormText.append(pair[(end + 1)...], to: &decoded) }
            fields.append(Ranges(name: start..<middle, value: middle..<decoded.count))
        }
        self.decoded = decoded
        self.fields = fields
    }

    /// Parses a text from a trusted source, such as a test, with any number of fields.
    public init(_ text: some StringProtocol) { self = Form(Array(text.utf8), limit: .max) ?? Form() }

    /// Parses the query of a request target, the part after its question mark.
    public init(queryOf target: String) { self.init(target.prefix { $0 != "#" }.drop { $0 != "?" }.dropFirst()) }

    private init() {
        decoded = []
        fields = []
    }

    /// The position of the first field, 0.
    public var startIndex: Int { 0 }
    /// The number of fields.
    public var endIndex: Int { fields.count }

    /// A field by its position.
    public subscript(_ position: Int) -> Field {
        let ranges = fields[position]
        return Field(nameBytes: decoded[ranges.name], valueBytes: decoded[ranges.value])
    }

    /// The first value of a name; nil if no field has it.
    public subscript(_ name: String) -> String? { first { $0.nameBytes.elementsEqual(name.utf8) }?.value }
}

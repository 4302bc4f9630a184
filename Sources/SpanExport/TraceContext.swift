import Tracing

/// The identity of a span as other processes see it: the headers `traceparent` and `tracestate` (W3C, "Trace Context", HTTP request headers
/// format, read 2026-11-28).
public struct TraceContext: Sendable, Hashable {
    /// The trace: 128 bits, not all 0.
    public let trace: TraceID
    /// The span; not 0.
    public let span: UInt64
    /// Whether the trace is recorded.
    public let isSampled: Bool
    /// The other systems' notes about the trace, passed on unchanged; nil if there are none.
    public let state: String?

    /// The 128 bits of a trace's id.
    public struct TraceID: Sendable, Hashable, CustomStringConvertible {
        /// The first 64 bits.
        public let high: UInt64
        /// The last 64 bits, by which the sampler decides.
        public let low: UInt64

        /// 32 hexadecimal digits in lower case.
        public var description: String { Hexadecimal.text(high) + Hexadecimal.text(low) }
    }

    init(trace: TraceID, span: UInt64, isSampled: Bool, state: String? = nil) {
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// Reads the two headers; nil if `traceparent` is not one. A `tracestate` that cannot be read is dropped alone.
    ///
    /// A later version of the format is read by its first four fields, as the specification asks.
    init?(parent: String, state: String?) {
        let bytes = Array(parent.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = Hexadecimal.value(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || version > 0 && bytes[55] == dash,
            let high = Hexadecimal.value(bytes[3..<19]), let low = Hexadecimal.value(bytes[19..<35]), high | low != 0,
            let span = Hexadecimal.value(bytes[36..<52]), span != 0,
            let flags = Hexadecimal.value(bytes[53..<55])
        else { return nil }
        self.init(
            trace: TraceID(high: high, low: low), span: span, isSampled: flags & 1 == 1, state: state.flatMap { TraceState.read($0) })
    }

    /// The header `traceparent` that names this span as the parent.
    var parentHeader: String { "00-\(trace)-\(Hexadecimal.text(span))-\(isSampled ? "01" : "00")" }
}

/// The header `tracestate`: a list of at most 32 `key=value`, of which this program only checks the form.
enum TraceState {
    /// The list without empty members and with no space around its members; nil if it is empty or malformed.
    static func read(_ text: String) -> String? {
        guard text.utf8.count <= 8192 else { return nil }
        let members = text.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
        let keys = members.compactMap { key(of: $0) }
        guard !members.isEmpty, members.count <= 32, keys.count == members.count, Set(keys).count == keys.count else { return nil }
        return members.joined(separator: ",")
    }

    /// The key of a member; nil if the member is malformed.
    private static func key(of member: Substring) -> Substring? {
        guard let equals = member.firstIndex(of: "=") else { return nil }
        let (key, value) = (member[..<equals], member[member.index(after: equals)...])
        guard (1...256).contains(key.utf8.count), (1...256).contains(value.utf8.count), let first = key.utf8.first,
            isLetterOrDigit(first), key.utf8.allSatisfy({ isLetterOrDigit($0) || "_-*/@".utf8.contains($0) }),
            value.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") })
        else { return nil }
        return key
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let rest = drop(while: isSpace)
        return rest.lastIndex { !isSpace($0) }.map { rest[...$0] } ?? rest
    }
}

/// Hexadecimal digits in lower case, the only ones that Trace Context has.
enum Hexadecimal {
    /// The 16 digits of a number.
    static func text(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 0xF
                buffer[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 16
        }
    }

    /// The number of at most 16 digits; nil if one of them is none.
    static func value(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in digits {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(byte - 0x57)
            default: return nil
            }
        }
        return value
    }
}

extension ServiceContext {
    /// The span of this context, ours or that of the process that called.
    public internal(set) var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}

private enum TraceContextKey: ServiceContextKey {
    typealias Value = TraceContext
    static var nameOverride: String? { "trace-context" }
}

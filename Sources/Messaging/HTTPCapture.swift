/// One captured request in the plain HTTP message form of `.http` files: request line, headers, blank line, exact body.
///
/// Lines before the request line that begin with `#` or are blank are skipped, as editors' REST clients do.
public struct HTTPCapture: Sendable, Equatable {
    /// The method as written, by custom in upper case.
    public var method: String
    /// Path and query as in the request line.
    public var target: String
    /// The headers in the order of the file.
    public var headers: [Delivery.Header]
    /// The exact bytes of the body.
    public var body: [UInt8]
    /// The lines above the request line that begin with `#`, without the `#`.
    public var comments: [String]

    /// A request that does not come from a file.
    public init(method: String, target: String, headers: [Delivery.Header], body: [UInt8], comments: [String] = []) {
        self.comments = comments
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// Reads a file's bytes; lines may end in LF or CRLF. With a Content-Length the body has exactly that many bytes, and at most one line
    /// end may follow; without one, it is the rest of the file. A leading byte-order mark is skipped.
    public init(parsing bytes: [UInt8]) throws(HTTPCaptureError) {
        var lines = LineReader(bytes: bytes.starts(with: ByteOrderMark.utf8) ? Array(bytes.dropFirst(ByteOrderMark.utf8.count)) : bytes)
        (comments, method, target) = try HTTPCapture.requestLine(from: &lines)
        headers = try HTTPCapture.headers(from: &lines)
        let firstBodyLine = lines.number + 1
        body = lines.rest
        if let header = headers.first(where: { $0.name == "content-length" }) {
            try cutBody(to: header.value, at: firstBodyLine)
        }
    }

    /// The adapter and account of the target `/webhooks/{adapter}/{account}`; nil for any other target.
    public var endpoint: (adapter: AdapterKind, account: AccountName)? {
        let path = target.prefix { $0 != "?" }.split(separator: "/")
        guard path.count == 3, path[0] == "webhooks" else { return nil }
        return (AdapterKind(String(path[1])), AccountName(String(path[2])))
    }

    /// Whether it can be a webhook's delivery. A GET to the same target is the provider's handshake, which contains a token.
    public var isPosted: Bool { HTTPCapture.isMethod(method) && method.uppercased() == "POST" }

    /// The error for a capture that is not a POST.
    public var notPosted: String { "webhooks are posted: the method is \(method)" }

    /// The capture as a delivery to its endpoint; nil if its target names none.
    public func delivery(receivedAt: Instant) -> Delivery? {
        guard let endpoint else { return nil }
        return Delivery(
            adapter: endpoint.adapter, account: endpoint.account, receivedAt: receivedAt, method: method, target: target,
            headers: headers, body: body)
    }

    private static func requestLine(
        from lines: inout LineReader
    ) throws(HTTPCaptureError) -> (comments: [String], method: String, target: String) {
        var comments: [String] = []
        var line = lines.next()
        while let skipped = line, skipped.isEmpty || skipped.hasPrefix("#") {
            if !skipped.isEmpty { comments.append(trimmed(skipped.drop { $0 == "#" })) }
            line = lines.next()
        }
        guard let parts = line?.split(separator: " "), parts.count >= 2, isMethod(parts[0]), let target = path(of: parts[1]) else {
            throw HTTPCaptureError(line: max(lines.number, 1), reason: "expected a request line: POST /webhooks/ADAPTER/ACCOUNT HTTP/1.1")
        }
        return (comments, String(parts[0]), target)
    }

    private static func headers(from lines: inout LineReader) throws(HTTPCaptureError) -> [Delivery.Header] {
        var headers: [Delivery.Header] = []
        while let line = lines.next(), !line.isEmpty {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                throw HTTPCaptureError(line: lines.number, reason: "expected a header, NAME: VALUE")
            }
            headers.append(Delivery.Header(String(line[..<colon]), trimmed(line[line.index(after: colon)...])))
        }
        return headers
    }

    private mutating func cutBody(to contentLength: String, at line: Int) throws(HTTPCaptureError) {
        guard let length = Int(contentLength), length >= 0 else {
            throw HTTPCaptureError(line: line, reason: "Content-Length is not a number: \(contentLength)")
        }
        let surplus = body.dropFirst(length)
        guard body.count >= length, surplus.isEmpty || surplus.elementsEqual([0x0A]) || surplus.elementsEqual([0x0D, 0x0A]) else {
            throw HTTPCaptureError(line: line, reason: "the body has \(body.count) bytes, Content-Length says \(length)")
        }
        body = Array(body.prefix(length))
    }

    /// The target without scheme, host and fragment; nil if it is neither a path nor a URL.
    public static func path(of target: Substring) -> String? {
        let target = target.prefix { $0 != "#" }
        if target.hasPrefix("/") { return String(target) }
        guard let scheme = ["http://", "https://"].first(where: { target.lowercased().hasPrefix($0) }) else { return nil }
        let path = target.dropFirst(scheme.count).drop { $0 != "/" && $0 != "?" }
        return path.hasPrefix("/") ? String(path) : "/" + path
    }

    /// Whether a text is a token (RFC 9110, 5.6.2) without `#`, so that it can neither end a line nor begin a comment.
    private static func isMethod(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "!$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    /// The value of a header without the spaces and tabs around it, which are not part of it (RFC 9110, 5.5).
    private static func trimmed(_ value: Substring) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        var value = value.drop(while: isSpace)
        while let last = value.last, isSpace(last) { value.removeLast() }
        return String(value)
    }
}

/// An error in a `.http` file, with its line.
public struct HTTPCaptureError: Error, Equatable, CustomStringConvertible {
    /// The line, counted from 1; for an error in the body, its first line.
    public let line: Int
    /// What was expected, or what is inconsistent.
    public let reason: String

    /// `line 3: expected a header, NAME: VALUE`.
    public var description: String { "line \(line): \(reason)" }
}

/// The byte-order mark that Windows editors put at the start of a text.
public enum ByteOrderMark {
    /// U+FEFF.
    public static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]
}

/// Reads bytes line by line.
private struct LineReader {
    let bytes: [UInt8]
    private(set) var number = 0
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var rest: [UInt8] { Array(bytes[position...]) }

    mutating func next() -> String? {
        guard position < bytes.count else { return nil }
        let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
        var line = bytes[position..<end]
        if line.last == 0x0D { line = line.dropLast() }
        position = min(end + 1, bytes.count)
        number += 1
        return String(decoding: line, as: UTF8.self)
    }
}

extension HTTPCapture {
    /// The request of a delivery, without its time and ids.
    public init(_ delivery: Delivery) {
        self.init(method: delivery.method, target: delivery.target, headers: delivery.headers, body: delivery.body)
    }

    /// The bytes of a `.http` file that `init(parsing:)` reads back as this capture: comments, request line, headers with the body's exact
    /// Content-Length, body. Line ends in a comment, the target or a header become spaces.
    public func fileBytes() -> [UInt8] {
        var head = comments.map { "# \(HTTPCapture.oneLine($0))" }
        head.append("\(HTTPCapture.oneLine(method)) \(HTTPCapture.oneLine(target).replacing(" ", with: "%20")) HTTP/1.1")
        for header in headers where !["content-length", "transfer-encoding"].contains(header.name) {
            head.append("\(HTTPCapture.oneLine(header.name)): \(HTTPCapture.oneLine(header.value))")
        }
        head.append("content-length: \(body.count)")
        return Array((head.joined(separator: "\n") + "\n\n").utf8) + body
    }

    /// The value of a comment `NAME: VALUE` above the request line.
    public func note(_ name: String) -> String? {
        comments.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.utf8.count + 2)) }
    }

    private static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return text }
        return String(decoding: text.utf8.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
    }
}

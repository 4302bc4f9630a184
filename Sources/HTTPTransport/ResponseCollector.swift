/// Assembles a response from the pieces that libcurl delivers.
struct ResponseCollector {
    private(set) var response = IncomingResponse(status: 0)
    private(set) var isTooLarge = false
    private let limit: Int

    init(limit: Int = 0) { self.limit = limit }

    var tooLargeReason: String { "the response has more than \(limit) bytes" }

    /// Reads a status line, a header or the blank line after them; always returns true.
    mutating func takeHeaderLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // An interim response, such as 103, precedes the final one.
            let status = line.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0.filter(\.isNumber)) }
            response = IncomingResponse(status: status ?? 0)
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { !$0.isWhitespace }.map { value.index(after: $0) } ?? value.startIndex
            response.headers.append(HTTPField(line[..<colon].lowercased(), String(value[..<end])))
        }
        return true
    }

    /// Appends a piece of the body; false if the body would exceed the limit.
    mutating func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard response.body.count + bytes.count <= limit else {
            isTooLarge = true
            return false
        }
        response.body.append(contentsOf: bytes)
        return true
    }
}

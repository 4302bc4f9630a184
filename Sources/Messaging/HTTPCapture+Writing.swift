extension HTTPCapture {
    /// The request of a delivery; its time and ids are not part of it.
    public init(_ delivery: Delivery) {
        self.init(method: delivery.method, target: delivery.target, headers: delivery.headers, body: delivery.body)
    }

    /// The bytes of a `.http` file that `init(parsing:)` reads back to this capture: comments, request line, headers with the body's
    /// exact Content-Length, body. Line ends in a comment, the target or a header become spaces.
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

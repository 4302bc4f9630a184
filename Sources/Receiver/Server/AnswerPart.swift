import NIOHTTP1

extension HTTPServerResponsePart {
    /// Whether it begins a 429.
    var isTooManyRequests: Bool {
        if case .head(let head) = self { head.status == .tooManyRequests } else { false }
    }
}

extension HTTPResponseHead {
    /// Whether the body is a stream of events, which has no end.
    var isOfEventStream: Bool { headers.first(name: "Content-Type") == EventRoutes.contentType }
}

extension HTTPRequestHead {
    /// Whether this asks for a stream of events. The answer has no end, so a request behind it could never be answered; and as long as it
    /// waited, nothing more would be read, so that the client's end would go unnoticed.
    var asksForEvents: Bool {
        guard method == .GET || method == .HEAD else { return false }
        return uri.prefix { $0 != "?" }.split(separator: "/") == ["events"]
    }
}

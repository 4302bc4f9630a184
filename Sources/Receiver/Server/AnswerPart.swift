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

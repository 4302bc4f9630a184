import NIOHTTP1

extension HTTPServerResponsePart {
    /// Whether it begins a 429.
    var isTooManyRequests: Bool {
        if case .head(let head) = self { head.status == .tooManyRequests } else { false }
    }
}

extension HTTPResponseHead {
    /// Whether its body has no end of its own.
    var isOfEventStream: Bool { headers.first(name: "Content-Type") == EventRoutes.contentType }
}

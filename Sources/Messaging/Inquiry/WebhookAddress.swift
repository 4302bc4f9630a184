/// A webhook's URL as entered at a provider, for comparison with an account's.
public struct WebhookAddress: Sendable, Equatable, CustomStringConvertible {
    private let scheme: String
    private let host: String
    private let path: String
    private let hasUser: Bool
    private let hasQuery: Bool

    /// Reads a URL. Scheme and host are compared without regard to case, default ports and a slash at the end of the path are ignored, and
    /// so are credentials and the query.
    public init(_ url: String) {
        let separator = url.firstRange(of: "://")
        let rest = separator.map { url[$0.upperBound...] } ?? url[...]
        let scheme = separator.map { url[..<$0.lowerBound].lowercased() } ?? ""
        let end = rest.firstIndex { $0 == "?" || $0 == "#" } ?? rest.endIndex
        let slash = rest[..<end].firstIndex(of: "/") ?? end
        let authority = rest[..<slash]
        let at = authority.lastIndex(of: "@")
        var host = authority[(at.map { authority.index(after: $0) } ?? authority.startIndex)...].lowercased()
        let port = ["http": ":80", "https": ":443"][scheme]
        if let port, host.hasSuffix(port) { host.removeLast(port.count) }
        var path = String(rest[slash..<end])
        while path.hasSuffix("/") { path.removeLast() }
        self.scheme = scheme
        self.host = host
        self.path = path
        hasUser = at != nil
        hasQuery = end < rest.endIndex
    }

    /// Whether both are the same address.
    public static func == (one: WebhookAddress, other: WebhookAddress) -> Bool {
        (one.scheme, one.host, one.path) == (other.scheme, other.host, other.path)
    }

    /// The URL without credentials and query, which may contain a secret.
    public var description: String { "\(scheme)://\(hasUser ? "•••@" : "")\(host)\(path)\(hasQuery ? "?•••" : "")" }
}

import NIOHTTP1

/// The proxies in front of this gateway, which name the client of each request that they forward.
public struct TrustedProxies: Sendable, Equatable {
    /// The header in which proxies name their client. Only theirs may be read; the client can write the other one itself.
    public enum Header: String, CaseIterable, Sendable {
        case xForwardedFor = "x-forwarded-for"
        /// RFC 7239.
        case forwarded
    }

    private let ranges: [AddressRange]
    private let header: Header

    /// Without ranges, every request counts as the peer's own.
    public init(_ ranges: [AddressRange] = [], header: Header = .xForwardedFor) {
        self.ranges = ranges
        self.header = header
    }

    func contains(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// The client of a request from a trusted proxy; nil if the header is missing, so that the request is the proxy's own. Each proxy
    /// appends the address that it saw. The list is read from the right, and the first address that is not one of our proxies is the
    /// client; anybody may have written what is to its left. If an address cannot be read, the proxy that named it counts as the client.
    func client(behind proxy: IPAddress, _ headers: HTTPHeaders) -> IPAddress? {
        guard headers.contains(name: header.rawValue) else { return nil }
        return named(by: proxy, headers).nearest
    }

    /// The same; nil also if the client's address cannot be read, so that nobody knows where the client is.
    func knownClient(behind proxy: IPAddress, _ headers: HTTPHeaders) -> IPAddress? {
        guard !headers[canonicalForm: header.rawValue].isEmpty else { return nil }
        let named = named(by: proxy, headers)
        return named.isRead ? named.nearest : nil
    }

    private func named(by proxy: IPAddress, _ headers: HTTPHeaders) -> (nearest: IPAddress, isRead: Bool) {
        var nearest = proxy
        for entry in headers[canonicalForm: header.rawValue].reversed() {
            guard let address = header == .forwarded ? Self.forwardedFor(entry) : Self.address(entry) else { return (nearest, false) }
            nearest = address
            if !contains(address) { return (address, true) }
        }
        return (nearest, true)
    }

    /// The address in `for=` of an element of `Forwarded`.
    private static func forwardedFor(_ element: Substring) -> IPAddress? {
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, trimmed(parts[0]).lowercased() == "for" else { continue }
            return address(parts[1])
        }
        return nil
    }

    /// Parses `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`, quoted or not; nil for `unknown` and obfuscated names.
    private static func address(_ text: Substring) -> IPAddress? {
        var text = trimmed(text)
        if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
        if text.first == "[" { return IPAddress(text.dropFirst().prefix { $0 != "]" }) }
        // A single colon separates a port from an IPv4 address; `::ffff:192.0.2.1` has more.
        if let colon = text.firstIndex(of: ":"), text.contains("."), text.lastIndex(of: ":") == colon { return IPAddress(text[..<colon]) }
        return IPAddress(text)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}

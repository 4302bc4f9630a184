import HTTPTypes
import Messaging
import NIOHTTP1

/// The rules that decide by its head whether a request may reach a route.
struct RequestRules: Sendable {
    let edge: Edge
    /// The most bytes of a body that a route accepts.
    let bodyLimit: Int

    enum Verdict {
        /// Passed to the routes. `wantsContinue` says whether the client waits for 100 before it sends a body that will be accepted.
        case routed(wantsContinue: Bool)
        /// Answered with a problem. `isLast` says whether the connection ends, since it is unclear where the next request begins.
        case refused(Problem, isLast: Bool)
    }

    private static let probes: Set<String> = ["/healthz", "/readyz", "/metrics"]

    func verdict(on head: HTTPRequestHead, from peer: IPAddress?, isProbesOnly: Bool) -> Verdict {
        let facts = HeadFacts(head)
        if let flaw = facts.flaw { return .refused(Problem(.badRequest, detail: flaw), isLast: true) }
        if isProbesOnly, !Self.probes.contains(head.uri) {
            return .refused(Problem(.serviceUnavailable, detail: "as many connections are open as may be", retryAfter: 1), isLast: true)
        }
        if let wait = secondsToWait(head, peer) {
            return .refused(
                Problem(.tooManyRequests, detail: "this address sends more requests than it may", retryAfter: wait), isLast: false)
        }
        if facts.isEncoded {
            return .refused(
                Problem(
                    .unsupportedMediaType, detail: "the header Content-Encoding must be identity or left out",
                    headers: [.acceptEncoding: "identity"]),
                isLast: false)
        }
        switch facts.expectation {
        case nil: return .routed(wantsContinue: false)
        // A client of HTTP/1.0 does not know interim answers (RFC 9110, 10.1.1).
        case "100-continue":
            return .routed(wantsContinue: facts.contentLength ?? 0 <= bodyLimit && !head.version.isBeforeHTTP11)
        default: return .refused(Problem(.expectationFailed, detail: "the header Expect knows only 100-continue"), isLast: true)
        }
    }

    /// Counts a refusal for `/metrics`.
    func count(_ problem: Problem) {
        switch problem.status {
        case .tooManyRequests: edge.counts.add(.addressRate)
        case .serviceUnavailable: break
        // This counts as a closed connection.
        case .requestTimeout: break
        default: edge.counts.add(.malformed)
        }
    }

    /// The seconds to wait if the request exceeds the address's rate; nil if it may pass. Requests from this machine are not counted,
    /// unless a trusted proxy on it forwards them: these count for the client, or for the proxy if the header cannot be read.
    private func secondsToWait(_ head: HTTPRequestHead, _ peer: IPAddress?) -> Int? {
        guard let rates = edge.addressRates, let peer else { return nil }
        guard !Self.probes.contains(head.uri) else { return nil }
        let proxies = edge.limits.trustedProxies
        if proxies.contains(peer), let client = proxies.client(behind: peer, head.headers) {
            return rates.secondsToWait(client, at: Edge.monotonicNow)
        }
        return peer.isLoopback ? nil : rates.secondsToWait(peer, at: Edge.monotonicNow)
    }
}

/// The facts in a head's headers that the rules need, read in one pass.
private struct HeadFacts {
    /// Why the request is malformed, if it is.
    private(set) var flaw: String?
    private(set) var isEncoded = false
    /// In lower case.
    private(set) var expectation: String?
    private(set) var contentLength: Int?

    init(_ head: HTTPRequestHead) {
        var hosts = 0
        var host: String?
        for (name, value) in head.headers {
            // Few other names have the length of one of these.
            switch name.utf8.count {
            case 4 where name.equalsIgnoringCase("host"):
                hosts += 1
                host = value
                if !value.utf8.allSatisfy(Self.mayBeInHost) { flaw = "the header Host is not a host" }
            case 6 where name.equalsIgnoringCase("expect"): expectation = value.lowercased()
            case 14 where name.equalsIgnoringCase("content-length"): contentLength = Int(value)
            case 16 where name.equalsIgnoringCase("content-encoding"):
                isEncoded = isEncoded || !(value.isEmpty || value.equalsIgnoringCase("identity"))
            case 17 where name.equalsIgnoringCase("transfer-encoding"):
                if !value.equalsIgnoringCase("chunked") || head.version.isBeforeHTTP11 {
                    flaw = "the header Transfer-Encoding must be chunked or left out"
                }
            default: break
            }
        }
        if hosts > 1 {
            flaw = "the header Host occurs more than once"
        } else if hosts == 0, !head.version.isBeforeHTTP11 {
            flaw = "the header Host is missing"
        }
        // RFC 9112 gives the target's host precedence; a reader of the header alone would trust a different one.
        if let named = Self.authority(ofTarget: head.uri), named.lowercased() != host?.lowercased() {
            flaw = "the request's target names another host than the header Host"
        }
    }

    /// The host in a target in absolute form, as sent to proxies: `http://hooks.example.com/readyz`. Hosts and schemes are case-insensitive
    /// (RFC 9110, 4.2.3).
    private static func authority(ofTarget target: String) -> Substring? {
        guard target.utf8.first != UInt8(ascii: "/"), let scheme = target.firstRange(of: "://") else { return nil }
        return target[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    }

    /// Whether a byte may be in a name, an address or a port.
    private static func mayBeInHost(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && ![0x22, 0x23, 0x2C, 0x2F, 0x3C, 0x3E, 0x3F, 0x40, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D].contains(byte)
    }
}

extension HTTPVersion {
    /// Whether it is HTTP/1.0 or older, which has no chunks, no Host, and one request per connection.
    var isBeforeHTTP11: Bool { major < 1 || major == 1 && minor == 0 }
}

extension String {
    /// Compares ASCII letters; `other` is in lower case.
    fileprivate func equalsIgnoringCase(_ other: StaticString) -> Bool {
        guard utf8.count == other.utf8CodeUnitCount else { return false }
        return other.withUTF8Buffer { other in
            zip(utf8, other).allSatisfy { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
        }
    }
}

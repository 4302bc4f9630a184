import HTTPTypes
import NIOHTTP1

/// The client of a connection's requests, for the log.
struct Caller: Sendable {
    /// The caller of the connection whose request the task answers; nil if unknown.
    @TaskLocal static var current: Caller?

    private let peer: IPAddress
    private let proxies: TrustedProxies

    /// Nil if the peer has no address.
    init?(_ peer: IPAddress?, behind proxies: TrustedProxies) {
        guard let peer else { return nil }
        self.peer = peer
        self.proxies = proxies
    }

    /// The client of a request with these headers: the peer, or the address that a trusted proxy names.
    func address(_ headers: HTTPHeaders) -> IPAddress {
        proxies.contains(peer) ? proxies.client(behind: peer, headers) ?? peer : peer
    }

    /// The client of a request as a route receives it.
    func address(_ fields: HTTPFields) -> IPAddress {
        guard proxies.contains(peer) else { return peer }
        return address(Self.headers(fields))
    }

    /// Whether the client of a request is certainly a program on this machine: a trusted proxy that does not say who its client is, or not
    /// readably, may speak for anybody.
    func isOnThisMachine(_ fields: HTTPFields) -> Bool {
        guard proxies.contains(peer) else { return peer.isLoopback }
        return proxies.knownClient(behind: peer, Self.headers(fields))?.isLoopback ?? false
    }

    private static func headers(_ fields: HTTPFields) -> HTTPHeaders { HTTPHeaders(fields.map { ($0.name.rawName, $0.value) }) }
}

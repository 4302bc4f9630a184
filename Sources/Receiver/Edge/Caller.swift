import HTTPTypes
import NIOHTTP1

/// Where the requests of a connection come from, for the log to name.
struct Caller: Sendable {
    /// That of the connection whose request a task answers; nil where nobody knows it.
    @TaskLocal static var current: Caller?

    private let peer: IPAddress
    private let proxies: TrustedProxies

    /// Nil for a peer without an address.
    init?(_ peer: IPAddress?, behind proxies: TrustedProxies) {
        guard let peer else { return nil }
        self.peer = peer
        self.proxies = proxies
    }

    /// Who sent a request with these headers: the peer, or whom a trusted proxy names.
    func address(_ headers: HTTPHeaders) -> IPAddress {
        proxies.contains(peer) ? proxies.client(behind: peer, headers) ?? peer : peer
    }

    /// The same of a request as a route has it.
    func address(_ fields: HTTPFields) -> IPAddress {
        guard proxies.contains(peer) else { return peer }
        return address(HTTPHeaders(fields.map { ($0.name.rawName, $0.value) }))
    }
}

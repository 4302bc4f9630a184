import Hummingbird
import Messaging

/// The clients that may open sessions: those with a configured key, or everybody if the gateway is open.
public struct ClientKeys: Sendable {
    private let keys: [BearerSecret]
    private let isOpen: Bool

    /// If there are no keys, `isOpen` decides whether every client is admitted or none; it may only be true on loopback.
    public init(_ keys: [Secret], isOpen: Bool) {
        self.keys = keys.map(BearerSecret.init)
        self.isOpen = isOpen
    }

    func check(_ request: Request) throws(Problem) {
        if keys.isEmpty, isOpen { return try checkHost(of: request) }
        let key: String
        switch BearerHeader(request) {
        case .missing: throw Problem(.unauthorized, detail: "the header Authorization: Bearer CLIENT_KEY is missing")
        case .several: throw Problem(.unauthorized, detail: "the header Authorization occurs more than once")
        case .other: throw Problem(.unauthorized, detail: "the header Authorization must be: Bearer CLIENT_KEY")
        case .shown(let shown): key = shown
        }
        let digest = BearerSecret.digest(of: key)
        // Compares every key, so that the time does not reveal which one it is.
        let matches = keys.filter { $0.matches(digest) }
        guard !matches.isEmpty else { throw Problem(.unauthorized, detail: "the client key is not one of the configured ones") }
    }

    /// Checks that the request's host is this machine, if no key is required. A web page whose domain was pointed at this address would use
    /// its own name (DNS rebinding). A trusted proxy may forward a client that is elsewhere.
    private func checkHost(of request: Request) throws(Problem) {
        let isHere = Caller.current?.isOnThisMachine(request.headers) ?? true
        if isHere, let host = request.head.authority, Loopback.isAuthority(host) { return }
        throw Problem(
            .forbidden, detail: "without client keys, sessions can be started only from this machine, under the name localhost or 127.0.0.1"
        )
    }
}

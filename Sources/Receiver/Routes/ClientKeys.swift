import Hummingbird
import Messaging
import Signing

/// Who may open sessions: those who show a configured key, or anyone where the gateway was told so.
public struct ClientKeys: Sendable {
    private let keys: [Secret]
    private let isOpen: Bool

    /// Without keys, `isOpen` decides whether all or none are let in: all on loopback alone.
    public init(_ keys: [Secret], isOpen: Bool) {
        self.keys = keys
        self.isOpen = isOpen
    }

    func check(_ request: Request) throws(Problem) {
        if keys.isEmpty, isOpen { return try checkHost(of: request) }
        let key: String
        switch BearerHeader(request) {
        case .missing: throw Problem(.unauthorized, detail: "the header Authorization: Bearer CLIENT_KEY is missing")
        case .several: throw Problem(.unauthorized, detail: "the header Authorization is there more than once")
        case .other: throw Problem(.unauthorized, detail: "the header Authorization must be: Bearer CLIENT_KEY")
        case .shown(let shown): key = shown
        }
        // Every key is compared, so that the time does not tell which one was nearly right.
        let matches = keys.filter { ConstantTime.equal($0.revealed, key) }
        guard !matches.isEmpty else { throw Problem(.unauthorized, detail: "the client key is not one of the configured ones") }
    }

    /// Where no key is asked for, whoever calls must mean this machine: a page of another site whose name was pointed at this address calls it
    /// by that name (DNS rebinding).
    private func checkHost(of request: Request) throws(Problem) {
        if let host = request.head.authority, Loopback.isAuthority(host) { return }
        throw Problem(
            .forbidden, detail: "without client keys sessions are started from this machine alone, by the name localhost or 127.0.0.1")
    }
}

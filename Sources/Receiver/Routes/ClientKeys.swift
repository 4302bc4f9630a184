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
        if keys.isEmpty, isOpen { return }
        guard let header = request.headers[.authorization] else {
            throw Problem(.unauthorized, detail: "the header Authorization: Bearer CLIENT_KEY is missing")
        }
        let key = header.lowercased().hasPrefix("bearer ") ? String(header.dropFirst(7)) : ""
        // Every key is compared, so that the time does not tell which one was nearly right.
        let matches = keys.filter { ConstantTime.equal($0.revealed, key) }
        guard !matches.isEmpty else { throw Problem(.unauthorized, detail: "the client key is not one of the configured ones") }
    }
}

import Messaging
import Signing

/// A header in which a sender that does not sign sends a secret: in `authorization`, `USER:PASSWORD` as Basic (RFC 7617).
struct SecretHeader: Sendable {
    private let name: String
    /// The accepted values of the header, in the order of the secrets.
    private let values: [String]

    init(_ name: String, _ secrets: [Secret]) {
        self.name = name
        values = secrets.map { SecretHeader.value(of: $0.revealed, in: name) }
    }

    /// Compares every value, each in constant time.
    func check(_ delivery: Delivery) throws(AuthenticationError) {
        let shown = try delivery.soleHeader(name)
        let isRight = values.reduce(false) { $1.isShown(by: shown) || $0 }
        guard isRight else { throw AuthenticationError(.wrongSecret, header: name) }
    }

    /// The header with the first secret.
    var headers: [Delivery.Header] { values.prefix(1).map { Delivery.Header(lowercase: name, $0) } }

    /// The header's value for a secret. A secret that begins with a scheme, `Bearer a:b`, is sent as it is.
    private static func value(of secret: String, in name: String) -> String {
        guard name == "authorization", let colon = secret.firstIndex(of: ":"), !secret[..<colon].contains(" ") else { return secret }
        return "Basic " + Base64.encode(Array(secret.utf8))
    }
}

extension String {
    /// Whether a header's value is this one. The scheme of an authorization is case-insensitive (RFC 9110, 11.1).
    fileprivate func isShown(by shown: String) -> Bool {
        guard hasPrefix("Basic "), shown.lowercased().hasPrefix("basic ") else { return ConstantTime.equal(self, shown) }
        return ConstantTime.equal(String(dropFirst(6)), String(shown.dropFirst(6)))
    }
}

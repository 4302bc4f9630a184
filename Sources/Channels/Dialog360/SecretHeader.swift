import Messaging
import Signing

/// A header in which a sender that signs nothing shows a secret. In `authorization` a secret `USER:PASSWORD` is shown as HTTP's Basic (RFC 7617).
struct SecretHeader: Sendable {
    private let name: String
    /// What the header may be, in the order of the secrets.
    private let values: [String]

    init(_ name: String, _ secrets: [Secret]) {
        self.name = name
        values = secrets.map { SecretHeader.value(of: $0.revealed, in: name) }
    }

    /// Every value is compared, each in the same time wherever it differs.
    func check(_ delivery: Delivery) throws(AuthenticationError) {
        let shown = try delivery.soleHeader(name)
        let isRight = values.reduce(false) { $1.isShown(by: shown) || $0 }
        guard isRight else { throw AuthenticationError(.wrongSecret, header: name) }
    }

    /// The first secret.
    var headers: [Delivery.Header] { values.prefix(1).map { Delivery.Header(lowercase: name, $0) } }

    /// A scheme's name is no part of a user's: `Bearer a:b` is shown as it is.
    private static func value(of secret: String, in name: String) -> String {
        guard name == "authorization", let colon = secret.firstIndex(of: ":"), !secret[..<colon].contains(" ") else { return secret }
        return "Basic " + Base64.encode(Array(secret.utf8))
    }
}

extension String {
    /// The scheme of an authorization may be written in any case (RFC 9110, 11.1).
    fileprivate func isShown(by shown: String) -> Bool {
        guard hasPrefix("Basic "), shown.lowercased().hasPrefix("basic ") else { return ConstantTime.equal(self, shown) }
        return ConstantTime.equal(String(dropFirst(6)), String(shown.dropFirst(6)))
    }
}

import Messaging
import Signing

/// A client's key or an operator's token, which requests contain as `Authorization: Bearer …`. The settings have its text, or `sha256:` and
/// the hexadecimal digest of its text, from which nobody can derive the secret.
public struct BearerSecret: Hashable, Sendable {
    private let digest: [UInt8]

    private static let mark = "sha256:"

    /// Makes it from the text in the settings.
    public init(_ secret: Secret) { digest = Self.hashed(secret.revealed) ?? Self.digest(of: secret.revealed) }

    /// Why a text in the settings has neither form, as a predicate; nil if it has one.
    public static func fault(of text: String) -> String? {
        guard text.hasPrefix(mark), hashed(text) == nil else { return nil }
        let isPrinted = text.hasSuffix(" -") || text.hasSuffix(" *-")
        return "must have 64 hexadecimal digits after sha256:" + (isPrinted ? ", without the “-” that sha256sum prints behind them" : "")
    }

    /// The digest of a request's secret, to be compared with all configured secrets.
    static func digest(of shown: String) -> [UInt8] { Digest.sha256(Array(shown.utf8)) }

    /// Whether this is the digest of the secret. Comparing digests in constant time reveals neither the length of a secret nor how much of
    /// it is right.
    func matches(_ digest: [UInt8]) -> Bool { ConstantTime.equal(self.digest, digest) }

    private static func hashed(_ text: String) -> [UInt8]? {
        guard text.hasPrefix(mark), let bytes = Hex.decode(text.dropFirst(mark.count)), bytes.count == 32 else { return nil }
        return bytes
    }
}

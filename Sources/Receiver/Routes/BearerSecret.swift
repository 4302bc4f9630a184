import Messaging
import Signing

/// A client's key or an operator's token, which requests show as `Authorization: Bearer …`. The settings have its text, or `sha256:` and the
/// hexadecimal digest of its text: whoever reads that cannot show it.
public struct BearerSecret: Sendable {
    private let digest: [UInt8]

    private static let mark = "sha256:"

    /// A secret as the settings have it.
    public init(_ secret: Secret) { digest = Self.hashed(secret.revealed) ?? Self.digest(of: secret.revealed) }

    /// Why a text of the settings is neither form, as a predicate; nil if it is one.
    public static func fault(of text: String) -> String? {
        text.hasPrefix(mark) && hashed(text) == nil ? "must have 64 hexadecimal digits after sha256:" : nil
    }

    /// What a request shows, to be compared with all secrets.
    static func digest(of shown: String) -> [UInt8] { Digest.sha256(Array(shown.utf8)) }

    /// Whether it is the secret whose digest this is. Digests are compared, in constant time, so that the time reveals neither the length of a
    /// secret nor how much of it is right.
    func matches(_ digest: [UInt8]) -> Bool { ConstantTime.equal(self.digest, digest) }

    private static func hashed(_ text: String) -> [UInt8]? {
        guard text.hasPrefix(mark), let bytes = Hex.decode(text.dropFirst(mark.count)), bytes.count == 32 else { return nil }
        return bytes
    }
}

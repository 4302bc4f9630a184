import JSON
import Messaging
import Receiver
import Signing

/// A secret that has just been drawn at random, in the form that the settings require.
public struct FreshSecret: Sendable {
    /// What a secret is for.
    public enum Kind: String, CaseIterable, Sendable {
        /// The key of a client that starts sessions.
        case client
        /// An operator's token.
        case `operator`
        /// The secret by which a chat or kiosk account signs.
        case signing
        /// The token of a provider's handshake.
        case verifyToken = "verify-token"
    }

    /// The secret's text.
    public let text: String
    /// `sha256:` and its digest, which the settings may have instead; nil for a secret that signs or that a provider must know.
    public let digest: String?

    /// Draws 32 random bytes.
    public init(_ kind: Kind) {
        switch kind {
        case .signing:
            text = Self.text(.standardWebhooks)
            digest = nil
        case .verifyToken:
            text = Self.text(.hexadecimal(bytes: 16))
            digest = nil
        case .client, .operator:
            text = Self.text(.hexadecimal(bytes: 32))
            digest = "sha256:" + Hex.encode(Digest.sha256(Array(text.utf8)))
        }
    }

    /// Random bytes in the form that an adapter's secrets have.
    static func text(_ form: DevelopmentAccount.SecretForm) -> String {
        switch form {
        case .hexadecimal(let bytes): Hex.encode(SecureRandom.bytes(bytes))
        case .standardWebhooks: "whsec_" + Base64.encode(SecureRandom.bytes(32))
        }
    }

    /// `{"secret":…,"digest":…}`.
    public var json: String {
        var writer = JSONWriter()
        writer.object { object in
            object.member("secret", text)
            object.member("digest", ifPresent: digest)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

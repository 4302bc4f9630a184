import Messaging
import Replay
import Signing

/// Why a secret may be guessed or is publicly known, judged by its text alone.
enum SecretStrength {
    /// A predicate for the secret, `has 9 characters: …`, without any part of it; nil if the secret looks random.
    /// `shortest` is the number of characters that such a secret should have.
    static func weakness(of secret: Secret, shortest: Int = SecretLength.own) -> String? {
        let text = secret.revealed
        if secret == Redaction.secret { return "is the secret of shared captures, which everybody can read in Webhooks/README.md" }
        if text.hasPrefix(webhookPrefix), let bytes = Base64.decode(text.dropFirst(webhookPrefix.count)) { return weakness(of: bytes) }
        let plain = text.lowercased().filter { $0.isLetter || $0.isNumber }
        if text.contains("...") || text.contains("…") || placeholders.contains(where: plain.contains) {
            return "is a placeholder from an example"
        }
        if text.count < shortest { return "has only \(text.count) characters: use at least \(shortest) random characters" }
        if isMonotonous(Array(text.utf8)) { return "consists of a few repeated or consecutive characters" }
        let isOfWords = text.allSatisfy { $0.isASCII && ($0.isLowercase || "-_. ".contains($0)) }
        return isOfWords && text.count < longestWords ? "is made of words, which can be guessed" : nil
    }

    /// The same for the bytes that a Standard Webhooks secret encodes.
    private static func weakness(of bytes: [UInt8]) -> String? {
        if isMonotonous(bytes) { return "consists of a few repeated or consecutive bytes" }
        return bytes.allSatisfy { (0x20..<0x7F).contains($0) } ? "is text in Base64 instead of random bytes" : nil
    }

    /// Whether the text has few different values, or most steps between its values are 0 or 1. Of sixteen random hexadecimal digits about
    /// ten are different.
    private static func isMonotonous(_ bytes: [UInt8]) -> Bool {
        let steps = zip(bytes, bytes.dropFirst()).count { $1 &- $0 <= 1 }
        return Set(bytes).count < 6 || steps * 3 > bytes.count * 2
    }

    private static let webhookPrefix = "whsec_"
    /// The most characters of a text of words that counts as weak; six words of a dice list have more.
    private static let longestWords = 32
    /// Compared without separators. None is so short that a random secret would contain it.
    private static let placeholders = ["secret", "changeme", "placeholder", "example", "password", "yourtoken", "yourkey", "insertkey"]
}

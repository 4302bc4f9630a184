/// What a text that stands in the wrong place looks like, so that it can be told without being quoted.
enum SecretForm {
    /// Follows "not": `a text that begins with postgres://`; nil where the text has no form that is known.
    static func description(of text: String) -> String? {
        let lower = text.lowercased()
        if let (_, what) = beginnings.first(where: { lower.contains($0.0) }) { return what }
        return text.contains("@") && text.contains(":") ? "a text with user and password" : nil
    }

    /// Whether a text looks like a secret, or is so long and varied as to be one.
    static func isLikely(_ text: String) -> Bool {
        if description(of: text) != nil { return true }
        let word = text.utf8.filter { $0 > 0x20 }
        return word.count >= 32 && word.contains { (0x30...0x39).contains($0) }
    }

    /// By what they contain: quotes, a name and an equals sign come along when a line is copied. The first that fits is told.
    private static let beginnings = [
        ("postgres://", "a text that begins with postgres://"), ("postgresql://", "a text that begins with postgresql://"),
        ("sb_secret_", "a text that looks like a secret key (sb_secret_)"),
        ("sb_publishable_", "a text that looks like a publishable key (sb_publishable_)"), ("eyj", "a text that looks like a JWT"),
        ("whsec_", "a text that looks like a webhook's secret (whsec_)"), ("https://", "a text that begins with https://"),
        ("http://", "a text that begins with http://"), ("bearer ", "a text that looks like an Authorization header"),
    ]
}

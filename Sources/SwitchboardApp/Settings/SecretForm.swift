/// Describes a text in the wrong place by its form, so that messages need not quote it.
enum SecretForm {
    /// Completes "not": `a text that begins with postgres://`; nil if the text has no known form.
    static func description(of text: String) -> String? {
        let lower = text.lowercased()
        if let (_, what) = beginnings.first(where: { lower.contains($0.0) }) { return what }
        return text.contains("@") && text.contains(":") ? "a text with user and password" : nil
    }

    /// Whether a text looks like a secret, or is long and varied enough to be one.
    static func isLikely(_ text: String) -> Bool {
        if description(of: text) != nil { return true }
        if isVariableName(text) { return false }
        let word = text.utf8.filter { $0 > 0x20 }
        return word.count >= 32 && word.contains { (0x30...0x39).contains($0) }
    }

    /// Whether a text is clearly the name of a variable: words of capitals and digits, of which only the second may begin with a digit:
    /// `ACCOUNT_360DIALOG_MAIN_SECRET`.
    private static func isVariableName(_ text: String) -> Bool {
        text.utf8.count <= 80 && text.wholeMatch(of: /[A-Z]{2,}(_[0-9]{0,3}[A-Z]{1,16})+(_[0-9]{1,2})?/) != nil
    }

    /// Descriptions by a part of the text, since a copied line may also have quotes, a name and an equals sign. The first match is used.
    private static let beginnings = [
        ("postgres://", "a text that begins with postgres://"), ("postgresql://", "a text that begins with postgresql://"),
        ("sb_secret_", "a text that looks like a secret key (sb_secret_)"),
        ("sb_publishable_", "a text that looks like a publishable key (sb_publishable_)"), ("eyj", "a text that looks like a JWT"),
        ("whsec_", "a text that looks like a webhook's secret (whsec_)"), ("https://", "a text that begins with https://"),
        ("http://", "a text that begins with http://"), ("bearer ", "a text that looks like an Authorization header"),
    ]
}

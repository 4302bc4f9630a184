/// Takes a password out of texts that are shown.
struct PasswordMask: Sendable {
    private let password: String?

    /// A shorter password is hidden only where it stands as a word: inside other words it would give its letters away (`•••rver`), and says nothing
    /// there.
    private static let shortestHiddenInWords = 8

    /// A password that is also somebody's name or a host's is not hidden: where it is shown, it is shown as that.
    init(_ password: String, except names: [String?]) {
        self.password = password.isEmpty || names.contains(password) ? nil : password
    }

    func hide(in text: String) -> String {
        guard let password else { return text }
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: password) {
            let isHidden = password.count >= Self.shortestHiddenInWords || !isInWord(found, of: text, password)
            result += rest[..<found.lowerBound] + (isHidden ? "•••" : text[found])
            rest = rest[found.upperBound...]
        }
        return result + rest
    }

    /// Whether a letter or a digit goes on beyond a letter or a digit at either end.
    private func isInWord(_ range: Range<String.Index>, of text: String, _ password: String) -> Bool {
        let before = range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
        let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
        return isOfWord(before) && isOfWord(password.first) || isOfWord(after) && isOfWord(password.last)
    }

    private func isOfWord(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber } ?? false }
}

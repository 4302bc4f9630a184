/// Masks a password in texts that are shown.
struct PasswordMask: Sendable {
    private let password: String?

    /// A shorter password is masked only where it is a separate word: masked inside other words it would be revealed by them (`•••rver`),
    /// and unmasked it says nothing there.
    private static let shortestHiddenInWords = 8

    /// A password that equals one of `names` (a user, database or host) is not masked, since it appears as that name.
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

    /// Whether the match continues a word at either end: a letter or digit is next to a letter or digit of the password.
    private func isInWord(_ range: Range<String.Index>, of text: String, _ password: String) -> Bool {
        let before = range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
        let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
        return isOfWord(before) && isOfWord(password.first) || isOfWord(after) && isOfWord(password.last)
    }

    private func isOfWord(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber } ?? false }
}

import PhoneNumbers
import Signing

/// Replaces what stands in texts: phones by phones, other words by words of the same shape.
struct TextRedaction: Sendable {
    let cipher: TokenCipher
    let phones: PhoneFakes
    /// Where local numbers belong.
    let region: String
    /// Words that stay as they are.
    var commonWords = RedactionRules().commonWords
    /// Words of names in the same delivery, which are the same in a text.
    var names: Set<String> = []
    /// Numbers in the same delivery, which a text may spell without their country code.
    var numbers = KnownNumbers()
    /// Whether only those of the same delivery are numbers, and all other digits are anything.
    var hasKnownNumbersAlone = false

    /// For a value that is an id: it may be somebody's number, and then that stands elsewhere in the delivery.
    var ofIDs: TextRedaction {
        var text = self
        text.hasKnownNumbersAlone = true
        return text
    }

    /// The number that a whole value is, nil where it is none. Digits are one only where a numbering plan has room for them.
    func number(in value: String, isLocal: Bool) -> PhoneNumber? {
        let digits = value.unicodeScalars.reduce(0) { $0 + ($1.decimalValue == nil ? 0 : 1) }
        guard (5...15).contains(digits),
            value.unicodeScalars.allSatisfy({ $0.decimalValue != nil || " +-().\u{A0}".unicodeScalars.contains($0) })
        else { return nil }
        if hasKnownNumbersAlone { return digits < 7 ? nil : numbers.first(endingWith: Self.digits(of: value)) }
        if isLocal, let local = PhoneNumber(value, region: region) { return local }
        guard digits >= 7 else { return nil }
        return PhoneNumber(value.hasPrefix("+") ? value : "+\(value)", region: "ZZ")
    }

    private static func digits(of value: String) -> [UInt8] {
        value.unicodeScalars.compactMap { $0.decimalValue.map { UInt8(0x30 + $0) } }
    }

    /// A value's fake. `isName` makes its words the same wherever they stand.
    func fake(_ value: String, isName: Bool = false, isLocal: Bool = false) -> String {
        if let number = number(in: value, isLocal: isLocal) { return phones.write(number, in: value) }
        let context = isText(value) && !isName ? Array("text".utf8) + seed(of: value) : []
        var result = String.UnicodeScalarView()
        var rest = Substring(value).unicodeScalars
        // Up to here no number begins: a long row of digits and signs is looked through once.
        var searched = rest.startIndex
        while let first = rest.first {
            if rest.startIndex >= searched, let run = numberRun(rest, searched: &searched) {
                result.append(contentsOf: NumberRunRedaction(self).fake(run).unicodeScalars)
                rest = rest[run.endIndex...]
            } else if isPart(first) {
                let token = rest.prefix { isPart($0) }
                result.append(contentsOf: fake(token: token, context: context))
                rest = rest[token.endIndex...]
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return String(result)
    }

    /// What tells a text from all others; it goes into the fake of each of its words.
    private func seed(of value: String) -> [UInt8] {
        let bytes = Array(value.utf8)
        return bytes.count <= TokenCipher.longestSeed ? bytes : Digest.sha256(bytes)
    }

    private func fake(token: Substring.UnicodeScalarView, context: [UInt8]) -> String.UnicodeScalarView {
        let word = String(token)
        if commonWords.contains(word) { return word.unicodeScalars }
        let isEverywhere = names.contains(word) || token.filter { $0.decimalValue != nil }.count >= 5
        return cipher.fake(token, context: isEverywhere ? [] : context)
    }

    /// A text of several words, in which each word is replaced by its context too: otherwise one could count words to guess them.
    private func isText(_ value: String) -> Bool {
        value.unicodeScalars.split { !isPart($0) }.filter { $0.allSatisfy { $0.properties.isAlphabetic } }.count >= 3
    }

    /// Whether a character belongs to a word. Marks and joiners do, so that a word of any script stays whole.
    private func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if ScalarClass(scalar) != nil { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }

    /// Digits as people write numbers, at the beginning of `rest`: seven or more, with a plus and signs between them. Where there are none,
    /// `searched` is how far it was looked: none begins before.
    private func numberRun(
        _ rest: Substring.UnicodeScalarView, searched: inout Substring.UnicodeScalarView.Index
    ) -> Substring.UnicodeScalarView? {
        guard let first = rest.first, first == "+" || first.decimalValue != nil else { return nil }
        var end = rest.startIndex
        var digits = 0
        searched = rest.endIndex
        for index in rest.indices {
            let scalar = rest[index]
            if scalar.decimalValue != nil {
                digits += 1
                end = rest.index(after: index)
            } else if !(scalar == "+" && index == rest.startIndex), !" -().".unicodeScalars.contains(scalar) {
                // A word that goes on behind its digits is no number.
                searched = index
                if isPart(scalar), end == index { return nil }
                break
            }
        }
        return digits >= 7 ? rest[..<end] : nil
    }
}

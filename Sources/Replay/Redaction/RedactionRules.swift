import Messaging

/// What of a body is known to be harmless: everything else is replaced. A provider's own words are its adapter's vocabulary; of an unknown
/// adapter's bodies nothing is known.
struct RedactionRules: Sendable {
    private let vocabulary: Vocabulary

    /// What people are called by, whoever the provider is.
    private static let names: Set<String> = [
        "name", "first_name", "last_name", "middle_name", "username", "display_name", "company",
    ]

    /// What phones, addresses and links of a shared contact are called by themselves; all else its sender made up.
    private static let contactLabels: Set<String> = [
        "HOME", "WORK", "CELL", "MOBILE", "MAIN", "IPHONE", "OTHER", "FAX", "PAGER", "VOICE", "INTERNET", "PREF", "BUSINESS", "PERSONAL",
        "SCHOOL",
    ]

    /// Words that many values begin with or have in them, and that say nothing of anybody, whoever the provider is.
    private static let commonWords: Set<String> = ["http", "https", "www", "com", "mailto", "tel"]

    init(_ vocabulary: Vocabulary = Vocabulary()) {
        self.vocabulary = vocabulary
    }

    /// Words that stay wherever they stand.
    var commonWords: Set<String> { RedactionRules.commonWords.union(vocabulary.commonWords) }

    /// Whether below this key nothing is known.
    func isFreeForm(_ key: String) -> Bool { vocabulary.freeForms.contains(key) }

    /// Whether a value is what somebody is called.
    func isName(_ key: String) -> Bool { RedactionRules.names.contains(key) || vocabulary.names.contains(key) }

    /// Whether a value is an id, which is a number of nobody's however many digits it has: taken for a number, its first digits would stay as
    /// those of a country and an area.
    func isID(_ key: String, in parent: String = "") -> Bool {
        let isCalledSo = ["id", "ids"].contains(key) || ["_id", "_ids", "-id", "Id", "ID", "Ids", "Sid"].contains(where: key.hasSuffix)
        return isCalledSo && !vocabulary.numbers.contains(key) && !vocabulary.numbers.contains("\(parent).\(key)")
    }

    /// Whether a key may be shown: a word of letters, digits and signs without a number in it that could be somebody's.
    static func isHarmless(key: String) -> Bool { isWord(key) }

    /// Whether a string may be shown at its key. `parent` is the key around it, `isOfContact` whether it is below `contacts`.
    func isHarmless(_ value: String, at key: String, in parent: String = "", isFree: Bool = false, isOfContact: Bool = false) -> Bool {
        if value.isEmpty { return true }
        guard !isFree else { return false }
        if vocabulary.times.contains(key) { return RedactionRules.isTime(value) }
        if isOfContact { return vocabulary.words.contains(key) && RedactionRules.contactLabels.contains(value.uppercased()) }
        if vocabulary.words.contains(key) || vocabulary.words.contains("\(parent).\(key)") { return RedactionRules.isWord(value) }
        return false
    }

    /// Whether a number may be shown at its key: a time or a code. However short it is it may be somebody's: a PIN, a year, a place.
    func isHarmless(number: String, at key: String, isFree: Bool) -> Bool {
        if isFree { return false }
        let digits = number.utf8.filter { (0x30...0x39).contains($0) }.count
        return vocabulary.counts.contains(key) || (vocabulary.times.contains(key) && (RedactionRules.isTime(number) || digits > 15))
    }

    /// Letters, digits and a few signs, at most 64, with no more than four digits in a row: no phone, no id.
    static func isWord(_ text: String) -> Bool {
        guard text.utf8.count <= 64 else { return false }
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39: digits += 1
            case 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x2B: digits = 0
            default: return false
            }
            if digits > 4 { return false }
        }
        return true
    }

    /// Seconds or milliseconds of this century, or RFC 3339.
    private static func isTime(_ text: String) -> Bool {
        if let number = Int64(text) {
            return (946_684_800...4_102_444_800).contains(number) || (946_684_800_000...4_102_444_800_000).contains(number)
        }
        return Instant(rfc3339: text) != nil
    }
}

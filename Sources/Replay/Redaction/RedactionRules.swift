import Messaging

/// The parts of a body that are known to be harmless; everything else is replaced. A provider's own words are its adapter's vocabulary;
/// nothing is known about the bodies of an unknown adapter.
struct RedactionRules: Sendable {
    private let vocabulary: Vocabulary

    /// Keys of people's names, for all providers.
    private static let names: Set<String> = [
        "name", "first_name", "last_name", "middle_name", "username", "display_name", "company",
    ]

    /// Labels of phones, addresses and links in a shared contact; any other label was written by the sender.
    private static let contactLabels: Set<String> = [
        "HOME", "WORK", "CELL", "MOBILE", "MAIN", "IPHONE", "OTHER", "FAX", "PAGER", "VOICE", "INTERNET", "PREF", "BUSINESS", "PERSONAL",
        "SCHOOL",
    ]

    /// Words at the beginning or inside of many values that say nothing about a person, for all providers.
    private static let commonWords: Set<String> = ["http", "https", "www", "com", "mailto", "tel", "sip", "sips", "geo"]

    /// Keys of coordinates, for all providers, beside keys that contain `latitude` or `longitude`.
    private static let coordinates: Set<String> = ["lat", "lng", "lon", "long", "latlng", "latlong", "coordinates"]

    /// Ids of WhatsApp that are people's numbers, in any body.
    private static let numbers: Set<String> = ["wa_id", "waid", "wa-id"]

    init(_ vocabulary: Vocabulary = Vocabulary()) {
        self.vocabulary = vocabulary
    }

    /// Words that are never replaced.
    var commonWords: Set<String> { RedactionRules.commonWords.union(vocabulary.commonWords) }

    /// Whether nothing is known about the values below this key.
    func isFreeForm(_ key: String) -> Bool { vocabulary.freeForms.contains(key) }

    /// Whether the value is a person's name.
    func isName(_ key: String) -> Bool { RedactionRules.names.contains(key) || vocabulary.names.contains(key) }

    /// Whether a value is an id, not a phone number, however many digits it has: redacted as a phone number, it would keep its first digits
    /// as country and area code.
    func isID(_ key: String, in parent: String = "") -> Bool {
        if RedactionRules.numbers.contains(key.lowercased()) { return false }
        let isCalledSo = ["id", "ids"].contains(key) || ["_id", "_ids", "-id", "Id", "ID", "Ids", "Sid"].contains(where: key.hasSuffix)
        return isCalledSo && !vocabulary.numbers.contains(key) && !vocabulary.numbers.contains("\(parent).\(key)")
    }

    /// Whether a value is a coordinate in degrees.
    func isCoordinate(_ key: String) -> Bool {
        let name = key.lowercased()
        return RedactionRules.coordinates.contains(name) || name.contains("latitude") || name.contains("longitude")
            || ["_lat", "_lng", "_lon"].contains(where: name.hasSuffix)
    }

    /// Whether a key may be shown: a word of letters, digits and signs without a number that could be somebody's.
    static func isHarmless(key: String) -> Bool { key.isPlainWord() }

    /// Whether a value at this key is a time, a count or a code.
    func isTimeOrCount(_ key: String) -> Bool { vocabulary.times.contains(key) || vocabulary.counts.contains(key) }

    /// Whether a number at this key may be somebody's, so that it gets the same fake everywhere in the delivery.
    func isLearned(_ key: String, in parent: String = "") -> Bool {
        !isID(key, in: parent) && !isTimeOrCount(key) && !isCoordinate(key)
    }

    /// Whether a value at this key is a readable time.
    func isTime(_ value: String, at key: String) -> Bool { vocabulary.times.contains(key) && RedactionRules.isTime(value) }

    /// Whether a value at this key is a word by which the adapter recognizes the kind of item, whatever digits it contains.
    func isWord(_ value: String, at key: String, in parent: String) -> Bool {
        (vocabulary.words.contains(key) || vocabulary.words.contains("\(parent).\(key)")) && value.isPlainWord(mostDigits: .max)
    }

    /// Whether a string may be shown at its key. `parent` is the enclosing key; `isOfContact` is true below `contacts`.
    func isHarmless(_ value: String, at key: String, in parent: String = "", isFree: Bool = false, isOfContact: Bool = false) -> Bool {
        if value.isEmpty { return true }
        guard !isFree else { return false }
        if vocabulary.times.contains(key) { return RedactionRules.isTime(value) }
        if isOfContact { return vocabulary.words.contains(key) && RedactionRules.contactLabels.contains(value.uppercased()) }
        return isWord(value, at: key, in: parent) && value.isPlainWord()
    }

    /// Whether a number may be shown at its key: a time, or a code or size of at most nine digits. Any other number, however short, may be
    /// somebody's PIN, year or place.
    func isHarmless(number: String, at key: String, isFree: Bool) -> Bool {
        if isFree { return false }
        let digits = number.utf8.count { (0x30...0x39).contains($0) }
        return vocabulary.counts.contains(key) && digits <= 9 || vocabulary.times.contains(key) && RedactionRules.isTime(number)
    }

    /// Whether the text is seconds or milliseconds from 2001 to 2033, or RFC 3339. Later seconds have the digits of North American numbers;
    /// earlier milliseconds have those of other numbers with country code.
    private static func isTime(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return Instant(rfc3339: text) != nil }
        return [10, 13].contains(text.utf8.count) && text.utf8.first == UInt8(ascii: "1")
    }
}

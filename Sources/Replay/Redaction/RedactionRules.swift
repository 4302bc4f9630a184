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
    private static let commonWords: Set<String> = ["http", "https", "www", "com", "mailto", "tel", "sip", "sips", "geo"]

    /// What a place is called, whoever the provider is. What has `latitude` or `longitude` in its name is one too.
    private static let coordinates: Set<String> = ["lat", "lng", "lon", "long", "latlng", "latlong", "coordinates"]

    /// Ids of WhatsApp's that are numbers of people, in whatever body they are.
    private static let numbers: Set<String> = ["wa_id", "waid", "wa-id"]

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
        if RedactionRules.numbers.contains(key.lowercased()) { return false }
        let isCalledSo = ["id", "ids"].contains(key) || ["_id", "_ids", "-id", "Id", "ID", "Ids", "Sid"].contains(where: key.hasSuffix)
        return isCalledSo && !vocabulary.numbers.contains(key) && !vocabulary.numbers.contains("\(parent).\(key)")
    }

    /// Whether a value is where something is, in degrees.
    func isCoordinate(_ key: String) -> Bool {
        let name = key.lowercased()
        return RedactionRules.coordinates.contains(name) || name.contains("latitude") || name.contains("longitude")
            || ["_lat", "_lng", "_lon"].contains(where: name.hasSuffix)
    }

    /// Whether a key may be shown: a word of letters, digits and signs without a number in it that could be somebody's.
    static func isHarmless(key: String) -> Bool { key.isPlainWord() }

    /// Whether a value at this key says when something happened, or counts or classifies it.
    func isTimeOrCount(_ key: String) -> Bool { vocabulary.times.contains(key) || vocabulary.counts.contains(key) }

    /// Whether a number at this key may be somebody's, whose fakes stand wherever else it is.
    func isLearned(_ key: String, in parent: String = "") -> Bool {
        !isID(key, in: parent) && !isTimeOrCount(key) && !isCoordinate(key)
    }

    /// Whether a value at this key is a time that is read.
    func isTime(_ value: String, at key: String) -> Bool { vocabulary.times.contains(key) && RedactionRules.isTime(value) }

    /// Whether a value at this key is a word by which the adapter tells what an item is, whatever digits are in it.
    func isWord(_ value: String, at key: String, in parent: String) -> Bool {
        (vocabulary.words.contains(key) || vocabulary.words.contains("\(parent).\(key)")) && value.isPlainWord(mostDigits: .max)
    }

    /// Whether a string may be shown at its key. `parent` is the key around it, `isOfContact` whether it is below `contacts`.
    func isHarmless(_ value: String, at key: String, in parent: String = "", isFree: Bool = false, isOfContact: Bool = false) -> Bool {
        if value.isEmpty { return true }
        guard !isFree else { return false }
        if vocabulary.times.contains(key) { return RedactionRules.isTime(value) }
        if isOfContact { return vocabulary.words.contains(key) && RedactionRules.contactLabels.contains(value.uppercased()) }
        return isWord(value, at: key, in: parent) && value.isPlainWord()
    }

    /// Whether a number may be shown at its key: a time or a code. However short it is it may be somebody's: a PIN, a year, a place. A code
    /// or a size has at most nine digits.
    func isHarmless(number: String, at key: String, isFree: Bool) -> Bool {
        if isFree { return false }
        let digits = number.utf8.count { (0x30...0x39).contains($0) }
        return vocabulary.counts.contains(key) && digits <= 9 || vocabulary.times.contains(key) && RedactionRules.isTime(number)
    }

    /// Seconds or milliseconds from 2001 to 2033, or RFC 3339. What follows has the digits of North America's numbers, and milliseconds
    /// before have those of others with their country code.
    private static func isTime(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return Instant(rfc3339: text) != nil }
        return [10, 13].contains(text.utf8.count) && text.utf8.first == UInt8(ascii: "1")
    }
}

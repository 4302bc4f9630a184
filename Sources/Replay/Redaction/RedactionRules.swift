import Messaging

/// What of a body is known to be harmless: everything else is replaced.
enum RedactionRules {
    /// Whose values are words of a provider's vocabulary, by which adapters tell what an item is.
    private static let vocabulary: Set<String> = [
        "object", "field", "messaging_product", "type", "status", "event", "direction", "mime_type", "category", "pricing_model",
        "recipient_type", "specversion", "datacontenttype", "action",
    ]

    /// Whose values are times.
    private static let times: Set<String> = [
        "time", "timestamp", "creation_timestamp", "expiration_timestamp", "start_time", "end_time", "received_at", "occurred_at",
    ]

    /// Whose numbers count or classify.
    private static let counts: Set<String> = [
        "code", "error_subcode", "file_size", "phase", "chunk_order", "progress", "index", "quantity",
    ]

    /// Whose values are what people are called.
    private static let names: Set<String> = [
        "name", "formatted_name", "first_name", "last_name", "middle_name", "username", "display_name", "verified_name", "company",
    ]

    /// Under which a client or a business keeps what it likes, so that no key tells anything.
    private static let freeForms: Set<String> = ["data", "response_json", "params", "metadata_json"]

    /// What phones, addresses and links of a shared contact are called by themselves; all else its sender made up.
    private static let contactLabels: Set<String> = [
        "HOME", "WORK", "CELL", "MOBILE", "MAIN", "IPHONE", "OTHER", "FAX", "PAGER", "VOICE", "INTERNET", "PREF", "BUSINESS", "PERSONAL",
        "SCHOOL",
    ]

    /// Words that many values begin with or have in them, and that say nothing of anybody.
    static let harmlessWords: Set<String> = ["wamid", "http", "https", "www", "com", "mailto", "tel"]

    /// Whether below this key nothing is known.
    static func isFreeForm(_ key: String) -> Bool { freeForms.contains(key) }

    static func isName(_ key: String) -> Bool { names.contains(key) }

    /// Whether a key may be shown: a word of letters, digits and signs without a number in it that could be somebody's.
    static func isHarmless(key: String) -> Bool { isWord(key) }

    /// Whether a string may be shown at its key. `parent` is the key around it, `isOfContact` whether it is below `contacts`.
    static func isHarmless(_ value: String, at key: String, in parent: String, isFree: Bool, isOfContact: Bool = false) -> Bool {
        if value.isEmpty { return true }
        guard !isFree else { return false }
        if times.contains(key) { return isTime(value) }
        if isOfContact { return vocabulary.contains(key) && contactLabels.contains(value.uppercased()) }
        if vocabulary.contains(key) || (key == "value" && parent == "user_preferences") { return isWord(value) }
        return false
    }

    /// Whether a number may be shown at its key: a time, a code, or one too short to be anybody's. Where keys tell nothing, a PIN is short.
    static func isHarmless(number: String, at key: String, isFree: Bool) -> Bool {
        if isFree { return false }
        let digits = number.utf8.filter { (0x30...0x39).contains($0) }.count
        if digits < 5 { return true }
        return counts.contains(key) || (times.contains(key) && (isTime(number) || digits > 15))
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

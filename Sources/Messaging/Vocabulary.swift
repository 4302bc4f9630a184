/// The parts of a provider's bodies that reveal nothing about a person, as JSON keys or names of form fields: redaction leaves them and
/// replaces everything else by fakes. `parent.key` is a key in one object only.
public struct Vocabulary: Sendable {
    /// Keys whose values are the provider's words, by which the adapter recognizes an item.
    public let words: Set<String>
    /// Keys whose values are times.
    public let times: Set<String>
    /// Keys whose numbers are counts or codes, however long.
    public let counts: Set<String>
    /// Keys whose values are people's names: each word of a name gets the same fake everywhere.
    public let names: Set<String>
    /// Keys of objects whose contents a client or a business chooses, so that no key in them says anything.
    public let freeForms: Set<String>
    /// Keys whose values are people's numbers although they are called ids: `wa_id`. No other id is treated as a number.
    public let numbers: Set<String>
    /// Words that many values begin with or contain: `wamid`, `whatsapp`.
    public let commonWords: Set<String>

    /// Creates a vocabulary; redaction leaves nothing that it does not name.
    public init(
        words: Set<String> = [], times: Set<String> = [], counts: Set<String> = [], names: Set<String> = [], freeForms: Set<String> = [],
        numbers: Set<String> = [], commonWords: Set<String> = []
    ) {
        self.words = words
        self.times = times
        self.counts = counts
        self.names = names
        self.freeForms = freeForms
        self.numbers = numbers
        self.commonWords = commonWords
    }
}

/// What of a provider's bodies says nothing of anybody, by the keys of JSON or the names of a form: redaction leaves it and makes fakes of all
/// else. `parent.key` is a key within one object alone.
public struct Vocabulary: Sendable {
    /// Whose values are words of the provider's, by which the adapter tells what an item is.
    public let words: Set<String>
    /// Whose values are times.
    public let times: Set<String>
    /// Whose numbers count or classify, however long.
    public let counts: Set<String>
    /// Whose values are what people are called: their words are the same fakes wherever else they stand.
    public let names: Set<String>
    /// Below which a client or a business keeps what it likes, so that no key tells anything.
    public let freeForms: Set<String>
    /// Whose values are numbers of people although they are called ids: `wa_id`. No other id is taken for a number.
    public let numbers: Set<String>
    /// Words that many values begin with or have in them: `wamid`, `whatsapp`.
    public let commonWords: Set<String>

    /// Nothing that is not named is left.
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

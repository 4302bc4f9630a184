/// The stored items of a model: the content stored under each id, and the fate of further items.
struct ModelItems {
    private var items: [String: Stored] = [:]

    private struct Stored {
        /// The content of the row.
        var row: String
        /// Other contents that arrived, or that the row had before.
        var others: Set<String> = []
        var isPlaceholder: Bool
        var isInSession: Bool
    }

    /// The fate of an item.
    enum Fate: Hashable { case new, completing, duplicate, differing }

    /// The content of an item, and how it relates to a stored message.
    struct Words {
        var text = ""
        var isPlaceholder = false
        var isInSession = true
    }

    /// Stores an item; `hasEffect` says whether its row is new, or was in no session.
    mutating func take(_ key: String, _ words: Words) -> (fate: Fate, hasEffect: Bool) {
        guard var stored = items[key] else {
            items[key] = Stored(row: words.text, isPlaceholder: words.isPlaceholder, isInSession: words.isInSession)
            return (.new, true)
        }
        defer { items[key] = stored }
        if words.isPlaceholder { return (.duplicate, false) }
        if stored.isPlaceholder || words.isInSession && !stored.isInSession {
            let wasInSession = stored.isInSession
            stored.others.insert(stored.row)
            stored.row = words.text
            stored.isPlaceholder = false
            stored.isInSession = wasInSession || words.isInSession
            return (.completing, !wasInSession)
        }
        if stored.row == words.text { return (.duplicate, false) }
        return (stored.others.insert(words.text).inserted ? .differing : .duplicate, false)
    }
}

extension [ModelItems.Fate] {
    /// The counts in the form of a receipt.
    func receipt(rejected: Int) -> String {
        func count(_ fates: Element...) -> Int { filter { fates.contains($0) }.count }
        return "accepted \(count(.new, .completing)) duplicates \(count(.duplicate)) rejected \(rejected) differing \(count(.differing))"
    }
}

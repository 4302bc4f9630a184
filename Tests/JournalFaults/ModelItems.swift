/// What of a model's items is stored: what was said under each id, and what becomes of what is said next.
struct ModelItems {
    private var items: [String: Stored] = [:]

    private struct Stored {
        /// What the row says.
        var row: String
        /// What else was said, or was in the row before.
        var others: Set<String> = []
        var isPlaceholder: Bool
        var isInSession: Bool
    }

    /// What becomes of an item.
    enum Fate: Hashable { case new, completing, duplicate, differing }

    /// What an item says, and what it is to a message that is stored.
    struct Words {
        var text = ""
        var isPlaceholder = false
        var isInSession = true
    }

    /// Takes an item; `hasEffect` is whether its row is new, or was in no session.
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
    /// As a receipt says it.
    func receipt(rejected: Int) -> String {
        func count(_ fates: Element...) -> Int { filter { fates.contains($0) }.count }
        return "accepted \(count(.new, .completing)) duplicates \(count(.duplicate)) rejected \(rejected) differing \(count(.differing))"
    }
}

import Messaging

/// What the database said about tokens a moment ago, so that it is not asked again at once. At most two generations of some thousand tokens.
struct LookupMemory: Sendable {
    /// What a token leads to.
    enum Finding: Sendable, Equatable {
        /// A live session; it is in the journal, under its own token.
        case session(Secret)
        /// Nobody has it, or its session is over.
        case nobody
    }

    private let capacity: Int
    private var young: [Secret: Entry] = [:]
    private var old: [Secret: Entry] = [:]

    private struct Entry {
        let finding: Finding
        let at: Instant
    }

    /// For so long a token that was ended elsewhere is good here yet.
    static let lifetime: Duration = .seconds(1)

    /// `capacity` is the most tokens in a generation: about 100 bytes each.
    init(capacity: Int = 4096) { self.capacity = capacity }

    /// Nil where nothing is known, or not since long enough ago; a clock that was set back has forgotten everything.
    func finding(_ token: Secret, at now: Instant) -> Finding? {
        guard let entry = young[token] ?? old[token], now >= entry.at, now < entry.at.adding(Self.lifetime) else { return nil }
        return entry.finding
    }

    mutating func keep(_ finding: Finding, of token: Secret, at now: Instant) {
        if young.count >= capacity {
            old = young
            young = [:]
        }
        young[token] = Entry(finding: finding, at: now)
    }
}

import Messaging

/// A cache of the database's recent answers about tokens. At most two generations of some thousand tokens.
struct LookupMemory: Sendable {
    /// The result of a token's lookup.
    enum Finding: Sendable, Equatable {
        /// A live session, which the journal has; the value is the session's own token.
        case session(Secret)
        /// No session has the token, or its session has ended.
        case nobody
    }

    private let capacity: Int
    private var young: [Secret: Entry] = [:]
    private var old: [Secret: Entry] = [:]

    private struct Entry {
        let finding: Finding
        let at: Instant
    }

    /// The lifetime of an answer: a token that was ended elsewhere is accepted here for at most this time.
    static let lifetime: Duration = .seconds(1)

    /// `capacity` is the largest number of tokens per generation, about 100 bytes each.
    init(capacity: Int = 4096) { self.capacity = capacity }

    /// The cached answer; nil if there is none, or it is too old, or the clock was set back.
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

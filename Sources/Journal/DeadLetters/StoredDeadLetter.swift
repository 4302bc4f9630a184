import Messaging

/// A dead letter as it is stored, with what came of it.
public struct StoredDeadLetter: Sendable, Equatable {
    public var id: DeadLetterID
    /// Its place in the order of all commits, that of its settlement where it was settled.
    public var position: Int64
    public var letter: DeadLetter
    /// How often the same came.
    public var occurrences: Int
    /// When it came last.
    public var lastSeenAt: Instant
    /// When somebody settled it; nil where nobody has.
    public var resolvedAt: Instant?
    /// What makes it one: a repetition has the same.
    var fingerprint: String

    static let columns =
        "seq, dead_letter_id, stage, reason, detail, delivery_id, record, created_at, resolved_at, occurrences, last_seen_at, fingerprint"

    /// A row of `columns`; nil where a value is not what the schema says.
    init?(_ row: ColumnReader) {
        guard let id: DeadLetterID = row.id(1), let stage = row.string(2).flatMap({ DeadLetter.Stage(rawValue: $0) }),
            let createdAt = row.instant(7)
        else { return nil }
        self.id = id
        position = row.integer(0)
        letter = DeadLetter(
            stage: stage, reason: row.string(3) ?? "", detail: row.string(4), deliveryID: row.id(5), record: row.string(6) ?? "",
            createdAt: createdAt)
        resolvedAt = row.instant(8)
        occurrences = Int(row.integer(9))
        lastSeenAt = row.instant(10) ?? createdAt
        fingerprint = row.string(11) ?? ""
    }
}

/// Which dead letters somebody asks for.
public struct DeadLetterFilter: Sendable, Equatable {
    public var stage: DeadLetter.Stage?
    /// Those that came first then or later.
    public var since: Instant?
    /// Whether settled ones are wanted too.
    public var includesSettled: Bool

    /// All that nobody has settled, unless told.
    public init(stage: DeadLetter.Stage? = nil, since: Instant? = nil, includesSettled: Bool = false) {
        self.stage = stage
        self.since = since
        self.includesSettled = includesSettled
    }
}

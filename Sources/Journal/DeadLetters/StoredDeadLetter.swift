import Messaging
import SQLiteStore

/// A dead letter as it is stored, with what came of it.
public struct StoredDeadLetter: Sendable, Equatable {
    public var id: DeadLetterID
    /// The number of the commit that stored it; once it was resolved or discarded, of the commit that did so.
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
        guard let id: DeadLetterID = row.id("dead_letter_id"),
            let stage = row.string("stage").flatMap({ DeadLetter.Stage(rawValue: $0) }), let createdAt = row.instant("created_at")
        else { return nil }
        self.id = id
        position = row.integer("seq")
        letter = DeadLetter(
            stage: stage, reason: row.string("reason") ?? "", detail: row.string("detail"), deliveryID: row.id("delivery_id"),
            record: row.string("record") ?? "", createdAt: createdAt)
        resolvedAt = row.instant("resolved_at")
        occurrences = Int(row.integer("occurrences"))
        lastSeenAt = row.instant("last_seen_at") ?? createdAt
        fingerprint = row.string("fingerprint") ?? ""
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

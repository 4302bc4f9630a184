import Messaging
import SQLiteStore

/// A dead letter as it is stored, with its repetitions and its resolution.
public struct StoredDeadLetter: Sendable, Equatable {
    public var id: DeadLetterID
    /// The number of the commit that stored it; once it was resolved or discarded, of the commit that did so.
    public var position: Int64
    public var letter: DeadLetter
    /// How often the same item or row occurred.
    public var occurrences: Int
    /// When it last occurred.
    public var lastSeenAt: Instant
    /// When it was resolved; nil if it is not.
    public var resolvedAt: Instant?
    /// Identifies its item or row: a repetition has the same fingerprint.
    var fingerprint: String

    static let columns =
        "seq, dead_letter_id, stage, reason, detail, delivery_id, record, created_at, resolved_at, occurrences, last_seen_at, fingerprint"

    /// Reads a row of `columns`; nil if a value violates the schema.
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

/// Selects dead letters.
public struct DeadLetterFilter: Sendable, Equatable {
    public var stage: DeadLetter.Stage?
    /// Only those that first occurred at this time or later.
    public var since: Instant?
    /// Only those with exactly this reason.
    public var reason: String?
    /// Only those that were made before this one.
    public var before: DeadLetterID?
    /// Whether resolved ones are included.
    public var includesSettled: Bool

    /// All unresolved ones by default.
    public init(
        stage: DeadLetter.Stage? = nil, since: Instant? = nil, reason: String? = nil, before: DeadLetterID? = nil,
        includesSettled: Bool = false
    ) {
        self.stage = stage
        self.reason = reason
        self.before = before
        self.since = since
        self.includesSettled = includesSettled
    }
}

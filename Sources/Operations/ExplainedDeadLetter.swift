public import JSON
public import Journal
import Messaging
public import Supabase

/// A dead letter with what its reason means and what to do about it.
public struct ExplainedDeadLetter: Presentable, Equatable {
    /// The letter.
    public let letter: StoredDeadLetter
    private let schema: SchemaName
    private let showsRecord: Bool

    /// `schema` is that of the database's tables; with `showsRecord` the JSON includes the masked record.
    public init(_ letter: StoredDeadLetter, schema: SchemaName, showsRecord: Bool = false) {
        self.letter = letter
        self.schema = schema
        self.showsRecord = showsRecord
    }

    /// Writes the letter; what it does not have is null.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("dead_letter_id", letter.id.description)
            object.member("stage", letter.letter.stage.rawValue)
            object.member("reason", letter.letter.reason)
            object.member("explanation", letter.letter.stage.explanation(of: letter.letter.reason, in: schema))
            object.member("detail", orNull: letter.letter.detail)
            object.member("created_at", letter.letter.createdAt.description)
            object.member("last_seen_at", letter.lastSeenAt.description)
            object.member("occurrences", letter.occurrences)
            object.member("delivery_id", orNull: letter.letter.deliveryID?.description)
            object.member("resolved_at", orNull: letter.resolvedAt?.description)
            if showsRecord { object.member("record", raw: letter.maskedRecord) }
        }
    }
}

/// A reason that several dead letters share, with what it means.
public struct ExplainedReason: Presentable, Equatable {
    /// The reason and its letters.
    public let reason: DeadLetterReason
    private let schema: SchemaName

    /// `schema` is that of the database's tables.
    public init(_ reason: DeadLetterReason, schema: SchemaName) {
        self.reason = reason
        self.schema = schema
    }

    /// Writes `{"stage":…,"reason":…,"explanation":…,"count":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("stage", reason.stage.rawValue)
            object.member("reason", reason.reason)
            object.member("explanation", reason.stage.explanation(of: reason.reason, in: schema))
            object.member("count", reason.count)
        }
    }
}

extension DeadLetter.Stage {
    /// What a letter's reason means, and what to do about it.
    fileprivate func explanation(of reason: String, in schema: SchemaName) -> String {
        switch self {
        case .normalize:
            "the adapter could not read this item, so it is kept but no message was stored from it. Retry it after an update of Switchboard; "
                + "discard it if it needs no attention"
        case .sync:
            "the database refused this row for good; it is stored in the journal. \(CallFailure(reasonOfLetter: reason).advice)"
        }
    }
}

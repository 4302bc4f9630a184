public import JSON
public import Journal
public import Messaging

// `JournalReader.deadLetters` and `JournalReader.deadLetter` list and show them.
extension StoredDeadLetter: Presentable {
    /// The record without the token of the session that it names.
    public var maskedRecord: String {
        letter.record.replacing(/"session_token":"[^"]*"/, with: #""session_token":"•••""#)
    }

    /// Writes the letter with its record, in which tokens are masked.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("dead_letter_id", id.description)
            line.member("stage", letter.stage.rawValue)
            line.member("reason", letter.reason)
            line.member("detail", ifPresent: letter.detail)
            line.member("delivery_id", ifPresent: letter.deliveryID?.description)
            line.member("created_at", letter.createdAt.description)
            line.member("last_seen_at", lastSeenAt.description)
            line.member("occurrences", occurrences)
            line.member("resolved_at", ifPresent: resolvedAt?.description)
            line.member("record", raw: maskedRecord)
        }
    }
}

extension Journal {
    /// Resolves dead letters without a retry; those that are resolved already, or not there, are left out of the count.
    public func dropDeadLetters(_ ids: [DeadLetterID]) async throws(JournalError) -> DroppedDeadLetters {
        DroppedDeadLetters(count: try await settle(ids), asked: ids.count)
    }
}

/// What became of dead letters that were to be dropped.
public struct DroppedDeadLetters: Presentable, Equatable {
    /// How many were dropped.
    public let count: Int
    /// How many were named.
    public let asked: Int

    /// Writes `{"dropped":2,"asked":3}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("dropped", count)
            object.member("asked", asked)
        }
    }
}

public import JSON
public import Journal
public import Messaging

// `JournalReader.deadLetters` and `JournalReader.deadLetter` list and show them.
extension StoredDeadLetter: Presentable {
    /// The record with the session's token masked.
    public var maskedRecord: String {
        letter.record.replacing(/"session_token":"[^"]*"/, with: #""session_token":"•••""#)
    }

    /// Writes the letter with its masked record.
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
    /// Resolves dead letters without a retry; the count excludes letters that are already resolved or do not exist.
    public func dropDeadLetters(_ ids: [DeadLetterID]) async throws(JournalError) -> DroppedDeadLetters {
        DroppedDeadLetters(count: try await settle(ids), asked: ids.count)
    }
}

/// The result of dropping dead letters.
public struct DroppedDeadLetters: Presentable, Equatable {
    /// The number of dropped letters.
    public let count: Int
    /// The number of ids given.
    public let asked: Int

    /// Writes `{"dropped":2,"asked":3}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("dropped", count)
            object.member("asked", asked)
        }
    }
}

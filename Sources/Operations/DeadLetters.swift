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

    /// The same for all unresolved dead letters, or those of a stage and with a reason. Letters that arrive while it runs stay.
    public func dropAllDeadLetters(
        of stage: DeadLetter.Stage? = nil, reason: String? = nil
    ) async throws(JournalError) -> DroppedDeadLetters {
        let filter = DeadLetterFilter(stage: stage, reason: reason)
        let end = try await reader.deadLetters(filter, limit: 1).first?.position ?? 0
        var (position, count, asked): (Int64, Int, Int) = (0, 0, 0)
        // In small transactions, so that the deliveries of a running gateway do not wait.
        while position < end {
            let page = try await reader.deadLetters(filter, after: position, limit: 500)
            let letters = page.filter { $0.position <= end }
            count += try await settle(letters.map(\.id))
            asked += letters.count
            position = page.last?.position ?? end
        }
        return DroppedDeadLetters(count: count, asked: asked)
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

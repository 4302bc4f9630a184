import JSON
import Journal
import Logging
import Messaging
import PhoneNumbers

/// The lines that tell an operator what became of a batch; tokens, phones and what people wrote are masked.
struct SyncLog: Sendable {
    let logger: Logger

    func attempt(_ batch: IngestBatch, _ number: Int) {
        logger.debug(
            "attempt to save to Supabase",
            metadata: ["sync.batch": "\(batch.id)", "sync.rows": "\(batch.items.count)", "sync.attempt": "\(number)"])
    }

    func saved(_ batch: IngestBatch, stored: Int) {
        logger.debug(
            "saved to Supabase",
            metadata: ["sync.batch": "\(batch.id)", "sync.rows": "\(batch.items.count)", "sync.stored": "\(stored)"])
    }

    /// The first failure of a row of failures is told to the operator, those that follow to whoever debugs.
    func failed(_ failure: CallFailure, _ batch: IngestBatch, attempt: Int, isNews: Bool) {
        let level: Logger.Level = isNews ? (failure.disposition == .retry ? .warning : .error) : .debug
        logger.log(
            level: level, "could not save to Supabase",
            metadata: details(of: failure).merging([
                "sync.batch": "\(batch.id)", "sync.rows": "\(batch.items.count)", "sync.attempt": "\(attempt)",
                "sync.record": "\(batch.items.first.map(MaskedRecord.text) ?? "")",
            ]) { $1 })
    }

    /// The one row that the database does not take.
    func refused(_ failure: CallFailure, _ item: OutboxItem) {
        logger.error(
            "Supabase refuses a record for good: it is kept as a dead letter",
            metadata: details(of: failure).merging([
                "sync.record": "\(MaskedRecord.text(item))", "delivery.id": "\(item.deliveryID.map(\.description) ?? "")",
            ]) { $1 })
    }

    func recovered(from failure: SyncHealth.Failure, at now: Instant) {
        logger.notice(
            "Supabase takes records again",
            metadata: ["sync.failure": "\(failure.reason)", "sync.seconds": "\(now.since(failure.since).components.seconds)"])
    }

    private func details(of failure: CallFailure) -> Logger.Metadata {
        var details: Logger.Metadata = [
            "sync.failure": "\(MaskedRecord.masked(failure.description))", "advice": "\(failure.advice)",
        ]
        if let status = failure.status { details["http.status"] = "\(status)" }
        if let body = failure.body { details["sync.body"] = "\(MaskedRecord.masked(body))" }
        return details
    }
}

/// A record as a log may show it.
enum MaskedRecord {
    /// The row and its session as JSON: tokens are hidden, phones are masked, of what people wrote only the length is told.
    static func text(_ item: OutboxItem) -> String {
        let session = item.session.map { ",\"session\":\(masked($0.record))" } ?? ""
        return "{\"\(item.kind.rawValue)\":\(masked(item.record))\(session)}"
    }

    private static let hidden: Set<String> = ["session_token"]
    private static let lengthOnly: Set<String> = [
        "text", "content", "context", "data", "metadata", "display_name", "record", "errors", "detail",
    ]

    private static func masked(_ record: [UInt8]) -> String {
        guard let json = try? JSON(parsing: record) else { return "(\(record.count) bytes)" }
        var writer = JSONWriter()
        writer.object { masked in
            for (name, value) in json.members {
                let text = value.string ?? value.text ?? ""
                switch name {
                case _ where hidden.contains(name): masked.member(name, "•••")
                case _ where lengthOnly.contains(name): masked.member(name, "(\(text.utf8.count) bytes)")
                case "message_id", "session_id", "contact_id", "event_id", "delivery_id", "dead_letter_id": masked.member(name, text)
                case _ where name.hasSuffix("_at") || name == "last_activity": masked.member(name, text)
                default: masked.member(name, self.masked(text))
                }
            }
        }
        return writer.text
    }

    /// A text with everything in it that may be a phone number masked: eight digits or more in a row.
    static func masked(_ text: String) -> String {
        var result = ""
        var digits = ""
        func flush() {
            result += digits.count >= 8 ? PhoneNumber.mask(digits) : digits
            digits = ""
        }
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
            } else {
                flush()
                result.append(character)
            }
        }
        flush()
        return result
    }
}

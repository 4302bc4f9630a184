import Journal
import Logging
import Messaging
import Relay

/// The log lines about batches; tokens, phones and what people wrote are masked.
struct SyncLog: Sendable {
    let logger: Logger

    func attempt(_ batch: IngestBatch, _ number: Int) {
        logger.debug(
            "attempt to save to Supabase",
            metadata: [
                "sync.batch": "\(batch.id)", "sync.rows": .stringConvertible(batch.items.count), "sync.attempt": .stringConvertible(number),
            ])
    }

    func saved(_ batch: IngestBatch, stored: Int) {
        logger.debug(
            "saved to Supabase",
            metadata: [
                "sync.batch": "\(batch.id)", "sync.rows": .stringConvertible(batch.items.count), "sync.stored": .stringConvertible(stored),
            ])
    }

    /// Logs the first failure of a sequence as a warning or error, the following ones at debug level.
    func failed(_ failure: CallFailure, _ batch: IngestBatch, attempt: Int, isNews: Bool) {
        let level: Logger.Level = isNews ? (failure.disposition == .retry ? .warning : .error) : .debug
        logger.log(
            level: level, "could not save to Supabase",
            metadata: details(of: failure).merging([
                "sync.batch": "\(batch.id)", "sync.rows": .stringConvertible(batch.items.count),
                "sync.attempt": .stringConvertible(attempt),
                "sync.record": "\(batch.items.first.map(MaskedRecord.text) ?? "")",
            ]) { $1 })
    }

    /// Logs the one row that the database refuses.
    func refused(_ failure: CallFailure, _ item: OutboxItem) {
        logger.error(
            "Supabase rejected a record: it is kept as a dead letter",
            metadata: details(of: failure).merging([
                "sync.record": "\(MaskedRecord.text(item))", "delivery.id": "\(item.deliveryID.map(\.description) ?? "")",
            ]) { $1 })
    }

    /// Logs that the database refuses all records of a kind, which therefore wait.
    func refusesAll(_ failure: CallFailure, _ item: OutboxItem) {
        logger.error(
            "Supabase rejects every record of one kind for the same reason: these records wait in the journal until Supabase accepts them",
            metadata: details(of: failure).merging(["sync.kind": "\(item.kind.rawValue)", "sync.record": "\(MaskedRecord.text(item))"]) {
                $1
            }
        )
    }

    /// Logs a fault of the database's tables, functions or permissions.
    func found(_ finding: Finding) {
        logger.log(
            level: finding.level == .fail ? .error : .warning,
            "the database is not as Switchboard needs it", metadata: ["finding": "\(finding.message)", "advice": "\(finding.advice ?? "")"])
    }

    /// Logs that batches are halved.
    func isSmaller(_ failure: CallFailure) {
        logger.warning("Supabase takes too long for a batch: smaller batches are sent", metadata: details(of: failure))
    }

    /// Logs that batches have their full size again.
    func isWhole() { logger.notice("Supabase stores full batches in time again") }

    func recovered(from failure: SyncHealth.Failure, at now: Instant) {
        logger.notice(
            "Supabase accepts records again",
            metadata: [
                "sync.past_failure": "\(failure.reason)", "sync.seconds": .stringConvertible(now.since(failure.since).components.seconds),
            ])
    }

    private func details(of failure: CallFailure) -> Logger.Metadata {
        var details: Logger.Metadata = [
            "sync.failure": "\(MaskedRecord.masked(failure.description))", "advice": "\(failure.advice)",
        ]
        if let status = failure.status { details["http.status"] = .stringConvertible(status) }
        if let shape = failure.shape { details["sync.answer"] = "\(shape)" }
        return details
    }
}

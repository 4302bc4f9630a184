import Journal
import Logging
import Messaging
import Relay

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
            "Supabase rejected a record: it is kept as a dead letter",
            metadata: details(of: failure).merging([
                "sync.record": "\(MaskedRecord.text(item))", "delivery.id": "\(item.deliveryID.map(\.description) ?? "")",
            ]) { $1 })
    }

    /// The database refuses all records of a kind: they wait.
    func refusesAll(_ failure: CallFailure, _ item: OutboxItem) {
        logger.error(
            "Supabase rejects every record of one kind for the same reason: these records wait in the journal until Supabase accepts them",
            metadata: details(of: failure).merging(["sync.kind": "\(item.kind.rawValue)", "sync.record": "\(MaskedRecord.text(item))"]) {
                $1
            }
        )
    }

    /// What is wrong with the database's tables, functions and rights.
    func found(_ finding: Finding) {
        logger.log(
            level: finding.level == .fail ? .error : .warning,
            "the database is not as Switchboard needs it", metadata: ["finding": "\(finding.message)", "advice": "\(finding.advice ?? "")"])
    }

    /// Batches are halved.
    func isSmaller(_ failure: CallFailure) {
        logger.warning("Supabase takes too long for a batch: smaller batches are sent", metadata: details(of: failure))
    }

    /// Batches are as large as they may be again.
    func isWhole() { logger.notice("Supabase stores full batches in time again") }

    func recovered(from failure: SyncHealth.Failure, at now: Instant) {
        logger.notice(
            "Supabase accepts records again",
            metadata: ["sync.failure": "\(failure.reason)", "sync.seconds": "\(now.since(failure.since).components.seconds)"])
    }

    private func details(of failure: CallFailure) -> Logger.Metadata {
        var details: Logger.Metadata = [
            "sync.failure": "\(MaskedRecord.masked(failure.description))", "advice": "\(failure.advice)",
        ]
        if let status = failure.status { details["http.status"] = "\(status)" }
        if let shape = failure.shape { details["sync.answer"] = "\(shape)" }
        return details
    }
}

import Journal
import Relay

extension CallFailure {
    /// The answer is not all there: what was sent may be stored.
    static func incomplete(_ reply: [UInt8]) -> CallFailure {
        CallFailure(
            .retry, code: "incomplete", message: "the answer is not that of switchboard_ingest, or lacks rows",
            body: String(decoding: reply.prefix(2048), as: UTF8.self), isOutcomeUnknown: true)
    }

    /// It is stored, and the journal could not take over the answer.
    static func notAdopted(_ error: JournalError) -> CallFailure {
        CallFailure(.retry, code: "journal", message: "the answer could not be taken over: \(error)")
    }
}

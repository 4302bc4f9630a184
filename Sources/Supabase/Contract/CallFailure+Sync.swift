import Journal
import Relay

extension CallFailure {
    /// Whether the other side took too long over it, so that less may pass: a statement's time-out, a gateway's, or our own. A connection that was
    /// not made in time says nothing of what was to be sent.
    public var isTimeOut: Bool {
        code == "57014" || code == "timed out" && isOutcomeUnknown || status.map { [408, 504, 520, 522, 524].contains($0) } == true
    }

    /// Whether the database had the rows, so that one of them may be at fault, whatever the code says: a function of the project's own raises what it
    /// likes, and by REST nobody tells that it did.
    var mayBeOfRow: Bool { !isOfConnecting && (SQLState(code) != nil || status != nil || isOutcomeUnknown) }

    /// The same of the one row that is given up for it.
    var ofRow: CallFailure {
        var failure = self
        failure.disposition = .permanent
        return failure
    }

    /// Whether the database, or what lets callers in to it, answered and refused the caller, the call or what was in it: it is reached, and somebody
    /// has to fix something. A project that is paused or restricted (402, 540) has no database that answers.
    public var isRefusal: Bool {
        guard disposition != .retry else { return false }
        return switch status {
        case 402, 540: false
        case 401, 403: true
        default: code.hasPrefix("PGRST") || SQLState(code) != nil
        }
    }

    /// The answer is not all there: what was sent may be stored.
    static func incomplete(_ reply: [UInt8]) -> CallFailure {
        CallFailure(
            .retry, code: "incomplete", message: "the answer is not that of switchboard_ingest, or lacks rows",
            shape: AnswerShape(reply).description, isOutcomeUnknown: true)
    }

    /// It is stored, and the journal could not take over the answer.
    static func notAdopted(_ error: JournalError) -> CallFailure {
        CallFailure(.retry, code: "journal", message: "the answer could not be taken over: \(error)")
    }
}

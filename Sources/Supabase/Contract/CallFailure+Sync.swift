import Journal
import Relay

extension CallFailure {
    /// Whether a statement's time-out, a gateway's or our own ended the call, so that a smaller one may succeed. A time-out while
    /// connecting does not count, since it says nothing about the size of the call.
    public var isTimeOut: Bool {
        code == "57014" || code == "timed out" && isOutcomeUnknown || status.map { [408, 504, 520, 522, 524].contains($0) } == true
    }

    /// Whether the database received the rows, so that one of them may be at fault, whatever the code: a function of the project's own can
    /// raise any code, and PostgREST does not report that one did.
    var mayBeOfRow: Bool { !isOfConnecting && (SQLState(code) != nil || status != nil || isOutcomeUnknown) }

    /// The same failure, as the permanent reason for giving up one row.
    var ofRow: CallFailure {
        var failure = self
        failure.disposition = .permanent
        return failure
    }

    /// Whether the database, or a server in front of it, answered and refused the caller, the call or its content: somebody has to fix
    /// something. A paused or restricted project (402, 540) has no database that answers.
    public var isRefusal: Bool {
        guard disposition != .retry else { return false }
        return switch status {
        case 402, 540: false
        case 401, 403: true
        default: code.hasPrefix("PGRST") || SQLState(code) != nil
        }
    }

    /// The answer is incomplete: the rows may be stored.
    static func incomplete(_ reply: [UInt8]) -> CallFailure {
        CallFailure(
            .retry, code: "incomplete", message: "the answer is not that of switchboard_ingest, or lacks rows",
            shape: AnswerShape(reply).description, isOutcomeUnknown: true)
    }

    /// The rows are stored, but the journal could not apply the answer.
    static func notAdopted(_ error: JournalError) -> CallFailure {
        CallFailure(.retry, code: "journal", message: "the answer could not be taken over: \(error)")
    }
}

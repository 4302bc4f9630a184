import ArgumentParser
import Journal
import Operations

/// Counts the results of retried dead letters, for the last line and the exit code.
struct RetryTally {
    private var resolved = 0
    private var resolvedBefore = 0
    private var unresolved = 0
    private var failed = 0
    private var unknown = 0

    mutating func count(_ outcome: DeadLetterRetry.Outcome) {
        switch outcome {
        case .resolved: resolved += 1
        case .resolvedBefore: resolvedBefore += 1
        case .failed: unresolved += 1
        case .unavailable: failed += 1
        case .unknown: unknown += 1
        }
    }

    /// `3 dead letters: 2 resolved, 1 not resolved`; `stage` is the one given by the user.
    func text(of stage: DeadLetter.Stage?) -> String {
        let parts = [
            (resolved, "resolved"), (unresolved, "not resolved"), (failed, "failed for now"), (resolvedBefore, "resolved before"),
            (unknown, unknown == 1 ? "does not exist" : "do not exist"),
        ].filter { $0.0 > 0 }
        guard !parts.isEmpty else {
            return "there is no unresolved dead letter\(stage.map { " of stage \($0.rawValue)" } ?? ""); nothing was retried"
        }
        let all = parts.reduce(0) { $0 + $1.0 }
        return "\(all) \(all == 1 ? "dead letter" : "dead letters"): " + parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    /// Nil if all were resolved.
    var exitCode: ExitCode? {
        if unresolved + resolvedBefore + unknown > 0 { return VerbExit.problemFound }
        return failed > 0 ? VerbExit.notNow : nil
    }
}

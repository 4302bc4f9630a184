import Logging
import Messaging
import Synchronization

/// The latest warnings and errors of the log, for operators who do not see it.
final class RecentErrors: Sendable {
    private let lines = Mutex<[(at: Instant, message: String)]>([])

    private static let most = 20
    private static let longest = 500

    /// Keeps a line that is at least a warning.
    func add(_ line: LogLine, level: Logger.Level) {
        guard level >= .warning else { return }
        let reason = ["error", "reason"].lazy.compactMap { line.metadata[$0] }.first.map { ": \($0)" } ?? ""
        let message = String("\(line.message)\(reason)".prefix(Self.longest))
        lines.withLock { lines in
            lines.insert((line.time, message), at: 0)
            if lines.count > Self.most { lines.removeLast() }
        }
    }

    /// The latest first.
    var latest: [(at: Instant, message: String)] { lines.withLock { $0 } }
}

import Foundation
import Journal
import Logging
import Messaging

/// The log of the process on standard error: whole lines of bounded length, written on a thread of their own, so that nobody who logs ever
/// waits for whoever reads.
public struct StandardErrorLog: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let output: LogOutput
    private let now: TimeSource

    /// `now` dates the lines, which go to `descriptor`.
    public init(_ settings: Settings.Log, descriptor: Int32 = STDERR_FILENO, now: @escaping TimeSource = { .now }) {
        logLevel = settings.level
        let isJSON = StandardErrorLog.isJSON(settings.format, onTerminal: isatty(descriptor) == 1)
        output = LogOutput(descriptor, capacity: settings.buffer, isJSON: isJSON, now: now)
        self.now = now
    }

    /// Makes every `Logger` of this process write here; at most once a process. Whoever calls it flushes what is returned at the end.
    public static func bootstrap(_ settings: Settings.Log) -> StandardErrorLog {
        let log = StandardErrorLog(settings)
        LoggingSystem.bootstrap { _ in log }
        return log
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        if Self.sentencesOfSessions.contains(event.message.description) { return output.write(line(event)) }
        let status = event.metadata?["http.status"].map { "\($0)" } ?? ""
        let kind = RepetitionLimit.Kind(level: event.level, message: event.message.description, status: status)
        if output.admits(kind) { output.write(line(event)) }
    }

    /// Lines of sessions are no repetitions: whoever follows the log looks for one of them.
    private static let sentencesOfSessions = Set(SessionLogLine.Change.allCases.map(\.sentence))

    /// Lines that were lost since the start: dropped because whoever reads the log did not keep up, omitted because too many of their kind came
    /// within a minute.
    public var lostLogLines: (dropped: Int, omitted: Int) { output.lostLogLines }

    /// Writes a text that is no line of the log after those that wait: why the process ends.
    public func write(_ text: String) { output.write(text) }

    /// Waits until all lines are written, at most about a second: before the process ends, however it does.
    public func flush() { output.flush() }

    static func isJSON(_ format: LogFormat, onTerminal: Bool) -> Bool { format == .json || (format == .auto && !onTerminal) }

    /// The event's own metadata wins over the provider's, and that over the logger's.
    func line(_ event: LogEvent) -> LogLine {
        var all = metadata.merging(metadataProvider?.get() ?? [:]) { _, provided in provided }
        if let error = event.error { all["error"] = "\(error)" }
        all.merge(event.metadata ?? [:]) { _, own in own }
        return LogLine(time: now(), level: event.level, message: event.message.description, metadata: all)
    }
}

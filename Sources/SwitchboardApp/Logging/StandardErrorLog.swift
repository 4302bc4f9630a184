import Foundation
import Journal
import Logging
import Messaging
import SpanExport

/// The log of the process on standard error: whole lines of limited length, written on a thread of their own, so that logging never waits
/// for a reader.
public struct StandardErrorLog: LogHandler {
    /// The level of the settings, which a reload may change, unless a logger has one of its own.
    public var logLevel: Logger.Level {
        get { own ?? output.level }
        set { own = newValue }
    }

    private var own: Logger.Level?
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let output: LogOutput
    private let recent = RecentErrors()
    private let now: TimeSource

    /// `now` supplies the time of each line; lines are written to `descriptor`.
    public init(_ settings: Settings.Log, descriptor: Int32 = STDERR_FILENO, now: @escaping TimeSource = { .now }) {
        let isJSON = StandardErrorLog.isJSON(settings.format, onTerminal: isatty(descriptor) == 1)
        output = LogOutput(descriptor, level: settings.level, capacity: settings.buffer, isJSON: isJSON, now: now)
        self.now = now
    }

    /// Makes every `Logger` of this process write here; at most once per process. The caller flushes the returned log at the end. With
    /// `showsTraces`, a line that is written within a span has its trace.
    public static func bootstrap(_ settings: Settings.Log, showsTraces: Bool = false) -> StandardErrorLog {
        var log = StandardErrorLog(settings)
        if showsTraces { log.metadataProvider = .traces }
        LoggingSystem.bootstrap { [log] _ in log }
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
        guard output.admits(kind) else { return }
        let line = line(event)
        recent.add(line, level: event.level)
        output.write(line)
    }

    /// The latest warnings and errors, the latest first.
    var recentErrors: [(at: Instant, message: String)] { recent.latest }

    /// Lines about sessions are not limited as repetitions, since a reader of the log looks for a particular one.
    private static let sentencesOfSessions = Set(SessionLogLine.Change.allCases.map(\.sentence))

    /// The lines lost since the start: dropped because the log was not read fast enough, or omitted because there were too many of their
    /// kind in a minute.
    public var lostLogLines: (dropped: Int, omitted: Int) { output.lostLogLines }

    /// Changes the level of all loggers that have none of their own.
    public func replaceLevel(by level: Logger.Level) { output.replaceLevel(by: level) }

    /// Writes a text that is not a log line, such as the reason why the process ends, after the waiting lines.
    public func write(_ text: String) { output.write(text) }

    /// Waits until all lines are written, at most about a second; called before the process ends.
    public func flush() { output.flush() }

    static func isJSON(_ format: LogFormat, onTerminal: Bool) -> Bool { format == .json || (format == .auto && !onTerminal) }

    /// The event's own metadata has priority over the provider's, and the provider's over the logger's.
    func line(_ event: LogEvent) -> LogLine {
        var all = metadata.merging(metadataProvider?.get() ?? [:]) { _, provided in provided }
        if let error = event.error { all["error"] = "\(error)" }
        all.merge(event.metadata ?? [:]) { _, own in own }
        var message = event.message.description
        if message.hasPrefix(Self.listening) {
            all["server.address"] = "\(message.dropFirst(Self.listening.count))"
            message = "the gateway listens"
        }
        return LogLine(time: now(), level: event.level, message: message, metadata: all)
    }

    /// The beginning of Hummingbird's line about the start, which is written in the form of our own lines.
    private static let listening = "Server started and listening on "
}

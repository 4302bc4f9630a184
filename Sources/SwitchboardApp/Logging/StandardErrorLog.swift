import Foundation
import Logging
import Messaging

/// Writes every line of the log to standard error with one system call, so that lines of several threads never mix.
public struct StandardErrorLog: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let isJSON: Bool
    private let now: TimeSource

    /// `now` dates the lines.
    public init(_ settings: Settings.Log, now: @escaping TimeSource = { .now }) {
        logLevel = settings.level
        isJSON = StandardErrorLog.isJSON(settings.format, onTerminal: isatty(STDERR_FILENO) == 1)
        self.now = now
    }

    /// Makes every `Logger` of this process write here; at most once a process.
    public static func bootstrap(_ settings: Settings.Log) {
        let log = StandardErrorLog(settings)
        LoggingSystem.bootstrap { _ in log }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let line = line(event)
        StandardErrorLog.write(isJSON ? line.json : line.text)
    }

    static func isJSON(_ format: LogFormat, onTerminal: Bool) -> Bool { format == .json || (format == .auto && !onTerminal) }

    /// The event's own metadata wins over the provider's, and that over the logger's.
    func line(_ event: LogEvent) -> LogLine {
        var all = metadata.merging(metadataProvider?.get() ?? [:]) { _, provided in provided }
        if let error = event.error { all["error"] = "\(error)" }
        all.merge(event.metadata ?? [:]) { _, own in own }
        return LogLine(time: now(), level: event.level, message: event.message.description, metadata: all)
    }

    private static func write(_ line: String) {
        var line = line
        // A log that cannot be written has nowhere to say so.
        _ = line.withUTF8 { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

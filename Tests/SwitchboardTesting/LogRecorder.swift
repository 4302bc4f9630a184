import Logging
import Synchronization

/// Keeps what is logged, for tests of lines that operators rely on.
public final class LogRecorder: Sendable {
    /// A line as it was logged.
    public struct Line: Sendable, Equatable {
        public var level: Logger.Level
        public var message: String
        public var metadata: [String: String]

        public init(_ level: Logger.Level, _ message: String, _ metadata: [String: String] = [:]) {
            self.level = level
            self.message = message
            self.metadata = metadata
        }
    }

    private let kept = Mutex<[Line]>([])

    public init() {}

    /// Writes here, lines of every level.
    public var logger: Logger { Logger(label: "test") { [self] _ in RecordingHandler(recorder: self) } }

    public var lines: [Line] { kept.withLock { $0 } }

    fileprivate func keep(_ line: Line) { kept.withLock { $0.append(line) } }
}

private struct RecordingHandler: LogHandler {
    let recorder: LogRecorder
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        recorder.keep(LogRecorder.Line(event.level, event.message.description, (event.metadata ?? [:]).mapValues { "\($0)" }))
    }
}

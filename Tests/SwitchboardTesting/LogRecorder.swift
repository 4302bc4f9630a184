import Logging
import Synchronization

/// Records log lines, for tests of lines that operators rely on.
public final class LogRecorder: Sendable {
    /// A logged line.
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
    private let numbers = Mutex<Set<String>>([])

    public init() {}

    /// A logger that records lines of every level.
    public var logger: Logger { Logger(label: "test") { [self] _ in RecordingHandler(recorder: self) } }

    public var lines: [Line] { kept.withLock { $0 } }

    /// The keys of all values that were logged as numbers, which JSON shows without quotes.
    public var numericKeys: Set<String> { numbers.withLock { $0 } }

    fileprivate func keep(_ line: Line, numbers keys: some Sequence<String>) {
        kept.withLock { $0.append(line) }
        numbers.withLock { $0.formUnion(keys) }
    }
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
        let metadata = event.metadata ?? [:]
        let numbers = metadata.filter { if case .stringConvertible(_ as any BinaryInteger) = $0.value { true } else { false } }.keys
        recorder.keep(LogRecorder.Line(event.level, event.message.description, metadata.mapValues { "\($0)" }), numbers: numbers)
    }
}

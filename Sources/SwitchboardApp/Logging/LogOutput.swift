import Logging
import Messaging
import Synchronization

/// The output of all loggers of a process: limits repetitions, formats lines and passes them to the writer's thread.
final class LogOutput: Sendable {
    private let writer: DescriptorWriter
    private let levelIndex: Atomic<Int>
    private let repetition = Mutex(RepetitionLimit())
    private let isJSON: Bool
    private let now: TimeSource

    /// `capacity` is how many bytes may wait to be written.
    init(_ descriptor: Int32, level: Logger.Level, capacity: Int, isJSON: Bool, now: @escaping TimeSource) {
        levelIndex = Atomic(Self.index(of: level))
        self.isJSON = isJSON
        self.now = now
        writer = DescriptorWriter(descriptor, capacity: capacity) { count in
            let line = LogLine(
                time: now(), level: .warning, message: "log lines were dropped: standard error was not read fast enough",
                metadata: ["log.dropped": .stringConvertible(count)])
            return isJSON ? line.json : line.text
        }
    }

    /// The lowest level that is written.
    var level: Logger.Level { Logger.Level.allCases[levelIndex.load(ordering: .relaxed)] }

    func replaceLevel(by level: Logger.Level) { levelIndex.store(Self.index(of: level), ordering: .relaxed) }

    private static func index(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }

    var lostLogLines: (dropped: Int, omitted: Int) { (writer.dropped, repetition.withLock { $0.omitted }) }

    /// Whether a line of this kind may be written. Lines of the levels debug and trace are never limited: an operator who enables them
    /// wants all of them.
    func admits(_ kind: RepetitionLimit.Kind) -> Bool {
        guard kind.level >= .info else { return true }
        let now = ContinuousClock.now
        let (isAdmitted, omissions) = repetition.withLock { limit in
            let omissions = limit.endedOmissions(at: now)
            return (limit.admits(kind, at: now), omissions)
        }
        report(omissions)
        return isAdmitted
    }

    func write(_ line: LogLine) { writer.write(isJSON ? line.json : line.text) }

    func write(_ text: String) { writer.write(text) }

    func flush() {
        report(repetition.withLock { $0.endedOmissions(at: .now, isLast: true) })
        writer.flush()
    }

    private func report(_ omissions: [RepetitionLimit.Omission]) {
        for omission in omissions {
            var metadata: Logger.Metadata = [
                "log.message": "\(omission.kind.message)", "log.omitted": .stringConvertible(omission.count),
            ]
            if let status = Int(omission.kind.status) { metadata["http.status"] = .stringConvertible(status) }
            write(
                LogLine(
                    time: now(), level: omission.kind.level, message: "repeated log lines were left out", metadata: metadata))
        }
    }
}

/// The format of the log's lines.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Text if standard error is a terminal, otherwise JSON.
    case auto
    case text
    case json
}

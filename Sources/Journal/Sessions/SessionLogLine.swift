import Logging
import Messaging
import PhoneNumbers

/// What became of a session, as the log tells it to operators who follow it. Its words stand here alone.
public struct SessionLogLine: Sendable, Equatable {
    private let change: Change
    private let id: SessionID
    private let channel: Channel
    private let phone: String?

    /// What becomes of a session.
    public enum Change: Sendable, CaseIterable {
        /// A `/session/start` opened it.
        case startedByClient
        /// Its person's message or activity opened it.
        case startedByMessage
        /// A `/session/start` found it.
        case restored
        /// Its client ended it.
        case ended
        /// Its person did nothing for the idle timeout.
        case expired

        /// The line's sentence.
        public var sentence: String {
            switch self {
            case .startedByClient, .startedByMessage: "session started"
            case .restored: "session restored"
            case .ended: "session ended"
            case .expired: "session expired"
            }
        }

        /// What opened a session; nil where none was opened.
        fileprivate var opener: String? {
            switch self {
            case .startedByClient: "start"
            case .startedByMessage: "message"
            case .restored, .ended, .expired: nil
            }
        }
    }

    /// A change of a session, which is as it is after it.
    public init(_ change: Change, _ session: Session) {
        self.init(change, session.id, on: session.channel, phone: session.phone)
    }

    init(_ change: Change, _ id: SessionID, on channel: Channel, phone: String?) {
        self.change = change
        self.id = id
        self.channel = channel
        self.phone = phone
    }

    /// Writes the line, the phone masked.
    public func write(to logger: Logger, level: Logger.Level = .info) {
        logger.log(level: level, "\(change.sentence)", metadata: metadata)
    }

    private var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["session.id": "\(id)", "session.channel": "\(channel)"]
        if let phone { metadata["session.phone"] = "\(PhoneNumber.mask(phone))" }
        if let opener = change.opener { metadata["session.opened_by"] = "\(opener)" }
        return metadata
    }
}

/// Writes the lines of many sessions that change at once: the first of the level info, further ones of the level debug, and how many those were.
struct SessionLogLines {
    /// The most lines of the level info.
    static let most = 100

    private let logger: Logger
    private var count = 0

    init(_ logger: Logger) { self.logger = logger }

    mutating func write(_ line: SessionLogLine) {
        count += 1
        line.write(to: logger, level: count <= Self.most ? .info : .debug)
    }

    func finish() {
        guard count > Self.most else { return }
        logger.info(
            "more sessions changed at once than are listed: the level debug has a line of each",
            metadata: ["session.count": "\(count)", "session.listed": "\(Self.most)"])
    }
}

/// What the open transaction does to sessions that only the journal knows of: it is told once it is durable.
final class SessionNotes {
    private var lines: [SessionLogLine] = []

    func add(_ line: SessionLogLine) { lines.append(line) }

    func clear() { lines.removeAll(keepingCapacity: true) }

    func tell(_ logger: Logger) {
        guard !lines.isEmpty else { return }
        var writer = SessionLogLines(logger)
        for line in lines { writer.write(line) }
        writer.finish()
        clear()
    }
}

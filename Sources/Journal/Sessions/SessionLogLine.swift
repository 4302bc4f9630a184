import Logging
import Messaging
import PhoneNumbers

/// What became of a session, as the log tells it to operators who follow it. Its words stand here alone.
public struct SessionLogLine: Sendable, Equatable {
    private let change: Change
    private let id: SessionID
    private let channel: Channel
    private let phone: String?
    /// The session in which a merged one goes on.
    private let successor: SessionID?

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
        /// An operator ended it, by `switchboard sessions end`.
        case endedByOperator
        /// Clients had named two customers in it, or in it and in an older one of the same person.
        case endedForTwoCustomers
        /// The shared database said that it had ended: another gateway ended it, or the database itself.
        case endedByDatabase
        /// It turned out to be the same person's as an older one, which goes on in its place.
        case merged
        /// Its person did nothing for the idle timeout.
        case expired

        /// The line's sentence.
        public var sentence: String {
            switch self {
            case .startedByClient, .startedByMessage: "session started"
            case .restored: "session restored"
            case .ended, .endedByOperator, .endedForTwoCustomers, .endedByDatabase: "session ended"
            case .merged: "session merged"
            case .expired: "session expired"
            }
        }

        /// What opened a session; nil where none was opened.
        fileprivate var opener: String? {
            switch self {
            case .startedByClient: "start"
            case .startedByMessage: "message"
            default: nil
            }
        }

        /// Who or what ended a session; nil where it has not ended, or by itself.
        fileprivate var ender: String? {
            switch self {
            case .ended: "client"
            case .endedByOperator: "operator"
            case .endedForTwoCustomers: "two customers"
            case .endedByDatabase: "database"
            default: nil
            }
        }
    }

    /// A change of a session, which is as it is after it.
    public init(_ change: Change, _ session: Session) {
        self.init(change, session.id, on: session.channel, phone: session.phone, into: session.mergedInto)
    }

    init(_ change: Change, _ id: SessionID, on channel: Channel, phone: String?, into successor: SessionID? = nil) {
        self.change = change
        self.id = id
        self.channel = channel
        self.phone = phone
        self.successor = successor
    }

    /// Writes the line, the phone masked.
    public func write(to logger: Logger, level: Logger.Level = .info) {
        logger.log(level: level, "\(change.sentence)", metadata: metadata)
    }

    private var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["session.id": "\(id)", "session.channel": "\(channel.rawValue.loggedWord)"]
        if let phone { metadata["session.phone"] = "\(PhoneNumber.mask(phone))" }
        if let opener = change.opener { metadata["session.opened_by"] = "\(opener)" }
        if let ender = change.ender { metadata["session.ended_by"] = "\(ender)" }
        if let successor { metadata["session.merged_into"] = "\(successor)" }
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
            "more sessions changed at once than are logged at info: the level debug has a line for each",
            metadata: ["session.count": "\(count)", "session.listed": "\(Self.most)"])
    }
}

/// Who ends a session, or what, as far as its row does not say it.
public enum SessionEnder: Sendable, Equatable {
    /// A client, whose request is told of by whoever serves it.
    case client
    /// An operator.
    case `operator`
    /// Two customers whom clients have named.
    case twoCustomers
    /// The shared database, which said so.
    case database
}

extension SessionLogLine {
    /// The line about a session that was active and is not any more; nil where somebody else tells of it.
    init?(endOf session: Session, by ender: SessionEnder) {
        switch (session.status, ender) {
        case (.active, _), (.loggedOut, .client): return nil
        case (.expired, _): self.init(.expired, session)
        case (.merged, _): self.init(.merged, session)
        case (.loggedOut, .operator): self.init(.endedByOperator, session)
        case (.loggedOut, .twoCustomers): self.init(.endedForTwoCustomers, session)
        case (.loggedOut, .database): self.init(.endedByDatabase, session)
        }
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

import Logging
import Messaging
import PhoneNumbers

/// A log line about a change of a session, for operators who follow sessions. All of its words are defined here.
public struct SessionLogLine: Sendable, Equatable {
    private let change: Change
    private let id: SessionID
    private let channel: Channel
    private let phone: String?
    /// The session into which a merged one was merged.
    private let successor: SessionID?

    /// What happened to a session.
    public enum Change: Sendable, CaseIterable {
        /// A `/session/start` opened it.
        case startedByClient
        /// A message or an activity of its person opened it.
        case startedByMessage
        /// A `/session/start` returned it, although it existed.
        case restored
        /// Its client ended it.
        case ended
        /// An operator ended it, by `switchboard sessions end`.
        case endedByOperator
        /// Clients had named two customers in it, or one in it and another in an older session of the same person.
        case endedForTwoCustomers
        /// The shared database reported that it has ended: another gateway, or somebody in the database, ended it.
        case endedByDatabase
        /// It belongs to the same person as an older session, which continues in its place.
        case merged
        /// Its person was idle for the whole timeout.
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

        /// What opened a session; nil for lines about other changes.
        fileprivate var opener: String? {
            switch self {
            case .startedByClient: "start"
            case .startedByMessage: "message"
            default: nil
            }
        }

        /// Who or what ended a session; nil if it has not ended, or if it expired.
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

    /// A change of a session, with the session's values after it.
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

    /// Writes the line, with a masked phone.
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

/// Writes the lines about many sessions that change at once: the first ones at level info, the others at level debug, with the number of
/// the latter.
struct SessionLogLines {
    /// The most lines at level info.
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
            metadata: ["session.count": .stringConvertible(count), "session.listed": .stringConvertible(Self.most)])
    }
}

/// Who or what ends a session, if its row does not say so.
public enum SessionEnder: Sendable, Equatable {
    /// A client: the route that serves its request writes the line.
    case client
    /// An operator.
    case `operator`
    /// Clients have named two customers.
    case twoCustomers
    /// The shared database reported it.
    case database
}

extension SessionLogLine {
    /// The line about the end of a session that was active; nil if the line is written elsewhere.
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

/// The changes of sessions in the open transaction that only the journal knows of; their lines are written once it is durable.
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

import HTTPTypes
import Messaging
import Signing
import Synchronization

/// An operator's stay in the console, from sign-in to sign-out or to its end by time.
struct ConsoleSession: Sendable {
    let operatorName: String
    /// What every request that changes something must repeat: another site's page can send the cookie, but cannot read this.
    let csrfToken: String
    /// The digest of the operator token that opened it. Without this token in the settings, the session is over.
    let tokenDigest: [UInt8]
    let endsAt: Instant
    fileprivate(set) var lastUse: Instant
}

/// The sessions of the console, in memory: a restart ends all of them. Of a session's id only the digest is kept.
final class ConsoleSessions: Sendable {
    /// The most sessions of one operator; the next one ends the one of the same operator that has been unused for longest. Nobody can end
    /// the sessions of other operators by signing in often.
    static let limit = 20
    /// How long a session lasts, however much it is used.
    static let duration = Duration.seconds(12 * 3600)
    /// How long a session lasts without use.
    static let idleTime = Duration.seconds(3600)

    private let sessions = Mutex<[[UInt8]: ConsoleSession]>([:])
    private let now: TimeSource

    init(now: @escaping TimeSource) { self.now = now }

    /// Opens a session and returns it with its id, which only the browser keeps.
    func open(_ reader: Operator) -> (id: String, session: ConsoleSession) {
        let id = SecureRandom.token()
        let now = now()
        let session = ConsoleSession(
            operatorName: reader.name, csrfToken: SecureRandom.token(), tokenDigest: reader.tokenDigest,
            endsAt: now.advanced(by: Self.duration), lastUse: now)
        sessions.withLock { sessions in
            sessions = sessions.filter { Self.isOpen($0.value, at: now) }
            let own = sessions.filter { $0.value.operatorName == reader.name }
            if own.count >= Self.limit, let unused = own.min(by: { $0.value.lastUse < $1.value.lastUse }) { sessions[unused.key] = nil }
            sessions[Self.key(of: id)] = session
        }
        return (id, session)
    }

    /// The open session with this id. With `isUse` it counts as used now.
    func session(_ key: [UInt8], isUse: Bool) -> ConsoleSession? {
        let now = now()
        return sessions.withLock { sessions in
            guard var session = sessions[key] else { return nil }
            guard Self.isOpen(session, at: now) else {
                sessions[key] = nil
                return nil
            }
            if isUse {
                session.lastUse = max(session.lastUse, now)
                sessions[key] = session
            }
            return session
        }
    }

    func close(_ key: [UInt8]) { sessions.withLock { $0[key] = nil } }

    var count: Int { sessions.withLock { $0.count } }

    static func key(of id: String) -> [UInt8] { Digest.sha256(Array(id.utf8)) }

    private static func isOpen(_ session: ConsoleSession, at now: Instant) -> Bool {
        now < session.endsAt && now.since(session.lastUse) < idleTime
    }
}

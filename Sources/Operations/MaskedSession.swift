public import JSON
import Journal
public import Messaging
import PhoneNumbers

/// A session at one moment with its phone masked, as a browser shows it.
public struct MaskedSession: Presentable, Equatable {
    /// The session, unmasked.
    public let session: PresentedSession

    /// A session as it is at a moment.
    public init(_ session: Session, at now: Instant) { self.session = PresentedSession(session, at: now) }

    /// Masks a session that is presented elsewhere with its phone.
    public init(_ session: PresentedSession) { self.session = session }

    /// Writes all columns but the token.
    public func write(to writer: inout JSONWriter) { session.write(to: &writer, masked: true) }
}

extension EndedSession {
    /// The same with the phone masked.
    public func writeMasked(to writer: inout JSONWriter) {
        writer.object { object in
            switch self {
            case .ended(let session), .over(let session):
                if case .ended = self { object.member("ended", true) } else { object.member("ended", false) }
                object.key("session")
                MaskedSession(session).write(to: &object)
            case .unknown: object.member("ended", false)
            }
        }
    }
}

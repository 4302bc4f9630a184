import JSON
import Journal
import Messaging

/// One call of `switchboard_start`.
struct StartCall {
    private let request: StartRequest
    private let draft: StartDraft

    init(_ request: StartRequest, _ draft: StartDraft) {
        self.request = request
        self.draft = draft
    }

    /// The database's decision.
    enum Answer {
        case created(Session, Contact, drafted: Contact?)
        case restored(Session, Contact, drafted: Contact?)
        case conflict

        /// Nil if it is not an answer of this function.
        init?(_ json: JSON) {
            if json["outcome"].string == "conflict" {
                self = .conflict
                return
            }
            guard let session = Session(json["session"]), let contact = Contact(json["contact"]) else { return nil }
            // Functions before version 5 do not report it.
            let drafted = Contact(json["drafted"])
            switch json["outcome"].string {
            case "created": self = .created(session, contact, drafted: drafted)
            case "restored": self = .restored(session, contact, drafted: drafted)
            default: return nil
            }
        }
    }

    /// The call's argument, a JSON object.
    var argument: [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { call in
            call.member("version", 1)
            call.key("contact")
            draft.contact.write(to: &call, at: draft.madeAt, changedAt: draft.changedAt)
            call.key("identities")
            call.array { list in
                for identity in draft.identities { identity.write(of: draft.contact, to: &list, at: draft.madeAt) }
            }
            call.key("session")
            draft.session.write(to: &call)
            call.member("channel", request.channel.rawValue)
            call.member("is_live", draft.isLive)
            call.member("customer_id", ifPresent: request.customerID)
            if let metadata = request.metadata { call.member("metadata", raw: metadata) }
            // The session that is restored may have been opened on another channel.
            call.member("idle_seconds", draft.policy.idleTimeout.components.seconds)
            call.key("idle_seconds_of")
            call.object { channels in
                for (channel, timeout) in draft.policy.idleTimeouts { channels.member(channel.rawValue, timeout.components.seconds) }
            }
        }
        return writer.bytes
    }
}

/// A call that names a session by its token.
enum TokenCall {
    static func argument(_ token: Secret) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { $0.member("session_token", token.revealed) }
        return writer.bytes
    }

    /// Nil if the database does not know the token.
    static func session(in answer: JSON) -> Session? { Session(answer["session"]) }

    /// What the journal applies: the session with its contact and, if the token belongs to a session that was merged into it, that session
    /// too, so that the journal knows the token from then on.
    static func rows(in answer: JSON, leadingTo session: Session) -> SharedRows {
        let contact = Contact(answer["contact"]).map {
            SharedContact(
                given: $0.id, canonical: $0, changedAt: answer["contact"]["updated_at"].string.flatMap { Instant(rfc3339: $0) })
        }
        let merged = Session(answer["merged"]).map { SharedSession(stored: $0) }
        return SharedRows(
            contacts: contact.map { [$0] } ?? [], sessions: (merged.map { [$0] } ?? []) + [SharedSession(stored: session)])
    }
}

extension Contact {
    fileprivate func write(to writer: inout JSONWriter, at now: Instant, changedAt: Instant) {
        writer.object { contact in
            contact.member("contact_id", id.description)
            contact.member("phone", ifPresent: phone)
            contact.phones(phone)
            contact.member("number_since", ifPresent: numberSince?.description)
            contact.member("number_from", ifPresent: numberFrom?.description)
            contact.member("customer_id", ifPresent: customerID)
            contact.member("display_name", ifPresent: displayName)
            contact.member("created_at", now.description)
            contact.member("updated_at", changedAt.description)
        }
    }
}

extension Identity {
    fileprivate func write(of contact: Contact, to writer: inout JSONWriter, at now: Instant) {
        writer.object { identity in
            identity.member("kind", kind)
            identity.member("scope", scope)
            identity.member("value", value)
            identity.member("contact_id", contact.id.description)
            identity.member("first_seen", now.description)
            identity.member("linked_at", now.description)
        }
    }
}

extension Session {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { session in
            session.member("session_id", id.description)
            session.member("contact_id", contactID.description)
            session.member("customer_id", shownCustomerID)
            session.member("customer_named", customerID != nil)
            session.member("phone", ifPresent: phone)
            session.phones(phone)
            session.member("channel", channel.rawValue)
            session.member("session_token", token.revealed)
            session.member("status", status.rawValue)
            session.member("created_at", createdAt.description)
            session.member("last_activity", lastActivity.description)
            session.member("expires_at", expiresAt.description)
            session.member("metadata", raw: metadata)
        }
    }
}

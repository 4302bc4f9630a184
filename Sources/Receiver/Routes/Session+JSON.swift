import JSON
import Journal
import Messaging

extension Session {
    /// Writes what the client may see: everything except the token and the contact's internal ids.
    func write(to writer: inout JSONWriter, at now: Instant) {
        writer.object { session in
            session.member("session_id", id.description)
            session.member("customer_id", shownCustomerID)
            session.key("phone")
            if let phone { session.string(phone) } else { session.null() }
            session.member("channel", channel.rawValue)
            session.member("status", status(at: now).rawValue)
            session.member("created_at", createdAt.description)
            session.member("last_activity", lastActivity.description)
            session.member("expires_at", expiresAt.description)
            session.member("metadata", raw: metadata)
        }
    }
}

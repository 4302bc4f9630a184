import Messaging

/// A contact in the writer's memory with its active session: what is here is what the open transaction will leave behind.
final class ContactRecord {
    var contact: Contact
    var session: Session?
    /// Whether the session's times have to be written before the transaction ends.
    var isTouched = false

    init(contact: Contact, session: Session?) {
        self.contact = contact
        self.session = session
    }
}

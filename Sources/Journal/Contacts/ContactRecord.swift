import Messaging

/// A contact in the writer's memory with its active session: what is here is what the open transaction will leave behind.
final class ContactRecord {
    var contact: Contact
    var session: Session?
    /// Whether the session's times have to be written before the transaction ends.
    var isTouched = false

    /// By which ids memory may hold it: its own, and those of contacts that were merged into it.
    var ids: [ContactID] = []
    /// By which phones and provider's ids memory may hold it.
    var keys: [Identity] = []
    /// Bytes of its longer texts, as of when it was weighed last.
    private(set) var weight = 0

    init(contact: Contact, session: Session?) {
        self.contact = contact
        self.session = session
    }

    /// About what a record takes whose texts are short: the object, its entry in memory, contact and session.
    static let bytes = 900

    func weigh() {
        weight = (contact.displayName?.utf8.count ?? 0) + (contact.customerID?.utf8.count ?? 0)
        if let session { weight += session.metadata.utf8.count + (session.customerID?.utf8.count ?? 0) }
    }
}

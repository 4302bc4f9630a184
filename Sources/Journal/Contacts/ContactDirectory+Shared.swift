import Messaging
import PhoneNumbers

extension ContactDirectory {
    /// The contact that has a number now; nil if nobody has it.
    func find(_ number: PhoneNumber) throws -> ContactRecord? {
        try contacts.contactID(ofPhone: number).flatMap { try record($0) }
    }

    /// Stores a contact that was drafted for a start.
    func insert(_ contact: Contact, at now: Instant) throws { try contacts.insert(contact, at: now) }

    /// Sets the customer of a contact.
    func name(_ customer: String, for record: ContactRecord, at now: Instant) throws {
        guard !record.contact.customerID.isExactly(customer) else { return }
        record.contact.customerID = customer
        try contacts.save(record.contact, at: now)
    }

    /// Applies the shared database's state of a contact; what this journal knew under `given` becomes part of it.
    /// `changedAt` is the time of the database's last information. Anything that this journal has learned since then is still being sent,
    /// and stays.
    @discardableResult
    func adopt(_ canonical: Contact, for given: ContactID, changedAt: Instant? = nil, at now: Instant) throws -> ContactRecord {
        let isNews = try changedAt.map { try contacts.changedAt(canonical.id) ?? $0 <= $0 } ?? true
        let known = try record(canonical.id).map { try $0.contact.isAnother(than: canonical) ? apart(canonical, at: now) : $0 }
        let survivor = try known ?? recordOrNew(canonical.id, at: now)
        if let loser = try record(given), loser !== survivor {
            if loser.contact.id != given, loser.contact.isAnother(than: canonical) {
                try lead(given, to: survivor, at: now)
            } else {
                try merge(loser, into: survivor, at: now)
            }
        }
        guard isNews else { return survivor }
        // Done before the contact is compared with others: it may be new here, and then has no customer yet.
        if let customer = canonical.customerID { survivor.contact.customerID = customer }
        var number = canonical.phone.map { PhoneNumber(stored: $0) }
        if let theirs = number, let other = try find(theirs), other !== survivor {
            let former = try canonical.numberFrom.flatMap { try record($0) }
            // The database decides about contacts that it has. Pending rows are checked last, since that reads everything that waits for
            // the database.
            if former !== other, try canShareNumber(other, survivor),
                try !hasOthers(other, than: contacts.providerIDs(of: survivor.contact.id)), try changes.isPending(other.contact.id)
            {
                try merge(other, into: survivor, at: now)
            } else if let since = canonical.numberSince, other.contact.numberIsLater(than: since, at: now) {
                number = nil
            } else {
                try giveUpPhone(other, at: now)
            }
        }
        if canonical.phone == nil, let since = canonical.numberSince, survivor.contact.phone != nil,
            !survivor.contact.numberIsLater(than: since, at: now)
        {
            try giveUpPhone(survivor, at: now)
        }
        try learn(
            number: number, from: canonical.numberFrom, since: canonical.numberSince, name: canonical.displayName, about: survivor, at: now)
        try contacts.save(survivor.contact, at: now)
        return survivor
    }

    /// A contact that had become part of another customer's contact here, which the database had when it kept them apart: it becomes a
    /// contact of its own again, with its customer, however old the information is. What led to it leads there again once it is shown or
    /// reported.
    private func apart(_ canonical: Contact, at now: Instant) throws -> ContactRecord {
        let contact = Contact(id: canonical.id, phone: nil, customerID: canonical.customerID, displayName: canonical.displayName)
        try contacts.lead(contact.id, to: nil, at: now)
        try contacts.save(contact, at: now)
        let record = ContactRecord(contact: contact, session: nil)
        cache.lead(contact.id, to: record)
        return record
    }

    /// A contact that had become part of another customer's contact here: its id now leads to the contact that the database reports for it.
    private func lead(_ id: ContactID, to record: ContactRecord, at now: Instant) throws {
        try contacts.lead(id, to: record.contact.id, at: now)
        cache.lead(id, to: record)
    }

    /// The contact of an id that another instance assigned; nothing else may be known about it.
    func recordOrNew(_ id: ContactID, at now: Instant) throws -> ContactRecord {
        if let known = try record(id) { return known }
        try contacts.insert(Contact(id: id, phone: nil), at: now)
        return try record(id) ?? ContactRecord(contact: Contact(id: id, phone: nil), session: nil)
    }
}

extension Contact {
    /// Whether this is another contact than the one from the database, with another customer.
    fileprivate func isAnother(than canonical: Contact) -> Bool { id != canonical.id && !canShareIdentity(with: canonical) }
}

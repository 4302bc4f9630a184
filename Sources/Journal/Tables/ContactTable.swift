import GRDB
import Messaging
import PhoneNumbers

/// The tables `contacts` and `identities`, as the writer uses them.
struct ContactTable {
    private let insertion: PreparedStatement
    private let update: PreparedStatement
    private let retirement: PreparedStatement
    private let searchByID: PreparedStatement
    private let searchByPhone: PreparedStatement
    private let searchByIdentity: PreparedStatement
    private let link: PreparedStatement
    private let relink: PreparedStatement
    private let identityCount: PreparedStatement
    private let changes: ChangeTable

    init(_ db: Database, _ changes: ChangeTable) throws {
        self.changes = changes
        insertion = try PreparedStatement(
            db, "INSERT INTO contacts (contact_id, phone, customer_id, display_name, created_at, updated_at) VALUES (?,?,?,?,?,?)")
        update = try PreparedStatement(
            db, "UPDATE contacts SET phone = ?, customer_id = ?, display_name = ?, updated_at = ? WHERE contact_id = ?")
        retirement = try PreparedStatement(
            db, "UPDATE contacts SET phone = NULL, merged_into = ?, updated_at = ? WHERE contact_id = ?")
        searchByID = try PreparedStatement(
            db, "SELECT contact_id, phone, customer_id, display_name, merged_into FROM contacts WHERE contact_id = ?")
        searchByPhone = try PreparedStatement(db, "SELECT contact_id FROM contacts WHERE phone IN (?, ?)")
        searchByIdentity = try PreparedStatement(db, "SELECT contact_id FROM identities WHERE kind = ? AND scope = ? AND value = ?")
        link = try PreparedStatement(
            db,
            """
            INSERT INTO identities (kind, scope, value, contact_id, first_seen) VALUES (?,?,?,?,?)
            ON CONFLICT (kind, scope, value) DO UPDATE SET contact_id = excluded.contact_id
            """)
        relink = try PreparedStatement(db, "UPDATE identities SET contact_id = ? WHERE contact_id = ?")
        identityCount = try PreparedStatement(db, "SELECT count(*) FROM (SELECT 1 FROM identities WHERE contact_id = ? LIMIT ?)")
    }

    /// The contact of an id; of one that was merged, the contact that it became.
    func contact(_ id: ContactID) throws -> Contact? {
        typealias Found = (contact: Contact?, successor: ContactID?)
        var next = id
        // One that was merged into one that was merged: the way may be as long as there are contacts.
        while true {
            let found: Found? = try searchByID.first({ $0.id(next) }) { row in
                let contact: Contact? = row.id(0).map {
                    Contact(id: $0, phone: row.string(1), customerID: row.string(2), displayName: row.string(3))
                }
                return (contact, row.id(4))
            }
            guard let successor = found?.successor else { return found?.contact }
            next = successor
        }
    }

    /// How many identities lead to a contact; not counted beyond `limit`.
    func identityCount(of contact: ContactID, upTo limit: Int) throws -> Int {
        let count = try identityCount.first({ row in
            row.id(contact)
            row.integer(Int64(limit))
        }) { $0.integer(0) }
        return Int(count ?? 0)
    }

    func contactID(ofPhone number: PhoneNumber) throws -> ContactID? {
        let variants = number.variants
        return try searchByPhone.first({ row in
            row.text(variants.first?.e164)
            row.text(variants.last?.e164)
        }) { $0.id(0) } ?? nil
    }

    func contactID(of identity: Identity) throws -> ContactID? {
        try searchByIdentity.first({ $0.identity(identity) }) { $0.id(0) } ?? nil
    }

    func insert(_ contact: Contact, at now: Instant) throws {
        try changes.mark(contact.id)
        try insertion.run { row in
            row.id(contact.id)
            row.text(contact.phone)
            row.text(contact.customerID)
            row.text(contact.displayName)
            row.instant(now)
            row.instant(now)
        }
    }

    func save(_ contact: Contact, at now: Instant) throws {
        try changes.mark(contact.id)
        try update.run { row in
            row.text(contact.phone)
            row.text(contact.customerID)
            row.text(contact.displayName)
            row.instant(now)
            row.id(contact.id)
        }
    }

    /// The identity leads to this contact from now on.
    func link(_ identity: Identity, to contact: ContactID, at now: Instant) throws {
        try changes.mark(contact)
        try link.run { row in
            row.identity(identity)
            row.id(contact)
            row.instant(now)
        }
    }

    /// All that led to `loser` leads to `survivor`; the loser's row stays and points to it.
    func merge(_ loser: ContactID, into survivor: ContactID, at now: Instant) throws {
        try changes.mark(loser)
        try changes.mark(survivor)
        try relink.run { row in
            row.id(survivor)
            row.id(loser)
        }
        try retirement.run { row in
            row.id(survivor)
            row.instant(now)
            row.id(loser)
        }
    }
}

extension RowBuffer {
    fileprivate mutating func identity(_ identity: Identity) {
        text(identity.kind)
        text(identity.scope)
        text(identity.value)
    }
}

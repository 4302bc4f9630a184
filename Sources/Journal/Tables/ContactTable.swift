import Messaging
import PhoneNumbers
import SQLiteStore

/// The tables `contacts` and `identities`, as the writer uses them.
struct ContactTable {
    /// The columns that `save` does not write: those that never change, and the one that only a merge writes.
    private static let lasting: Set = ["contact_id", "created_at", "merged_into"]

    private let insertStatement: PreparedRowStatement<ContactRow>
    private let updateStatement: PreparedRowStatement<ContactRow>
    private let retireStatement: PreparedRowStatement<ContactRow>
    private let findStatement: PreparedStatement
    private let findOfIdentityStatement: PreparedStatement
    private let findChangeStatement: PreparedStatement
    private let findByPhoneStatement: PreparedStatement
    private let findByIdentityStatement: PreparedStatement
    private let findIDsStatement: PreparedStatement
    private let linkStatement: PreparedRowStatement<IdentityRow>
    private let relinkStatement: PreparedStatement
    private let countIdentitiesStatement: PreparedStatement
    private let changes: ChangeTable

    init(_ db: Database, _ changes: ChangeTable) throws {
        self.changes = changes
        let table = Tables.contacts
        insertStatement = try PreparedRowStatement(db, table.insert())
        updateStatement = try PreparedRowStatement(db, table.update(keeping: Self.lasting, by: "contact_id"))
        retireStatement = try PreparedRowStatement(
            db, table.update(["phone", "number_since", "number_from", "merged_into", "updated_at"], by: "contact_id"))
        let columns = "SELECT \(table.list(of: "c")), \(Tables.sessions.list(of: "s"))"
        let session = "LEFT JOIN sessions s ON s.contact_id = c.contact_id AND s.status = 'active'"
        findStatement = try PreparedStatement(db, "\(columns) FROM contacts c \(session) WHERE c.contact_id = ?")
        findOfIdentityStatement = try PreparedStatement(
            db,
            """
            \(columns) FROM identities i JOIN contacts c ON c.contact_id = i.contact_id \(session) \
            WHERE i.kind = ? AND i.scope = ? AND i.value = ?
            """)
        findChangeStatement = try PreparedStatement(db, "SELECT updated_at FROM contacts WHERE contact_id = ?")
        findByPhoneStatement = try PreparedStatement(db, "SELECT contact_id FROM contacts WHERE phone = ?")
        findByIdentityStatement = try PreparedStatement(db, "SELECT contact_id FROM identities WHERE kind = ? AND scope = ? AND value = ?")
        findIDsStatement = try PreparedStatement(
            db, "SELECT kind, scope, value FROM identities WHERE contact_id = ? AND kind <> '\(Identity.phoneKind)'")
        linkStatement = try PreparedRowStatement(
            db, Tables.identities.upsert(by: "kind, scope, value", keeping: ["kind", "scope", "value", "first_seen"]))
        relinkStatement = try PreparedStatement(db, "UPDATE identities SET contact_id = ? WHERE contact_id = ?")
        countIdentitiesStatement = try PreparedStatement(db, "SELECT count(*) FROM (SELECT 1 FROM identities WHERE contact_id = ? LIMIT ?)")
    }

    /// The contact with an id, and its active session; includes contacts that were merged.
    func find(_ id: ContactID) throws -> FoundContact? { try findStatement.first({ $0.id(id) }) { FoundContact(columns: $0) } ?? nil }

    /// The contact of an identity, with its active session, in one statement: for contacts that may not be in memory.
    func find(of identity: Identity) throws -> FoundContact? {
        try findOfIdentityStatement.first({ $0.identity(identity) }) { FoundContact(columns: $0) } ?? nil
    }

    /// The time of a contact's last change; nil if no contact has this id.
    func changedAt(_ id: ContactID) throws -> Instant? { try findChangeStatement.first({ $0.id(id) }) { $0.instant(0) } ?? nil }

    /// The number of identities of a contact, counted up to `limit`.
    func identityCount(of contact: ContactID, upTo limit: Int) throws -> Int {
        let count = try countIdentitiesStatement.first({ row in
            row.id(contact)
            row.integer(Int64(limit))
        }) { $0.integer(0) }
        return Int(count ?? 0)
    }

    /// The contact that has a number in any of its forms; nearly all numbers have only one form.
    func contactID(ofPhone number: PhoneNumber) throws -> ContactID? {
        for form in number.variants {
            if let found: ContactID = try findByPhoneStatement.first({ $0.text(form.e164) }, { $0.id(0) }) ?? nil { return found }
        }
        return nil
    }

    func contactID(of identity: Identity) throws -> ContactID? {
        try findByIdentityStatement.first({ $0.identity(identity) }) { $0.id(0) } ?? nil
    }

    /// The ids that providers have given a contact.
    func providerIDs(of contact: ContactID) throws -> [Identity] {
        try findIDsStatement.all({ $0.id(contact) }) { row in
            Identity(kind: row.string(0) ?? "", scope: row.string(1) ?? "", value: row.string(2) ?? "")
        }
    }

    func insert(_ contact: Contact, at now: Instant) throws {
        try changes.mark(contact.id)
        try insertStatement.run(ContactRow(contact: contact, now: now))
    }

    func save(_ contact: Contact, at now: Instant) throws {
        try changes.mark(contact.id)
        try updateStatement.run(ContactRow(contact: contact, now: now))
    }

    /// Makes an identity lead to this contact.
    func link(_ identity: Identity, to contact: ContactID, at now: Instant) throws {
        try changes.mark(contact)
        try linkStatement.run(IdentityRow(identity: identity, contact: contact, now: now))
    }

    /// Makes all identities of `loser` lead to `survivor`; the row of `loser` stays and refers to `survivor`.
    func merge(_ loser: ContactID, into survivor: ContactID, at now: Instant) throws {
        try changes.mark(loser)
        try changes.mark(survivor)
        try relinkStatement.run { row in
            row.id(survivor)
            row.id(loser)
        }
        try retireStatement.run(ContactRow(contact: Contact(id: loser, phone: nil), now: now, mergedInto: survivor))
    }

    /// Changes the contact to which a merged contact's row refers; nil makes it a separate contact again, without a number.
    func lead(_ id: ContactID, to survivor: ContactID?, at now: Instant) throws {
        try changes.mark(id)
        try retireStatement.run(ContactRow(contact: Contact(id: id, phone: nil), now: now, mergedInto: survivor))
    }
}

/// A stored contact with its active session.
struct FoundContact {
    let contact: Contact
    let session: Session?
    /// The contact into which it was merged; nil if it was not merged.
    let mergedInto: ContactID?
}

/// A row of `contacts`, with the time of its creation or change.
struct ContactRow {
    let contact: Contact
    let now: Instant
    var mergedInto: ContactID?
}

/// A row of `identities`.
struct IdentityRow {
    let identity: Identity
    let contact: ContactID
    let now: Instant
}

extension Tables {
    static let contacts = Table<ContactRow>(
        "contacts",
        [
            .id("contact_id") { $0.contact.id }, .text("phone", .phone) { $0.contact.phone },
            .text("customer_id", .length) { $0.contact.customerID }, .text("display_name", .length) { $0.contact.displayName },
            .time("created_at") { $0.now }, .time("updated_at") { $0.now }, .id("merged_into") { $0.mergedInto },
            .time("number_since") { $0.contact.numberSince }, .id("number_from") { $0.contact.numberFrom },
        ])

    static let identities = Table<IdentityRow>(
        "identities",
        [
            .text("kind", .word) { $0.identity.kind }, .text("scope") { $0.identity.scope }, .text("value", .length) { $0.identity.value },
            .id("contact_id") { $0.contact }, .time("first_seen") { $0.now }, .time("linked_at") { $0.now },
        ])
}

private enum ColumnIndex {
    static let id = Tables.contacts.index(of: "contact_id")
    static let phone = Tables.contacts.index(of: "phone")
    static let numberSince = Tables.contacts.index(of: "number_since")
    static let numberFrom = Tables.contacts.index(of: "number_from")
    static let customerID = Tables.contacts.index(of: "customer_id")
    static let displayName = Tables.contacts.index(of: "display_name")
    static let mergedInto = Tables.contacts.index(of: "merged_into")
    /// The index of the first column of a session.
    static let session = Tables.contacts.count
}

extension FoundContact {
    /// Reads a row of all columns of a contact, followed by those of its session, which are null if it has none; nil if a value of the
    /// contact violates the schema.
    fileprivate init?(columns row: ColumnReader) {
        guard let contact = Contact(columns: row) else { return nil }
        self.init(
            contact: contact, session: Session(columns: row, from: ColumnIndex.session), mergedInto: row.id(ColumnIndex.mergedInto))
    }
}

extension Contact {
    /// Reads a row of all columns; nil if a value violates the schema.
    fileprivate init?(columns row: ColumnReader) {
        guard let id: ContactID = row.id(ColumnIndex.id) else { return nil }
        self.init(
            id: id, phone: row.string(ColumnIndex.phone), numberSince: row.instant(ColumnIndex.numberSince),
            numberFrom: row.id(ColumnIndex.numberFrom),
            customerID: row.string(ColumnIndex.customerID).ofSomebody, displayName: row.string(ColumnIndex.displayName))
    }
}

extension RowBuffer {
    fileprivate mutating func identity(_ identity: Identity) {
        text(identity.kind)
        text(identity.scope)
        text(identity.value)
    }
}

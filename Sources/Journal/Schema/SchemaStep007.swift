import GRDB

/// Since when a number is a contact's, and whose it was before: the database hears of the two contacts in whatever order, and has to tell a number
/// that passed on from one person who was met twice.
enum SchemaStep007 {
    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE contacts ADD COLUMN number_since TEXT;
                ALTER TABLE contacts ADD COLUMN number_from TEXT;
                """)
    }
}

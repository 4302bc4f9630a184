import GRDB

/// Since when a contact has its number, and who had it before. The database receives the two contacts in any order, and must distinguish a
/// number that passed to another person from a person who was seen twice.
enum SchemaStep007 {
    static func apply(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE contacts ADD COLUMN number_since TEXT;
                ALTER TABLE contacts ADD COLUMN number_from TEXT;
                """)
    }
}

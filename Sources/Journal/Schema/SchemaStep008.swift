import GRDB

/// Since when an identity leads to its contact: of two people at two instances who showed one id the database gives it to the later, in whatever
/// order it hears of them.
enum SchemaStep008 {
    static func apply(_ db: Database) throws { try db.execute(sql: "ALTER TABLE identities ADD COLUMN linked_at TEXT") }
}

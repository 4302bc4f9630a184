import GRDB

/// The journal's tables, built step by step; a step that was shipped is never changed, only followed.
enum JournalSchema {
    /// What tells a journal from other programs' SQLite files: "SWBJ".
    static let applicationID: Int32 = 0x5357_424A

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("001 deliveries, messages, sessions", migrate: SchemaStep001.apply)
        migrator.registerMigration("002 blocks, refused deliveries, repeated dead letters", migrate: SchemaStep002.apply)
        migrator.registerMigration("003 numbers that were left, application id", migrate: SchemaStep003.apply)
        migrator.registerMigration("004 size and age of dead letters", migrate: SchemaStep004.apply)
        migrator.registerMigration("005 whether a client named a session's customer", migrate: SchemaStep005.apply)
        migrator.registerMigration("006 rank of statuses", migrate: SchemaStep006.apply)
        migrator.registerMigration("007 since when a number is whose", migrate: SchemaStep007.apply)
        return migrator
    }

    /// Throws `unusable` where a file is another program's, or was written by a later version of this one. An empty file is neither, nor is
    /// one whose first start ended before its first step: that leaves GRDB's own table, with nothing in it.
    static func requireOurs(_ db: Database) throws {
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT LIKE 'grdb%'") ?? 0
        let known = migrator.migrations
        let applied = try migrator.appliedIdentifiers(db)
        guard tables > 0 || !applied.isEmpty else { return }
        guard applied.contains(known[0]) else { throw JournalError(.unusable, reason: "is another program's SQLite file") }
        guard let later = applied.subtracting(known).sorted().last else { return }
        throw JournalError(
            .unusable,
            reason: """
                was written by a later version (its tables are at “\(later)”, this version knows “\(known.last ?? "")”). Install that version, or \
                restore a backup.
                """)
    }

    /// Throws `unusable` where the tables are not those of this version.
    static func requireCurrent(_ db: Database) throws {
        try requireOurs(db)
        guard try migrator.hasCompletedMigrations(db) else {
            throw JournalError(.unusable, reason: "was written by an earlier version: the next start of the gateway upgrades it")
        }
    }
}

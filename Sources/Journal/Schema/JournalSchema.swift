import GRDB
import SQLiteStore

/// The journal's tables, created step by step. A released step is never changed; changes are made by new steps.
/// GRDB's migrator runs each step once, in order, in a transaction of its own, and records it in the file. The steps are whole scripts, so
/// GRDB executes them, rather than a `PreparedStatement`. A step with a script has a file, `SchemaStep009`; a step that adds a column is
/// one line here.
enum JournalSchema {
    /// The application id that distinguishes a journal from other programs' SQLite files: "SWBJ".
    static let applicationID: Int32 = 0x5357_424A

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("001 deliveries, messages, sessions", migrate: SchemaStep001.apply)
        migrator.registerMigration("002 blocks, refused deliveries, repeated dead letters", migrate: SchemaStep002.apply)
        migrator.registerMigration("003 numbers that were left, application id", migrate: SchemaStep003.apply)
        migrator.registerMigration("004 size and age of dead letters", migrate: SchemaStep004.apply)
        migrator.registerMigration("005 whether a client named a session's customer", migrate: SchemaStep005.apply)
        migrator.registerMigration("006 rank of statuses", migrate: SchemaStep006.apply)
        migrator.registerMigration("007 since when a number is whose", migrate: SchemaStep007.apply)
        // If two people showed the same id at two instances, the database assigns it to the later one, in whatever order it receives the
        // reports.
        migrator.addColumn("008 since when an identity is whose", to: "identities", "linked_at TEXT")
        migrator.registerMigration("009 items that differ from what is stored", migrate: SchemaStep009.apply)
        migrator.registerMigration("010 keys of items in runs", migrate: SchemaStep010.apply)
        migrator.registerMigration("011 times of sessions by what their persons did", migrate: SchemaStep011.apply)
        migrator.registerMigration("012 ranges of ids", migrate: SchemaStep012.apply)
        migrator.registerMigration("013 forms of deliveries", migrate: SchemaStep013.apply)
        migrator.registerMigration("014 operators' actions, rows of contacts", migrate: SchemaStep014.apply)
        migrator.registerMigration("015 operators' actions are not replaced", migrate: SchemaStep015.apply)
        return migrator
    }

    /// Upgrades a file's tables. Several processes may do so at once: each step waits for the file's lock, and fails if another process has
    /// completed it first; then the next attempt continues after that step.
    static func migrate(_ connections: any DatabaseWriter) throws {
        let reader = StoreReader(connections)
        while true {
            let before = try reader.readBlocking(applied)
            do { return try migrator.migrate(connections) } catch {
                guard try reader.readBlocking(applied) != before else { throw error }
            }
        }
    }

    /// The steps that have been applied to a file. It checks that GRDB's table exists before reading it, since another process may be
    /// creating it.
    private static func applied(_ db: Database) throws -> Set<String> {
        let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'grdb_migrations'"
        guard try db.statement(table).first({ $0.integer(0) }) ?? 0 > 0 else { return [] }
        return try migrator.appliedIdentifiers(db)
    }

    /// How a file's tables compare with those of this version. Throws `unusable` if they belong to another program. If the first start
    /// ended before its first step, the file counts as empty: it contains only GRDB's own table, without rows.
    static func age(_ db: Database) throws -> JournalInspection.Schema {
        let count = "SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT LIKE 'grdb%'"
        let tables = try db.statement(count).first { $0.integer(0) } ?? 0
        let steps = try applied(db)
        guard tables > 0 || !steps.isEmpty else { return .empty }
        guard steps.contains(migrator.migrations[0]) else { throw JournalError(.unusable, reason: "is another program's SQLite file") }
        guard steps.isSubset(of: migrator.migrations) else { return .newer }
        return steps.isSuperset(of: migrator.migrations) ? .current : .older
    }

    /// Throws `unusable` if a file belongs to another program, or was written by a later version. An empty file is accepted.
    static func requireOurs(_ db: Database) throws {
        let known = migrator.migrations
        guard try age(db) == .newer, let later = try applied(db).subtracting(known).sorted().last else { return }
        throw JournalError(
            .unusable,
            reason: """
                was written by a later version (its tables are at “\(later)”, this version knows “\(known.last ?? "")”). Install that version, or \
                restore a backup.
                """)
    }

    /// Throws `unusable` if a file has no tables, or not those of this program.
    static func requireJournal(_ db: Database) throws {
        try requireOurs(db)
        guard try age(db) == .empty else { return }
        throw JournalError(
            .unusable,
            reason: """
                is an empty file, not a journal: it has no tables. If a journal was here, restore a backup; otherwise start the gateway, which \
                makes one
                """)
    }

    /// Throws `unusable` if the tables are not those of this version.
    static func requireCurrent(_ db: Database) throws {
        try requireJournal(db)
        guard try age(db) == .current else {
            throw JournalError(
                .unusable, reason: "was written by an earlier version of Switchboard: start the gateway once, which upgrades it")
        }
    }
}

extension DatabaseMigrator {
    fileprivate mutating func addColumn(_ step: String, to table: String, _ column: String) {
        registerMigration(step) { db in try db.execute(sql: "ALTER TABLE \(table) ADD COLUMN \(column)") }
    }
}

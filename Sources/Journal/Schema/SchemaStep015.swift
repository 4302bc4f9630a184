import GRDB

/// No row of the audit log can be replaced by another.
enum SchemaStep015 {
    static func apply(_ db: Database) throws { try db.execute(sql: neverReplaced) }

    // SQLite's REPLACE deletes a row without firing the trigger of step 014. Some journals got this trigger with step 014 already.
    private static let neverReplaced = """
        CREATE TRIGGER IF NOT EXISTS operator_actions_not_replaced BEFORE INSERT ON operator_actions
        WHEN EXISTS (SELECT 1 FROM operator_actions WHERE number = new.number)
        BEGIN SELECT RAISE(ABORT, 'operator_actions: rows are never replaced'); END;
        """
}

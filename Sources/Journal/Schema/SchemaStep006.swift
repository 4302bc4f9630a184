import GRDB

/// The rank of statuses, by which the view of current statuses is ordered.
enum SchemaStep006 {
    static func apply(_ db: Database) throws { try db.execute(sql: statusRanks) }

    // The adapter's traits determine the rank when a row is stored; null if the adapter does not know the status. Existing rows get the
    // ranks that the view used until now.
    private static let statusRanks = """
        ALTER TABLE message_statuses ADD COLUMN rank INTEGER;
        UPDATE message_statuses SET rank = CASE status
          WHEN 'deleted' THEN 60 WHEN 'played' THEN 50 WHEN 'read' THEN 40 WHEN 'delivered' THEN 30
          WHEN 'failed' THEN 20 WHEN 'undelivered' THEN 20 WHEN 'rejected' THEN 20 WHEN 'sent' THEN 10 END;
        DROP VIEW message_status_current;
        CREATE VIEW message_status_current AS
          SELECT provider, account, line, external_id, status, occurred_at, received_at, recipient, errors, detail, delivery_id
          FROM (
            SELECT *, row_number() OVER (
              PARTITION BY provider, account, external_id, recipient
              ORDER BY rank DESC NULLS LAST, occurred_at DESC
            ) AS place
            FROM message_statuses
          ) WHERE place = 1;
        """
}

import GRDB

/// Whether a client named a session's customer. Before, this was derived from `customer_id`, which was the phone or the contact's id until
/// a client named the customer.
enum SchemaStep005 {
    static func apply(_ db: Database) throws { try db.execute(sql: customerNamed) }

    // The placeholder may also be a number that the person had earlier.
    private static let customerNamed = """
        ALTER TABLE sessions ADD COLUMN customer_named INTEGER NOT NULL DEFAULT 0;
        UPDATE sessions SET customer_named = 1
        WHERE customer_id IS NOT NULL AND customer_id IS NOT phone AND customer_id <> contact_id AND NOT (
          customer_id LIKE '+%' AND EXISTS (
            SELECT 1 FROM identities i
            WHERE i.kind = 'phone' AND i.scope = '' AND i.value IN (sessions.customer_id, substr(sessions.customer_id, 2))
              AND i.contact_id = sessions.contact_id));
        UPDATE sessions SET customer_id = coalesce(phone, contact_id) WHERE customer_named = 0;
        """
}

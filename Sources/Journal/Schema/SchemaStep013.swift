import GRDB

/// Forms of deliveries: what many deliveries have in common is stored once (Docs/Decisions/0016).
enum SchemaStep013 {
    static func apply(_ db: Database) throws {
        for statement in [forms, column, whole] { try db.execute(sql: statement) }
    }

    // An id is never used again, even if its row was deleted: otherwise deliveries would be restored with another form's content.
    private static let forms = """
        CREATE TABLE delivery_forms (
          form_id INTEGER PRIMARY KEY AUTOINCREMENT,
          adapter TEXT NOT NULL,
          account TEXT NOT NULL,
          method TEXT NOT NULL,
          target TEXT NOT NULL,
          headers_start BLOB NOT NULL,
          headers_end BLOB NOT NULL,
          body_start BLOB NOT NULL,
          body_end BLOB NOT NULL,
          created_at TEXT NOT NULL
        );
        """

    // Null if the row contains the whole delivery. Other rows take adapter, account, method and target from the form, and have empty texts
    // in these columns.
    private static let column = "ALTER TABLE deliveries ADD COLUMN form_id INTEGER"

    // The only place that reassembles deliveries, byte for byte. SQLite concatenates texts and blobs alike, but calls the result a text
    // until it is cast. If the form is missing, everything is null. Headers are stored as a blob if the part that differs consists of hex
    // digits.
    private static let whole = """
        CREATE VIEW whole_deliveries AS
          SELECT d.last_seq, d.delivery_id,
            iif(d.form_id IS NULL, d.adapter, f.adapter) AS adapter, iif(d.form_id IS NULL, d.account, f.account) AS account,
            d.received_at,
            iif(d.form_id IS NULL, d.method, f.method) AS method, iif(d.form_id IS NULL, d.target, f.target) AS target,
            iif(d.form_id IS NULL, d.headers,
              f.headers_start || iif(typeof(d.headers) = 'blob', lower(hex(d.headers)), d.headers) || f.headers_end) AS headers,
            iif(d.form_id IS NULL, d.body, CAST(f.body_start || d.body || f.body_end AS BLOB)) AS body
          FROM deliveries d LEFT JOIN delivery_forms f ON f.form_id = d.form_id;
        """
}

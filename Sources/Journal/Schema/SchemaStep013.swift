import GRDB

/// Forms of deliveries: what many have in common is stored once (Docs/Decisions/0016).
enum SchemaStep013 {
    static func apply(_ db: Database) throws {
        for statement in [forms, column, whole] { try db.execute(sql: statement) }
    }

    // An id is never given again, whoever removed its row: a delivery would become another one by it.
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

    // Null for a row that is whole. Other rows have the form's adapter, account, method and target, and empty texts in these columns.
    private static let column = "ALTER TABLE deliveries ADD COLUMN form_id INTEGER"

    // The only place that puts a delivery together, byte for byte: SQLite joins texts and blobs alike, and calls the result a text until it
    // is cast. All is null where the form is missing. Headers are a blob where all that differs is digits in hex.
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

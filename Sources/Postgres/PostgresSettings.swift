/// Settings of the server for each query of a pool, whatever the server, database, role or URL have set.
///
/// They are sent together with the query, apply to its transaction and end with it. A pooler such as PgBouncer refuses settings in the
/// connection request; one in transaction mode then gives the session to other clients, which would get any lasting settings.
public struct PostgresSettings: Sendable, Equatable {
    /// The statement that sets them for a transaction and returns no row; nil if there is nothing to set.
    let statement: String?

    private init(_ values: [(name: String, value: String)], ofSuperuser: [(name: String, value: String)] = []) {
        let all =
            values.map { "pg_catalog.set_config('\($0.name)', '\($0.value)', true)" }
            + ofSuperuser.map {
                "case when pg_catalog.current_setting('is_superuser') = 'on' then pg_catalog.set_config('\($0.name)', '\($0.value)', true) end"
            }
        statement = all.isEmpty ? nil : "select where pg_catalog.concat(\(all.joined(separator: ", "))) is null"
    }

    /// The server's own settings.
    public static let inherited = PostgresSettings([])

    /// PostgreSQL's defaults for names, types, output formats and SQL, and messages in English if the role may set this.
    ///
    /// The order of dates and the time zone stay as they are, for triggers of the project's own; so do timeouts, which protect a database,
    /// and `default_transaction_read_only`, which keeps a full database read-only.
    public static let plain = PostgresSettings(
        [
            ("search_path", "public, extensions"), ("quote_all_identifiers", "off"), ("standard_conforming_strings", "on"),
            ("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("bytea_output", "hex"), ("extra_float_digits", "1"),
            ("array_nulls", "on"), ("transform_null_equals", "off"), ("row_security", "on"),
        ], ofSuperuser: [("lc_messages", "C")])
}

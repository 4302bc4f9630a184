/// Settings of the server that hold for each query of a pool, whatever the server, the database, the role or the URL have set.
///
/// They are sent before the query, in one turn with it and in its transaction, and end with it. A pooler such as PgBouncer refuses settings that come with
/// the connecting, and one in transaction mode gives the session to other clients afterwards: it would leave them whatever stayed set.
public struct PostgresSettings: Sendable, Equatable {
    /// What sets them for a transaction, without a row; nil where there is nothing to set.
    let statement: String?

    private init(_ values: [(name: String, value: String)], ofSuperuser: [(name: String, value: String)] = []) {
        let all =
            values.map { "pg_catalog.set_config('\($0.name)', '\($0.value)', true)" }
            + ofSuperuser.map {
                "case when pg_catalog.current_setting('is_superuser') = 'on' then pg_catalog.set_config('\($0.name)', '\($0.value)', true) end"
            }
        statement = all.isEmpty ? nil : "select where pg_catalog.concat(\(all.joined(separator: ", "))) is null"
    }

    /// Whatever the server has.
    public static let inherited = PostgresSettings([])

    /// What names, types, values and SQL look like, as PostgreSQL has it by default, and messages in English where the role may ask for it.
    ///
    /// In which order a date is read and in which zone times are shown stay as they are, for triggers of the project's own; so do timeouts, which protect a
    /// database, and `default_transaction_read_only`, by which a full one is closed.
    public static let plain = PostgresSettings(
        [
            ("search_path", "public, extensions"), ("quote_all_identifiers", "off"), ("standard_conforming_strings", "on"),
            ("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("bytea_output", "hex"), ("extra_float_digits", "1"),
            ("array_nulls", "on"), ("transform_null_equals", "off"), ("row_security", "on"),
        ], ofSuperuser: [("lc_messages", "C")])
}

/// The messages that PostgreSQL, PostgREST, Supabase's gateway and Switchboard's own functions are known to have for a code, word for word.
///
/// A function of the project's own can raise any message under any code, and an unknown server can answer anything: a message that is not
/// listed here may quote a row. In a listed message only the holes contain names and values.
enum KnownWords {
    /// One sentence: its fixed pieces; between two pieces is a hole with a variable text.
    private struct Form: Sendable {
        let pieces: [String]

        /// `{}` is a hole.
        init(_ text: String) {
            var pieces: [String] = []
            var rest = text[...]
            while let hole = rest.firstRange(of: "{}") {
                pieces.append(String(rest[..<hole.lowerBound]))
                rest = rest[hole.upperBound...]
            }
            self.pieces = pieces + [String(rest)]
        }

        /// The texts in the holes; nil if the message does not match.
        func values(in message: String) -> [Substring]? {
            guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return pieces == [message] ? [] : nil }
            guard message.hasPrefix(first) else { return nil }
            var rest = message.dropFirst(first.count)
            var values: [Substring] = []
            for piece in pieces.dropFirst().dropLast() {
                guard let found = rest.firstRange(of: piece) else { return nil }
                values.append(rest[..<found.lowerBound])
                rest = rest[found.upperBound...]
            }
            guard rest.hasSuffix(last) else { return nil }
            return values + [rest.dropLast(last.count)]
        }
    }

    /// The texts in a message's holes, in order; nil if the message is not known under this code.
    static func values(in message: String, code: String) -> [Substring]? { match(message, code)?.values }

    /// A message that is known under its code, with each value replaced by `show`; nil if it is not known.
    static func text(_ message: String, code: String, show: (Substring) -> String) -> String? {
        guard let (form, values) = match(message, code) else { return nil }
        return zip(form.pieces.dropFirst(), values).reduce(form.pieces.first ?? "") { $0 + show($1.1) + $1.0 }
    }

    private static func match(_ message: String, _ code: String) -> (form: Form, values: [Substring])? {
        // No known sentence is that long, and every form would be searched for in it.
        guard message.utf8.count <= 2000 else { return nil }
        for form in forms[code] ?? [] { if let values = form.values(in: message) { return (form, values) } }
        return nil
    }

    private static let forms = said.mapValues { $0.map { Form($0) } }

    /// Sources: PostgreSQL 15 (src/backend); PostgREST 14, Errors; both read 2026-11-26; Config/supabase.
    private static let said: [String: [String]] = [
        // Messages of a gateway in front of PostgREST, which have no codes.
        "": [
            "Invalid API key", "No API key found in request", "Unauthorized", "Forbidden use of secret API key in browser",
            "Legacy API keys are disabled",
        ],
        "PGRST000": [
            "Could not connect with the database. Retrying the connection.", "Database connection error. Retrying the connection.",
        ],
        "PGRST001": ["Database client error. Retrying the connection.", "Database connection lost. Retrying the connection."],
        "PGRST002": ["Could not query the database for the schema cache. Retrying."],
        "PGRST003": ["Timed out acquiring connection from connection pool."],
        "PGRST102": ["Empty or invalid json", "All object keys must match"],
        "PGRST106": ["Invalid schema: {}", "The schema must be one of the following: {}"],
        "PGRST125": ["Invalid path specified in request URL"],
        "PGRST202": [
            "Could not find the function {}({}) in the schema cache",
            "Could not find the function {} without parameters in the schema cache",
            "Could not find the function {} in the schema cache",
        ],
        "PGRST203": ["Could not choose the best candidate function between: {}"],
        "PGRST204": ["Could not find the '{}' column of '{}' in the schema cache", "Column '{}' of relation '{}' does not exist"],
        "PGRST205": ["Could not find the table '{}' in the schema cache"],
        "PGRST300": ["Server lacks JWT secret"],
        "PGRST301": [
            "No suitable key or wrong key type", "JWT cryptographic operation failed", "Expected 3 parts in JWT; got {}",
            "JWSError JWSInvalidSignature", "JWSError (CompactDecodeError Invalid number of parts: Expected 3 parts; got {})",
        ],
        "PGRST302": ["Anonymous access is disabled"],
        "PGRST303": ["JWT expired", "JWT issued at future", "JWT not yet valid", "JWT not in audience"],
        "SB409": ["another customer"],
        "0A000": [
            "cannot alter type of a column used by a view or rule", "cannot alter type of a column used in a policy definition",
            "cannot alter type of a column used by a generated column", "cannot alter type of a column used in a trigger definition",
            "cannot alter type of a column used by a function or procedure",
            "cannot alter type of a column used by a publication WHERE clause",
        ].flatMap { [$0, "the columns of {} cannot get their types while something else uses them: \($0)"] } + [
            "the functions are of version {}, and this script has those of version {}"
        ],
        "21000": [
            "ON CONFLICT DO UPDATE command cannot affect row a second time",
            "more than one row returned by a subquery used as an expression",
        ],
        "22001": ["value too long for type {}"],
        "22003": ["{} out of range", "value \"{}\" is out of range for type {}", "numeric field overflow"],
        "22007": ["invalid input syntax for type {}: \"{}\""],
        "22008": ["date/time field value out of range: \"{}\"", "timestamp out of range: \"{}\"", "timestamp out of range"],
        "22012": ["division by zero"],
        "22023": [
            "batch must be an object of version 1", "cannot extract elements from a scalar", "cannot extract elements from an object",
        ],
        "22P02": [
            "invalid input syntax for type {}: \"{}\"", "invalid input syntax for type {}", "malformed array literal: \"{}\"",
            "invalid input value for enum {}: \"{}\"",
        ],
        "22P05": ["unsupported Unicode escape sequence"],
        "23000": ["a trigger on the table {} discards rows", "a trigger on the table {} discards rows: {}"],
        "23502": [
            "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
            "column \"{}\" of relation \"{}\" contains null values",
        ],
        "23503": [
            "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
            "update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
        ],
        "23505": ["duplicate key value violates unique constraint \"{}\"", "could not create unique index \"{}\""],
        "23514": [
            "new row for relation \"{}\" violates check constraint \"{}\"",
            "check constraint \"{}\" of relation \"{}\" is violated by some row",
            "no partition of relation \"{}\" found for row",
        ],
        "23P01": ["conflicting key value violates exclusion constraint \"{}\""],
        "25006": ["cannot execute {} in a read-only transaction"],
        "2BP01": [
            "cannot drop table {} because other objects depend on it", "cannot drop view {} because other objects depend on it",
            "cannot drop function {}({}) because other objects depend on it", "cannot drop type {} because other objects depend on it",
            "cannot drop constraint {} on table {} because other objects depend on it",
            "cannot drop column {} of table {} because other objects depend on it",
        ],
        "3F000": ["schema \"{}\" does not exist", "no schema has been selected to create in"],
        "40001": [
            "could not serialize access due to concurrent update", "could not serialize access due to concurrent delete",
            "could not serialize access due to read/write dependencies among transactions",
        ],
        "40P01": ["deadlock detected"],
        "42501": [
            "permission denied for schema {}", "permission denied for table {}", "permission denied for function {}",
            "permission denied for database {}", "permission denied for view {}", "permission denied for sequence {}",
            "permission denied to set role \"{}\"", "permission denied to create role", "must be owner of table {}",
            "must be owner of function {}", "must be owner of schema {}",
            "must be owner of view {}", "must be owner of relation {}", "must be owner of index {}", "must be owner of type {}",
            "must be member of role \"{}\"",
            "new row violates row-level security policy for table \"{}\"",
            "new row violates row-level security policy \"{}\" for table \"{}\"",
            "there is no role {}, and {} may not make it", "there is no schema {}, and {} may not make it",
        ],
        "42601": ["syntax error at or near \"{}\"", "syntax error in tsquery: \"{}\"", "syntax error at end of input"],
        "42701": ["column \"{}\" of relation \"{}\" already exists"],
        "42702": ["column reference \"{}\" is ambiguous"],
        "42703": [
            "column \"{}\" of relation \"{}\" does not exist", "column \"{}\" does not exist", "column {} does not exist",
            "record \"{}\" has no field \"{}\"",
        ],
        "42704": [
            "type \"{}\" does not exist", "role \"{}\" does not exist", "constraint \"{}\" of relation \"{}\" does not exist",
            "index \"{}\" does not exist", "constraint \"{}\" for table \"{}\" does not exist",
            "trigger \"{}\" for table \"{}\" does not exist",
        ],
        "42710": [
            "role \"{}\" already exists", "constraint \"{}\" for relation \"{}\" already exists",
            "trigger \"{}\" for relation \"{}\" already exists",
        ],
        "42804": [
            "column \"{}\" is of type {} but expression is of type {}", "column \"{}\" cannot be cast automatically to type {}",
            "foreign key constraint \"{}\" cannot be implemented",
        ],
        "42830": ["there is no unique constraint matching given keys for referenced table \"{}\""],
        "42846": ["cannot cast type {} to {}"],
        "42883": ["function {}({}) does not exist", "operator does not exist: {}", "procedure {}({}) does not exist"],
        "42P01": ["relation \"{}\" does not exist", "missing FROM-clause entry for table \"{}\""],
        "42P07": ["relation \"{}\" already exists"],
        "42P10": [
            "there is no unique or exclusion constraint matching the ON CONFLICT specification", "cannot update table \"{}\"",
            "cannot delete from table \"{}\"",
        ],
        "42P13": ["cannot change return type of existing function", "cannot change name of input parameter \"{}\""],
        "42P16": [
            "cannot change name of view column \"{}\" to \"{}\"", "cannot drop columns from view",
            "multiple primary keys for table \"{}\" are not allowed",
        ],
        "53200": ["out of memory"],
        "54000": ["at most 5000 rows a call", "index row size {} exceeds btree version 4 maximum {} for index \"{}\""],
        "55000": [
            "cannot update table \"{}\" because it does not have a replica identity and publishes updates",
            "cannot delete from table \"{}\" because it does not have a replica identity and publishes deletes",
        ],
        "55006": [
            "cannot {} \"{}\" because it is being used by active queries in this session",
            "cannot {} \"{}\" because it has pending trigger events",
        ],
        "55P03": ["canceling statement due to lock timeout", "could not obtain lock on relation \"{}\""],
        "57014": ["canceling statement due to statement timeout", "canceling statement due to user request"],
        "57P01": ["terminating connection due to administrator command"],
        "57P03": [
            "the database system is starting up", "the database system is shutting down", "the database system is in recovery mode",
            "the database system is not yet accepting connections",
        ],
        "P0001": [
            "the table sessions shares its rows with another by inheritance", "the table {} is not Switchboard's: it has no {}",
            "the column {} of the table {} is {} and must be {}",
            "the column contact_id of the table sessions leads to no contact of Switchboard's",
            "the table sessions was made by hand, and may refuse rows of Switchboard's: {}",
            "row security may hide rows of the table sessions from {}",
            "the table sessions has a deferred trigger, {}, and is upgraded in one transaction alone",
        ],
    ]
}

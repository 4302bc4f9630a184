import CPostgres

/// The URL of a PostgreSQL database, `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require`. It never shows its password.
///
/// Users copy such URLs from other programs. Surrounding quotes and white space, a leading `jdbc:`, a driver's name in the scheme, and
/// options of other clients that have no effect here are removed; `notices` lists them. Anything else that libpq cannot read is an error
/// that names the part.
public struct DatabaseURL: Sendable, CustomStringConvertible, CustomReflectable {
    /// The URL in the form that libpq reads.
    let text: String
    /// The address without user and password: `db.example.com:5432/postgres`.
    public let address: String
    /// What was removed or read otherwise, one sentence each, without values.
    public let notices: [String]

    let user: String?
    let password: String?
    let host: String?
    let database: String?

    /// Throws `malformed`, which names the unreadable part without its value. `schema` is the schema of the tables: an option that names it
    /// has no effect, and one that names another is an error.
    public init(_ given: String, schema: String = "public") throws(PostgresError) {
        var cleaner = URLCleaner(given, schema: schema)
        try cleaner.clean()
        text = cleaner.url
        notices = cleaner.notices
        try URLFaults.check(text)
        guard let parts = ConninfoParts(text), parts.isSound else {
            throw PostgresError(.malformed, message: "the URL cannot be read as \(Self.form)", hint: URLFaults.encoding)
        }
        (user, password, host, database) = (parts["user"], parts["password"], parts["host"], parts["dbname"])
        address = "\(parts["host"] ?? "localhost"):\(parts["port"] ?? "5432")/\(parts["dbname"] ?? parts["user"] ?? "postgres")"
    }

    static let form = "postgres://USER:PASSWORD@HOST:PORT/DATABASE"

    public var description: String { address }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Removes other programs' additions from a URL.
private struct URLCleaner {
    private(set) var url: String
    private(set) var notices: [String] = []
    private let schema: String

    init(_ given: String, schema: String) {
        url = given
        self.schema = schema
    }

    mutating func clean() throws(PostgresError) {
        stripSurroundings()
        try readScheme()
        try readOptions()
    }

    private mutating func stripSurroundings() {
        let bare = url.trimmed
        let unquoted =
            bare.count > 1 && bare.first == bare.last && "\"'`".contains(bare.first ?? " ")
            ? String(bare.dropFirst().dropLast()).trimmed : bare
        if unquoted != url { notices.append("white space or quotes around the URL were left out") }
        url = unquoted
    }

    /// Reads the scheme: SQLAlchemy names a driver in it (`postgresql+psycopg2`), Java its API before it (`jdbc:postgresql`).
    private mutating func readScheme() throws(PostgresError) {
        if url.hasPrefix("jdbc:") {
            url.removeFirst("jdbc:".count)
            notices.append("“jdbc:” before the URL was left out")
        }
        guard let end = url.firstIndex(of: ":"), url[end...].hasPrefix("://") else {
            throw PostgresError(.malformed, message: "the URL does not begin with postgres:// or postgresql://")
        }
        let scheme = url[..<end].split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        guard ["postgres", "postgresql"].contains(scheme[0].lowercased()) else {
            throw PostgresError(.malformed, message: "the URL does not begin with postgres:// or postgresql://")
        }
        if scheme.count > 1 { notices.append("the driver's name in the scheme was left out") }
        url = "postgresql" + url[end...]
    }

    /// The option's name if it consists of letters and underscores; anything else may be part of a password and is not shown.
    private static func shown(_ name: String) -> String {
        let isName = name.utf8.allSatisfy { $0 == 0x5F || (0x41...0x5A).contains($0 & 0xDF) }
        return isName && (1...40).contains(name.utf8.count) ? "the option \(name)" : "an option after the question mark"
    }

    private mutating func readOptions() throws(PostgresError) {
        // A question mark before the last @ is part of a password.
        let start = url.lastIndex(of: "@") ?? url.startIndex
        guard let mark = url[start...].firstIndex(of: "?") else { return }
        var kept: [Substring] = []
        for option in url[url.index(after: mark)...].split(separator: "&") {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (String(pair[0]), pair.count > 1 ? String(pair[1]) : "")
            if let replacement = ForeignOptions.replacement(for: name, value) {
                notices.append("the option \(name) of another client was read as \(replacement)")
                kept.append(Substring(replacement))
            } else if ForeignOptions.changesNothing(name, value, in: schema) {
                notices.append("the option \(name) of another client was left out: it changes nothing here")
            } else if ForeignOptions.namesSchema(name) {
                throw PostgresError(
                    .malformed, message: "the option \(name) asks for another schema than \(schema), where Switchboard's tables are",
                    hint: "leave it out of the URL; the setting supabase.schema says where the tables are")
            } else if ForeignOptions.known.contains(name) {
                kept.append(option)
            } else {
                throw PostgresError(
                    .malformed, message: "\(Self.shown(name)) is unknown to libpq",
                    hint: "leave it out of the URL; libpq's options are listed in PostgreSQL's documentation, Connection Strings")
            }
        }
        url = url[..<mark] + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
    }
}

/// Options of other clients in a URL's query.
private enum ForeignOptions {
    /// Pooling, caching and prepared statements of Prisma, SQLAlchemy and asyncpg, JDBC, node-postgres, pgx, Supabase's examples.
    private static let indifferent: Set<String> = [
        "pgbouncer", "connection_limit", "pool_timeout", "socket_timeout", "statement_cache_size", "statement_cache_mode",
        "statement_cache_capacity",
        "prepared_statement_cache_size", "prepared_statement_name_func", "prepareThreshold", "preparedStatementCacheQueries",
        "preparedStatementCacheSizeMiB", "preferQueryMode", "default_query_exec_mode", "description_cache_capacity", "binaryTransfer",
        "reWriteBatchedInserts", "pool_max_conns", "pool_min_conns", "pool_size", "max_overflow", "uselibpqcompat", "sslaccept", "supa",
        "workaround",
        "ApplicationName", "stringtype", "tcpKeepAlive",
    ]

    /// Whether the option has no effect. `schema` is that of Switchboard's tables, whatever a URL says.
    static func changesNothing(_ name: String, _ value: String, in schema: String) -> Bool {
        indifferent.contains(name) || namesSchema(name) && value == schema
    }

    static func namesSchema(_ name: String) -> Bool { ["schema", "currentSchema", "search_path"].contains(name) }

    /// The equivalent option of libpq: encrypted without checking the certificate, or not encrypted.
    static func replacement(for name: String, _ value: String) -> String? {
        switch (name, value) {
        case ("sslmode", "no-verify"), ("ssl", "true"), ("ssl", "require"), ("ssl", "1"): "sslmode=require"
        case ("ssl", "false"), ("ssl", "disable"), ("ssl", "0"): "sslmode=disable"
        default: nil
        }
    }

    /// The names of libpq's own options.
    static let known: Set<String> = {
        guard let options = PQconndefaults() else { return [] }
        defer { PQconninfoFree(options) }
        var names: Set<String> = []
        var option = options
        while let name = option.pointee.keyword {
            names.insert(String(cString: name))
            option += 1
        }
        return names
    }()
}

/// Finds the part of a URL that cannot be read. Every message names the part, and none repeats its value.
private enum URLFaults {
    static let encoding =
        "special characters of the password are percent-encoded: @ as %40, / as %2F, : as %3A, ? as %3F, # as %23, % as %25"

    static func check(_ url: String) throws(PostgresError) {
        let rest = url.dropFirst("postgresql://".count)
        let authority = rest.prefix { !"/?#".contains($0) }
        let behind = rest.dropFirst(authority.count)
        // Supabase's dashboard shows such placeholders, `[YOUR-PASSWORD]`.
        let readable = authority.replacing("%5B", with: "[").replacing("%5D", with: "]")
        if let blank = readable.firstMatch(of: #/\[YOUR-(PASSWORD|[A-Z-]{1,20})\]/#.ignoresCase())?.output.0 {
            throw PostgresError(
                .malformed, message: "the URL still has \(blank.uppercased())",
                hint: blank.uppercased() == "[YOUR-PASSWORD]"
                    ? "put the database's password in its place, without the brackets; \(encoding)"
                    : "put the project's own value in its place, without the brackets")
        }
        let signs = authority.count { $0 == "@" }
        guard signs <= 1 else { throw fault("user or password", "an unencoded @") }
        guard let sign = authority.firstIndex(of: "@") else {
            // The text before a later @ is a password that was cut off at an unencoded character.
            if let cut = behind.first, behind.contains("@"), behind.prefix(while: { $0 != "@" }).contains("=") == false {
                throw fault("user or password", "an unencoded \(cut)")
            }
            return
        }
        guard isEncoded(authority[..<sign]) else { throw fault("user or password", "a % that no two hexadecimal digits follow") }
        if behind.prefix(while: { $0 != "?" }).contains("@") { throw fault("user or password", "an unencoded @ or /") }
        try checkPort(authority[authority.index(after: sign)...])
    }

    private static func checkPort(_ hosts: Substring) throws(PostgresError) {
        for host in hosts.split(separator: ",") {
            guard let colon = host.lastIndex(of: ":"), host[colon...].contains("]") == false else { continue }
            let port = host[host.index(after: colon)...]
            guard (1...65535).contains(Int(port) ?? 0) || port.isEmpty else { throw fault("port", "no number from 1 to 65535") }
        }
    }

    private static func isEncoded(_ text: Substring) -> Bool {
        text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { piece in
            piece.count >= 2 && piece.prefix(2).allSatisfy { $0.isHexDigit && $0.isASCII }
        }
    }

    private static func fault(_ part: String, _ what: String) -> PostgresError {
        PostgresError(.malformed, message: "the URL's \(part) has \(what)", hint: part == "port" ? nil : encoding)
    }
}

/// The parts of a URL as libpq reads them.
private struct ConninfoParts {
    private var values: [String: String] = [:]

    /// Nil if libpq cannot read it. Its message may quote the password, and is not repeated.
    init?(_ url: String) {
        var reason: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(reason) }
        guard let options = PQconninfoParse(url, &reason) else { return nil }
        defer { PQconninfoFree(options) }
        var option = options
        while let name = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: name)] = String(cString: value) }
            option += 1
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// Whether host, port and database are plausible: a password with an unencoded `@` or `/` ends up in one of them.
    var isSound: Bool {
        let ports = (values["port"] ?? "").split(separator: ",").map { Int($0) }
        return ["host", "dbname"].allSatisfy { values[$0]?.contains("@") != true } && ports.allSatisfy { (1...65535).contains($0 ?? 0) }
    }
}

extension String {
    fileprivate var trimmed: String {
        let isBlank = { (character: Character) in character.isWhitespace || character.isNewline }
        let start = drop(while: isBlank)
        return String(start.reversed().drop(while: isBlank).reversed())
    }
}

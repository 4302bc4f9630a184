import JSON
import Messaging

/// A database's description of its schema; nil values were not reported.
public struct SchemaInspection: Sendable, Equatable {
    /// The version of the installed functions; nil without `switchboard_inspect`.
    public var version: Int?
    public var now: Instant?
    /// `server_version_num`: 150004.
    public var serverVersion: Int?
    /// The role of the calls.
    public var role: String?
    public var columns: [Column] = []
    /// Whether row security is enabled, by table.
    public var rowSecurity: [String: Bool]?
    public var indexes: Set<String>?
    /// The unique keys by table, each with its columns.
    public var keys: [String: [Set<String>]]?
    public var functions: Set<String>?
    /// The privileges of `anon` and `authenticated`.
    public var openGrants: [Grant]?
    /// Views that give `anon` and `authenticated` access without row security.
    public var exposedViews: [ExposedView]?
    /// Why no row can be written; nil if rows can be.
    public var readOnly: ReadOnly?
    /// The statements that reset a read-only default; empty if it is neither the role's nor the database's.
    public var readOnlyResets: [String]?
    /// Tables that the recipe for agents opens, but that the publication `supabase_realtime` lacks.
    public var unpublished: Set<String> = []
    /// Whether that publication exists.
    public var hasPublication = false
    /// PostgreSQL's name of the encoding: `UTF8`.
    public var encoding: String?
    /// Tables that the caller owns, but whose row security applies to it all the same.
    public var forced: Set<String> = []
    /// Digests of the functions' bodies, by name with schema; overloads of one name share an entry.
    public var bodies: [String: Set<String>]?
    /// What the caller may not use: `table sessions`, `function switchboard_ingest`, `rows of sessions`.
    public var denied: [String]?

    /// Why a database refuses writes.
    public enum ReadOnly: String, Sendable {
        /// It is a replica of another one.
        case standby
        /// `default_transaction_read_only` is on for the role, the database or the server.
        case byDefault = "default"
        /// `default_transaction_read_only` is on, but the gateway calls through the API, which begins its transactions as `read write`, so
        /// that writes succeed.
        case byDefaultOfAPI = "api"
    }

    /// A column of one of the contract's tables.
    public struct Column: Sendable, Equatable {
        public var table: String
        public var name: String
        public var type: String
        /// Whether every insert must name it, because it is not null and has no default.
        public var isDemanding = false
    }

    /// A privilege of a role.
    public struct Grant: Sendable, Equatable {
        /// `table sessions`, `function switchboard_ingest`.
        public var object: String
        public var role: String
        /// For a table: `select`, `insert`, `update`, `delete`, `truncate`. Empty for a function, and in answers of older versions.
        public var privileges: Set<String> = []
        /// Whether policies select the accessible rows of the table.
        public var isSecured = false
        /// Whether the role can read `session_token`.
        public var showsTokens = false
    }

    /// The description of a database that reports nothing.
    public init() {}
}

extension SchemaInspection {
    /// Reads an answer of `switchboard_inspect` of any version; nil if it is none.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), json["columns"].kind == .array else { return nil }
        version = json["version"].int.map { Int($0) }
        now = json["now"].string.flatMap { Instant(rfc3339: $0) }
        serverVersion = json["server_version"].int.map { Int($0) }
        role = json["role"].string
        columns = json["columns"].elements.map {
            Column(
                table: $0["table"].string ?? "", name: $0["column"].string ?? "", type: ($0["type"].string ?? "").withoutNeedlessQuotes,
                isDemanding: $0["demanding"].bool ?? false)
        }
        rowSecurity = json["row_security"].list.map { list in
            Dictionary(list.map { ($0["table"].string ?? "", $0["enabled"].bool ?? false) }) { $0 && $1 }
        }
        indexes = json["indexes"].list.map { Set($0.compactMap(\.string)) }
        functions = json["functions"].list.map { Set($0.compactMap(\.string)) }
        openGrants = json["open_grants"].list?.map {
            Grant(
                object: $0["object"].string ?? "", role: $0["role"].string ?? "",
                privileges: Set($0["privileges"].list?.compactMap(\.string) ?? []), isSecured: $0["secured"].bool ?? false,
                showsTokens: $0["token"].bool ?? false)
        }
        exposedViews = ExposedView.all(in: json["exposed_views"])
        denied = json["denied"].list?.compactMap(\.string)
        let conditions = json["conditions"]
        readOnly = conditions["read_only"].string.flatMap { ReadOnly(rawValue: $0) }
        readOnlyResets = conditions["read_only_resets"].list?.compactMap(\.string)
        unpublished = Set(conditions["unpublished"].list?.compactMap(\.string) ?? [])
        hasPublication = conditions["has_publication"].bool ?? false
        keys = conditions["keys"].list.map { list in
            Dictionary(grouping: list) { $0[0].string ?? "" }.mapValues { $0.map { Set($0[1].elements.compactMap(\.string)) } }
        }
        encoding = conditions["encoding"].string
        forced = Set(conditions["forced"].list?.compactMap(\.string) ?? [])
        bodies = conditions["bodies"].list.map { list in
            Dictionary(list.map { ($0[0].string ?? "", [$0[1].string ?? ""]) }) { $0.union($1) }
        }
    }

    /// As much as the API's description shows of a schema.
    init(_ description: OpenAPIDescription) {
        columns = SchemaContract.columns.keys.sorted().flatMap { table in
            (description.columns(of: table) ?? [:]).sorted { $0.key < $1.key }.map { Column(table: table, name: $0.key, type: $0.value) }
        }
    }
}

extension String {
    /// A type without unnecessary quotes: older functions report `"uuid"` if `quote_all_identifiers` is on.
    var withoutNeedlessQuotes: String { replacing(#/"([a-z_][a-z0-9_]*)"/#) { String($0.output.1) } }
}

extension JSON {
    /// Nil if it is not an array.
    fileprivate var list: [JSON]? { kind == .array ? Array(elements) : nil }
}

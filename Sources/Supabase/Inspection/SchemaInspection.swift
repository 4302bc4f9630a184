import JSON
import Messaging

/// What a database tells of its schema; nil is what it did not tell.
public struct SchemaInspection: Sendable, Equatable {
    /// The version of the functions that are there; nil where `switchboard_inspect` is not.
    public var version: Int?
    public var now: Instant?
    /// `server_version_num`: 150004.
    public var serverVersion: Int?
    /// Who the calls come as.
    public var role: String?
    public var columns: [Column] = []
    /// Whether row security is on, by table.
    public var rowSecurity: [String: Bool]?
    public var indexes: Set<String>?
    /// The columns that no two rows share, by table: an entry a key.
    public var keys: [String: [Set<String>]]?
    public var functions: Set<String>?
    /// What `anon` and `authenticated` can do.
    public var openGrants: [Grant]?
    /// Views by which `anon` and `authenticated` get past row security.
    public var exposedViews: [ExposedView]?
    /// Why no row can be written; nil where nothing keeps it.
    public var readOnly: ReadOnly?
    /// What takes back the defaults by which nothing can be written, a statement each; empty where they are none of the role's or the database's.
    public var readOnlyResets: [String]?
    /// Tables that the recipe for agents opens, and that the publication `supabase_realtime` does not have.
    public var unpublished: Set<String> = []
    /// Whether there is such a publication.
    public var hasPublication = false
    /// As PostgreSQL names it: `UTF8`.
    public var encoding: String?
    /// Tables whose owner the caller is, and whose row security keeps it out all the same.
    public var forced: Set<String> = []
    /// Digests of the functions' bodies, by their names with their schemas: several of one name are one entry.
    public var bodies: [String: Set<String>]?
    /// What the caller cannot do: `table sessions`, `function switchboard_ingest`, `rows of sessions`.
    public var denied: [String]?

    /// Why a database takes no rows.
    public enum ReadOnly: String, Sendable {
        /// It follows another one.
        case standby
        /// `default_transaction_read_only` is on for the role, the database or the server.
        case byDefault = "default"
        /// The same, where calls come by the API, which begins transactions that write as such.
        case byDefaultOfAPI = "api"
    }

    /// A column of one of the contract's tables.
    public struct Column: Sendable, Equatable {
        public var table: String
        public var name: String
        public var type: String
        /// Whether every insert has to name it: not null, and without a default.
        public var isDemanding = false
    }

    /// Something that a role can use.
    public struct Grant: Sendable, Equatable {
        /// `table sessions`, `function switchboard_ingest`.
        public var object: String
        public var role: String
        /// Of a table: `select`, `insert`, `update`, `delete`, `truncate`. Empty of a function, and where an older version tells of it.
        public var privileges: Set<String> = []
        /// Whether policies decide which rows of the table can be reached.
        public var isSecured = false
        /// Whether the role can read `session_token`.
        public var showsTokens = false
    }

    /// Of a database that tells nothing.
    public init() {}
}

extension SchemaInspection {
    /// Reads what `switchboard_inspect` answers, in this version or another; nil where it is no such answer.
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

    /// What can be told of a schema by the API's description alone.
    init(_ description: OpenAPIDescription) {
        columns = SchemaContract.columns.keys.sorted().flatMap { table in
            (description.columns(of: table) ?? [:]).sorted { $0.key < $1.key }.map { Column(table: table, name: $0.key, type: $0.value) }
        }
    }
}

extension String {
    /// A type as it reads the same without quotes: functions of an older version tell `"uuid"` where `quote_all_identifiers` is on.
    var withoutNeedlessQuotes: String { replacing(#/"([a-z_][a-z0-9_]*)"/#) { String($0.output.1) } }
}

extension JSON {
    /// Nil where it is no array.
    fileprivate var list: [JSON]? { kind == .array ? Array(elements) : nil }
}

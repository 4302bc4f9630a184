/// The schema of Switchboard's tables and of the functions that the gateway calls: `supabase.schema`.
public struct SchemaName: Sendable, Hashable, CustomStringConvertible {
    /// The name as statements contain it: a plain identifier, which needs no quotes.
    public let name: String

    /// The schema unless the settings name another.
    public static let `public` = SchemaName(known: "public")

    /// Nil if the text is not a plain identifier (`form`), or is a reserved name (`fault(of:)`).
    public init?(_ text: String) {
        guard SchemaName.isPlain(text), SchemaName.fault(of: text) == nil else { return nil }
        self.init(known: text)
    }

    private init(known name: String) { self.name = name }

    /// The schema of the internal functions, which no API exposes. Each schema has its own, so that two gateways with one database do not
    /// replace each other's functions.
    public var internalName: String { self == .public ? "switchboard" : "\(name)\(Self.internalSuffix)" }

    public var description: String { name }

    private static let internalSuffix = "_switchboard"

    /// PostgreSQL allows 63 bytes, and the internal schema's name is longer than this one.
    private static let longest = 40

    /// The form of a name, to follow “must be”.
    public static let form = "the name of a schema: a–z, 0–9 and _, at most \(longest), and no digit first"

    private static func isPlain(_ text: String) -> Bool {
        guard (1...longest).contains(text.utf8.count), let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    /// Why a name of this form cannot be Switchboard's, in one sentence; nil if it can, or has another form.
    public static func fault(of text: String) -> String? {
        if words.contains(text) { return "must be another name than “\(text)”, which is a word of SQL" }
        if text == SchemaName.public.internalName || text.hasSuffix(internalSuffix) {
            return "must be another name than “\(text)”: Switchboard calls the schema of its internal functions so"
        }
        guard others.contains(text) || prefixesOfOthers.contains(where: text.hasPrefix) else { return nil }
        return "must be another name than “\(text)”, which is PostgreSQL's or Supabase's own"
    }

    /// Schemas that PostgreSQL, Supabase and its extensions create (Supabase, Database, Schemas; read 2026-11-26).
    private static let others: Set<String> = [
        "auth", "cron", "dbdev", "extensions", "information_schema", "net", "pgbouncer", "pgmq", "pgmq_public", "pgtle",
        "realtime", "storage", "tiger", "tiger_data", "topology", "vault",
    ]
    private static let prefixesOfOthers = ["pg_", "graphql", "pgsodium", "supabase_", "_analytics", "_realtime", "_supavisor"]

    /// Words that PostgreSQL does not accept as a schema's name without quotes: `pg_get_keywords()` except the unreserved, in 15 to 18.
    private static let words = Set(
        """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character \
        check coalesce collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema \
        current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists extract false fetch \
        float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect interval \
        into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize \
        json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize \
        not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real references \
        returning right row select session_user setof similar smallint some substring symmetric system_user table tablesample then time \
        timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes \
        xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
        """.split(separator: " ").map(String.init))
}

import Messaging

/// Compares what a database tells of its schema with what this program expects, and says what to do about each difference.
public struct SchemaRules: Sendable {
    private let seen: SchemaInspection
    private let schema: SchemaName
    private let owners: TableOwners
    private static let migrate = "run `switchboard migrate`"

    /// `schema` is the one that was looked at.
    public init(_ seen: SchemaInspection, in schema: SchemaName = .public) {
        owners = TableOwners(seen, in: schema)
        self.seen = owners.ours(of: seen)
        self.schema = schema
    }

    /// `migrate` refuses to begin while a table is somebody else's or damaged.
    private var next: String { owners.findings.isEmpty ? Self.migrate : "once the tables told of above are seen to, \(Self.migrate)" }

    /// In the order in which to fix things.
    public var findings: [Finding] {
        let shape =
            [server].compactMap(\.self) + ConditionRules(seen).findings + owners.findings
            + [tables, functions, permission].compactMap(\.self) + forced
        let details = columns + demandingColumns + lostDefaults + [rowSecurity].compactMap(\.self)
        return shape + details + grants + indexes + [realtime].compactMap(\.self)
    }

    private var server: Finding? {
        guard let version = seen.serverVersion else { return nil }
        let name = "PostgreSQL \(version / 10_000).\(version % 10_000)"
        return version < SchemaContract.oldestServer
            ? Finding(
                .warn, "supabase.server", "\(name) is older than 15", advice: "upgrade the project: nobody has tried it on this version")
            : Finding(.ok, "supabase.server", name)
    }

    private var tables: Finding? {
        let missing = Set(SchemaContract.columns.keys).subtracting(seen.columns.map(\.table)).subtracting(owners.strangers)
        guard !missing.isEmpty || !owners.findings.isEmpty else {
            return Finding(.ok, "supabase.tables", "all \(SchemaContract.columns.count) are there")
        }
        guard !missing.isEmpty else { return nil }
        return Finding(.fail, "supabase.tables", "missing: \(missing.listed)", advice: next)
    }

    private var functions: Finding? {
        guard let version = seen.version else {
            let isThere = seen.functions?.contains(ContractFunction.inspect.rawValue) == true
            return Finding(
                .fail, "supabase.functions", "switchboard_inspect \(isThere ? "does not work" : "is not there")", advice: next)
        }
        let missing = seen.functions.map { SchemaContract.functions.subtracting($0) } ?? []
        guard missing.isEmpty else {
            return Finding(.fail, "supabase.functions", "missing: \(missing.listed)", advice: next)
        }
        let ours = SchemaContract.version
        switch version {
        case ours: return bodies ?? Finding(.ok, "supabase.functions", "version \(ours)")
        case ..<ours:
            return Finding(.fail, "supabase.functions", "version \(version) is older than this program's \(ours)", advice: next)
        default:
            return Finding(
                .warn, "supabase.functions", "version \(version) is newer than this program's \(ours)", advice: "upgrade this program")
        }
    }

    /// Nil where each function is as the scripts make it, or where nobody told.
    private var bodies: Finding? {
        guard let (missing, others) = FunctionBodies(in: schema).differences(from: seen.bodies) else { return nil }
        let parts = [("missing", missing), ("not as this version makes them", others)].filter { !$0.1.isEmpty }
        return Finding(
            .fail, "supabase.functions", parts.map { "\($0.0): \($0.1.listed)" }.joined(separator: "; "),
            advice: "\(next), which makes all of them anew")
    }

    /// Row security that was forced on the owner keeps it out, whatever `migrate` grants.
    private var forced: [Finding] {
        seen.forced.intersection(SchemaContract.columns.keys).subtracting(owners.strangers).sorted().map { table in
            Finding(
                .fail, "supabase.permission",
                "\(seen.role ?? "the caller") owns \(table) and reaches none of its rows: row security is forced on the owner too",
                advice: "alter table \(schema).\(table) no force row level security;")
        }
    }

    private var permission: Finding? {
        guard let denied = seen.denied?.filter({ !seen.forced.map { "rows of \($0)" }.contains($0) }) else { return nil }
        guard !denied.isEmpty || forced.isEmpty else { return nil }
        let role = seen.role ?? "the caller"
        guard !denied.isEmpty else { return Finding(.ok, "supabase.permission", "\(role) may do what the gateway does") }
        return Finding(
            .fail, "supabase.permission", "\(role) may not use: \(denied.listed)",
            advice:
                "\(Self.migrate), which grants it to service_role; by db_url, log in as \(CallFailure.roles)")
    }

    /// One line a column that is not as it should be.
    private var columns: [Finding] {
        let wrong = SchemaContract.columns.sorted { $0.key < $1.key }.flatMap { table, expected in
            let seen = Dictionary(seen.columns.filter { $0.table == table }.map { ($0.name, $0.type) }) { first, _ in first }
            return seen.isEmpty ? [] : differences(of: table, expected, seen)
        }
        return wrong.isEmpty && !seen.columns.isEmpty ? [Finding(.ok, "supabase.columns", "all have their types")] : wrong
    }

    private func differences(of table: String, _ expected: [String: String], _ seen: [String: String]) -> [Finding] {
        expected.sorted { $0.key < $1.key }.compactMap { column, type in
            guard let found = seen[column] else {
                // It is told of the table: `migrate` does not add it.
                guard !owners.damaged.contains(table) else { return nil }
                return Finding(.fail, "supabase.columns", "\(table).\(column) is missing", advice: next)
            }
            guard found != type else { return nil }
            return Finding(
                .fail, "supabase.columns", "\(table).\(column) is \(found) and must be \(type)",
                advice: table == "sessions" ? next : Self.correction(of: table, column, from: found, to: type, in: schema))
        }
    }

    /// What gives a column its type, and the default that the scripts give it. Not of `sessions`: its columns are changed by the migrations, since
    /// the table is one that people make by hand.
    static func correction(
        of table: String, _ column: String, from found: String, to type: String, in schema: SchemaName
    ) -> String {
        let preset = TableScript.all[table]?.preset(of: column).map { ", alter column \(column) set default \($0)" } ?? ""
        return "alter table \(schema).\(table) alter column \(column) drop default, "
            + "alter column \(column) type \(type) using \(ColumnConversion.value(of: column, from: found, as: type))\(preset);"
    }

    /// Columns of the project's own that refuse every row of ours.
    private var demandingColumns: [Finding] {
        seen.columns.filter { $0.isDemanding && SchemaContract.columns[$0.table]?[$0.name] == nil }.map {
            Finding(
                .fail, "supabase.columns", "\($0.table).\($0.name) is no column of Switchboard's, and refuses rows that do not name it",
                advice: "alter table \(schema).\($0.table) alter column \($0.name) drop not null; or give it a default")
        }
    }

    /// Columns of Switchboard's whose default is gone. Its rows do not name them.
    private var lostDefaults: [Finding] {
        seen.columns.filter { $0.isDemanding && TableScript.all[$0.table]?.preset(of: $0.name) != nil }.map {
            Finding(.fail, "supabase.columns", "\($0.table).\($0.name) has lost its default, and refuses rows without it", advice: next)
        }
    }

    private var rowSecurity: Finding? {
        guard let security = seen.rowSecurity, !security.isEmpty else { return nil }
        let off = security.filter { !$0.value }.keys.sorted()
        guard !off.isEmpty else { return Finding(.ok, "supabase.row_security", "on in every table") }
        return Finding(
            .fail, "supabase.row_security", "off: \(off.listed)",
            advice: seen.version == nil
                ? next : off.map { "alter table \(schema).\($0) enable row level security;" }.joined(separator: " "))
    }

    private var grants: [Finding] {
        guard let grants = seen.openGrants else { return [] }
        let unsecured = Set((seen.rowSecurity ?? [:]).filter { !$0.value }.keys)
        let sessionColumns = seen.columns.filter { $0.table == "sessions" }.map(\.name)
        return GrantRules(grants, in: schema, sessionColumns: sessionColumns, unsecured: unsecured).findings
    }

    /// Without some of the keys nothing is stored; the other unique ones keep a promise, and the rest keeps it quick.
    private var indexes: [Finding] {
        guard let indexes = seen.indexes, !seen.columns.isEmpty else { return [] }
        let keys = lostKeys ?? owners.expected(SchemaContract.uniqueIndexes).subtracting(indexes)
        let unique = keys.union(owners.expected(SchemaContract.uniqueIndexes.subtracting(SchemaContract.keys)).subtracting(indexes))
        let refusing = unique.intersection(SchemaContract.arbiters)
        let findings = [
            (Finding.Level.fail, "missing, without which every row is refused (42P10)", refusing),
            (.fail, "missing, which lets rows be there twice", unique.subtracting(refusing)),
            (.warn, "missing, which makes it slow", owners.expected(SchemaContract.otherIndexes).subtracting(indexes)),
        ].filter { !$0.2.isEmpty }.map { Finding($0.0, "supabase.indexes", "\($0.1): \($0.2.listed)", advice: next) }
        guard !findings.isEmpty else { return [Finding(.ok, "supabase.indexes", "all are there")] }
        let failures = findings.filter { $0.level == .fail }
        return failures.isEmpty ? findings : failures
    }

    /// Keys over whose columns there is none, whatever it would be called; nil where nobody told of columns.
    private var lostKeys: Set<String>? {
        guard let keys = seen.keys else { return nil }
        let tables = Set(seen.columns.map(\.table))
        let lost = TableScript.all.filter { tables.contains($0.key) }.flatMap { table, script in
            script.indexes.filter { name, index in
                SchemaContract.keys.contains(name) && keys[table]?.contains(Set(index.columns)) != true
            }.keys
        }
        return owners.expected(Set(lost))
    }

    /// Without a publication a page of the agents shows what was there when it was opened.
    private var realtime: Finding? {
        guard !seen.unpublished.isEmpty else { return nil }
        let step = RealtimeRule.step(seen.unpublished, of: seen, in: schema)
        return Finding(.warn, "supabase.realtime", step.message, advice: "\(step.advice ?? ""): \(step.statement ?? "")")
    }
}

/// What becomes of pages that agents have open, where the recipe for agents was applied.
enum RealtimeRule {
    static func step(_ tables: Set<String>, of seen: SchemaInspection, in schema: SchemaName) -> MigrationStep {
        let names = tables.sorted().map { "\(schema).\($0)" }.joined(separator: ", ")
        let publication = "publication supabase_realtime"
        let missing = seen.hasPublication ? "the \(publication) does not have" : "there is no \(publication) for"
        return .warning(
            nil, nil, "\(missing) \(names): agents may read these, and a page that is open shows nothing of what comes",
            "nothing where no page of yours waits for changes by Realtime; else",
            seen.hasPublication
                ? "alter \(publication) add table \(names);" : "create \(publication) for table \(names);")
    }
}

extension Sequence<String> {
    /// `a, b`, in alphabetical order, five at most.
    var listed: String {
        let all = sorted()
        return all.prefix(5).joined(separator: ", ") + (all.count > 5 ? " and \(all.count - 5) more" : "")
    }
}

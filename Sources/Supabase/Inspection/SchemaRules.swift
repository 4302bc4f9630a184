import Messaging

/// Compares a database's description of its schema with what this program expects, and says what to do about each difference.
public struct SchemaRules: Sendable {
    private let seen: SchemaInspection
    private let schema: SchemaName
    private let owners: TableOwners
    private static let migrate = "run `switchboard migrate`"

    /// `schema` is the schema that was inspected.
    public init(_ seen: SchemaInspection, in schema: SchemaName = .public) {
        owners = TableOwners(seen, in: schema)
        self.seen = owners.ours(of: seen)
        self.schema = schema
    }

    /// The advice to migrate; `migrate` has obstacles as long as a table is another program's or damaged.
    private var next: String { owners.findings.isEmpty ? Self.migrate : "fix the tables that are reported above, then \(Self.migrate)" }

    /// The findings in the order in which to fix them.
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
                .warn, "supabase.server", "\(name) is older than 15",
                advice: "upgrade the project: Switchboard is not tested on this version")
            : Finding(.ok, "supabase.server", name)
    }

    private var tables: Finding? {
        let missing = Set(SchemaContract.columns.keys).subtracting(seen.columns.map(\.table)).subtracting(owners.strangers)
        guard !missing.isEmpty || !owners.findings.isEmpty else {
            return Finding(.ok, "supabase.tables", "all \(SchemaContract.columns.count) exist")
        }
        guard !missing.isEmpty else { return nil }
        return Finding(.fail, "supabase.tables", "missing: \(missing.listed)", advice: next)
    }

    private var functions: Finding? {
        guard let version = seen.version else {
            let isThere = seen.functions?.contains(ContractFunction.inspect.rawValue) == true
            return Finding(
                .fail, "supabase.functions", "switchboard_inspect \(isThere ? "does not work" : "does not exist")", advice: next)
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

    /// Nil if each function is as the scripts define it, or if the bodies are unknown.
    private var bodies: Finding? {
        guard let (missing, others) = FunctionBodies(in: schema).differences(from: seen.bodies) else { return nil }
        let parts = [("missing", missing), ("different from this version's", others)].filter { !$0.1.isEmpty }
        return Finding(
            .fail, "supabase.functions", parts.map { "\($0.0): \($0.1.listed)" }.joined(separator: "; "),
            advice: "\(next), which creates all of them again")
    }

    /// Forced row security also applies to the owner, whatever `migrate` grants.
    private var forced: [Finding] {
        seen.forced.intersection(SchemaContract.columns.keys).subtracting(owners.strangers).sorted().map { table in
            Finding(
                .fail, "supabase.permission",
                "\(seen.role ?? "the caller") owns \(table) but cannot access its rows: row security is forced on the owner too",
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

    /// One finding per wrong column.
    private var columns: [Finding] {
        let wrong = SchemaContract.columns.sorted { $0.key < $1.key }.flatMap { table, expected in
            let seen = Dictionary(seen.columns.filter { $0.table == table }.map { ($0.name, $0.type) }) { first, _ in first }
            return seen.isEmpty ? [] : differences(of: table, expected, seen)
        }
        return wrong.isEmpty && !seen.columns.isEmpty ? [Finding(.ok, "supabase.columns", "all have the right types")] : wrong
    }

    private func differences(of table: String, _ expected: [String: String], _ seen: [String: String]) -> [Finding] {
        expected.sorted { $0.key < $1.key }.compactMap { column, type in
            guard let found = seen[column] else {
                // Reported for the whole table instead, since `migrate` does not add the column.
                guard !owners.damaged.contains(table) else { return nil }
                return Finding(.fail, "supabase.columns", "\(table).\(column) is missing", advice: next)
            }
            guard found != type else { return nil }
            return Finding(
                .fail, "supabase.columns", "\(table).\(column) is \(found) and must be \(type)",
                advice: table == "sessions" ? next : Self.correction(of: table, column, from: found, to: type, in: schema))
        }
    }

    /// The statement that restores a column's type and default. It does not apply to `sessions`, whose columns the migrations convert,
    /// since that table may be made by hand.
    static func correction(
        of table: String, _ column: String, from found: String, to type: String, in schema: SchemaName
    ) -> String {
        let preset = TableScript.all[table]?.preset(of: column).map { ", alter column \(column) set default \($0)" } ?? ""
        return "alter table \(schema).\(table) alter column \(column) drop default, "
            + "alter column \(column) type \(type) using \(ColumnConversion.value(of: column, from: found, as: type))\(preset);"
    }

    /// Columns of the project's own for which every row of Switchboard's is refused.
    private var demandingColumns: [Finding] {
        seen.columns.filter { $0.isDemanding && SchemaContract.columns[$0.table]?[$0.name] == nil }.map {
            Finding(
                .fail, "supabase.columns", "\($0.table).\($0.name) is \(TablePlan.ownDemand)",
                advice: "alter table \(schema).\($0.table) alter column \($0.name) drop not null; or give it a default")
        }
    }

    /// Switchboard's columns without their default, which its rows rely on.
    private var lostDefaults: [Finding] {
        seen.columns.filter { $0.isDemanding && TableScript.all[$0.table]?.preset(of: $0.name) != nil }.map {
            Finding(
                .fail, "supabase.columns", "\($0.table).\($0.name) has lost its default, so rows that do not set it are refused",
                advice: next)
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

    /// Without some keys nothing is stored; the other unique indexes ensure correctness, and the rest speed.
    private var indexes: [Finding] {
        guard let indexes = seen.indexes, !seen.columns.isEmpty else { return [] }
        let keys = lostKeys ?? owners.expected(SchemaContract.uniqueIndexes).subtracting(indexes)
        let unique = keys.union(owners.expected(SchemaContract.uniqueIndexes.subtracting(SchemaContract.keys)).subtracting(indexes))
        let refusing = unique.intersection(SchemaContract.arbiters)
        let findings = [
            (Finding.Level.fail, "missing, so every row is refused (42P10)", refusing),
            (.fail, "missing, so rows may be stored twice", unique.subtracting(refusing)),
            (.warn, "missing, so queries are slow", owners.expected(SchemaContract.otherIndexes).subtracting(indexes)),
        ].filter { !$0.2.isEmpty }.map { Finding($0.0, "supabase.indexes", "\($0.1): \($0.2.listed)", advice: next) }
        guard !findings.isEmpty else { return [Finding(.ok, "supabase.indexes", "all exist")] }
        let failures = findings.filter { $0.level == .fail }
        return failures.isEmpty ? findings : failures
    }

    /// Missing keys by their columns, whatever their name; nil if the columns of keys are unknown.
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

    /// Without the publication, an agents' page only shows what existed when it was opened.
    private var realtime: Finding? {
        guard !seen.unpublished.isEmpty else { return nil }
        let step = RealtimeRule.step(seen.unpublished, of: seen, in: schema)
        return Finding(.warn, "supabase.realtime", step.message, advice: "\(step.advice ?? ""): \(step.statement ?? "")")
    }
}

/// What is missing for pages that agents have open, after the recipe for agents was applied.
enum RealtimeRule {
    static func step(_ tables: Set<String>, of seen: SchemaInspection, in schema: SchemaName) -> MigrationStep {
        let names = tables.sorted().map { "\(schema).\($0)" }.joined(separator: ", ")
        let publication = "publication supabase_realtime"
        let missing = seen.hasPublication ? "the \(publication) does not contain" : "there is no \(publication) for"
        return .warning(
            nil, nil, "\(missing) \(names): agents may read these tables, but their open pages do not show new rows",
            "nothing to do if none of your pages receives changes through Realtime; otherwise",
            seen.hasPublication
                ? "alter \(publication) add table \(names);" : "create \(publication) for table \(names);")
    }
}

extension Sequence<String> {
    /// `a, b`, in alphabetical order, at most ten: all of the tables, and all of the functions that are called.
    var listed: String {
        let (all, most) = (sorted(), 10)
        return all.prefix(most).joined(separator: ", ") + (all.count > most ? " and \(all.count - most) more" : "")
    }
}

/// The steps for one of the contract's tables: whose it is, its columns, its privileges and its indexes. The columns of a table `sessions`
/// made by hand are in `SessionsPlan`.
struct TablePlan {
    private let survey: DatabaseSurvey
    private let table: String
    /// The table's name with its schema, as used in statements.
    private let qualified: String
    private let columns: [String: DatabaseSurvey.Column]
    private let expected: [String: String]

    init(_ survey: DatabaseSurvey, _ table: String) {
        self.survey = survey
        self.table = table
        qualified = "\(survey.schemaName).\(table)"
        columns = survey.columns(of: table)
        expected = SchemaContract.columns[table] ?? [:]
    }

    private var required: Set<String> { Self.required(table) }

    /// Every column that no script adds. For `sessions`, the columns that no other program's table of this name has together, such as a web
    /// framework's, a login's or a shop's: in a table made by hand the others are added.
    static func required(_ table: String) -> Set<String> {
        let expected = SchemaContract.columns[table, default: [:]].keys
        return table == "sessions"
            ? ["channel", "phone", "session_token"] : Set(expected).subtracting(SchemaContract.addedColumns[table] ?? [])
    }

    private var added: Set<String> { SchemaContract.addedColumns[table] ?? [] }

    private var relation: DatabaseSurvey.Relation? { survey.relations.first { $0.name == table } }

    /// Whether there is a table that is or can become Switchboard's.
    var isUsable: Bool { relation?.isTable == true && required.isSubset(of: columns.keys) }

    var steps: [MigrationStep] {
        guard let relation else { return survey.types.contains(table) ? [] : [.change(table, nil, "is created")] + publication }
        guard relation.isTable else { return [] }
        guard isUsable else { return [stranger] + (isDamaged ? types + demands : []) }
        return inheritance + partitions + types + additions + demands + access + (keys?.steps ?? []) + publication + objects
    }

    /// The project's own objects that may refuse, change or discard Switchboard's rows in it; empty if it is not usable.
    var refusals: [MigrationStep] {
        isUsable ? inheritance + (ObjectPlan(survey, table, sessions: SessionsPlan(survey))?.refusals ?? []) : []
    }

    /// The obstacle if the table is not usable.
    var stranger: MigrationStep {
        let missing = required.subtracting(columns.keys)
        let message = "is not Switchboard's: it has no \(missing.listed) (it has \(columns.keys.listed))"
        let script = TableScript.all[table]
        // The first script adds and fills the missing columns of a table that it upgrades.
        let definitions = table == "sessions" ? [:] : script?.definitions ?? [:]
        let additions = missing.sorted().map { name in
            "add column \(name) \(definitions[name].map(survey.schemaName.text) ?? expected[name] ?? "text")"
        }
        let addition = "alter table \(qualified) \(additions.joined(separator: ", "));"
        guard !isDamaged else {
            let empty = missing.filter { script?.isNotNull($0) == true && script?.preset(of: $0) == nil }
            return .obstacle(
                table, nil, "lacks \(missing.listed)",
                "if Switchboard created the table, add what is missing; otherwise rename it"
                    + (empty.isEmpty ? "" : "; if the table has rows, add a default for \(empty.listed)"), addition)
        }
        let names = survey.relations.filter { $0.table == qualified }.map(\.name).sorted()
        let renaming =
            ["alter table \(qualified) rename to own_\(table);"]
            + names.map { "alter index \(survey.schemaName).\($0) rename to own_\($0);" }
        return .renaming(
            qualified, table, message,
            (isAlike ? "if it should become Switchboard's, add what is missing: \(addition) Otherwise " : "")
                + "\(MigrationStep.wayOut), or rename the table if the programs that use it can be changed",
            renaming.joined(separator: " "))
    }

    /// The contract's columns that exist.
    private var present: Set<String> { Set(expected.keys).subtracting(added).intersection(columns.keys) }

    /// Whether it has three quarters of the columns with their types, which only a table of Switchboard's has.
    var isDamaged: Bool {
        table != "sessions" && present.count * 4 >= (expected.count - added.count) * 3
            && present.allSatisfy { columns[$0]?.type == expected[$0] }
    }

    /// Whether it may be a table `sessions` made by hand for Switchboard.
    private var isAlike: Bool { table == "sessions" && present.count * 2 >= expected.count - added.count }

    /// Rows of a child are also rows of the parent: scripts would confuse them, and row security does not protect the other table.
    private var inheritance: [MigrationStep] {
        survey.objects.kin.filter { $0.table == table }.map { kin in
            .obstacle(
                table, nil, "shares its rows with \(kin.name) by inheritance",
                "end the inheritance, and restrict access to other tables with such rows",
                kin.statement)
        }
    }

    private var partitions: [MigrationStep] {
        guard relation?.kind == "p", let index = keys?.lost.first(where: \.index.isUnique)?.name else { return [] }
        return [
            .renaming(
                qualified, table, "has partitions, so its unique index \(index) cannot be created",
                "copy its rows into a table without partitions, and rename this one", "alter table \(qualified) rename to own_\(table);")
        ]
    }

    private var keys: KeyPlan? { KeyPlan(survey, table) }

    private var types: [MigrationStep] {
        guard table != "sessions" else { return [] }
        let changes: [MigrationStep] = expected.sorted { $0.key < $1.key }.compactMap { name, type in
            guard let found = columns[name], found.type != type else { return nil }
            let refused = survey.retyped(found).flatMap { survey.refused(found) > 0 ? $0 : nil }
            let message = [refused?.message(of: survey.refused(found))].compactMap(\.self)
            let correction = SchemaRules.correction(of: table, name, from: found.type, to: type, in: survey.schemaName)
            return .obstacle(
                table, name, (["is \(found.type) and must be \(type)"] + message).joined(separator: "; "),
                refused.map { "\($0.advice), and change the column's type" } ?? "change its type",
                [refused?.correction, correction].compactMap(\.self).joined(separator: " "))
        }
        return (changes.isEmpty ? [] : RowTypePlan(survey: survey).steps(of: qualified)) + changes
    }

    private var additions: [MigrationStep] {
        guard table != "sessions" else { return [] }
        return added.subtracting(columns.keys).sorted().map { .change(table, $0, "is added") }
    }

    /// What a column of the project's own does that prevents every row of the gateway; `doctor` says it as well.
    static let ownDemand =
        "your own column without a default that refuses null: Switchboard's rows do not set it and would be refused"

    /// Columns of the project's own for which every row of the gateway is refused.
    private var demands: [MigrationStep] {
        survey.schema.columns.filter { $0.table == table && $0.isDemanding && expected[$0.name] == nil }.map { column in
            let name = columns[column.name]?.quoted ?? column.name.quotedName
            let change = "alter table \(qualified) alter column \(name)"
            let message = "is \(Self.ownDemand)"
            guard columns[column.name]?.isInPrimaryKey == true else {
                return .obstacle(table, column.name, message, "give it a default, or allow null", "\(change) drop not null;")
            }
            switch column.type {
            case "smallint", "integer", "bigint":
                let next = "select coalesce(max(\(name)), 0) + 1 from \(qualified)"
                return .obstacle(
                    table, column.name, message, "let the database number it",
                    "\(change) add generated by default as identity; "
                        + "select setval(pg_get_serial_sequence('\(qualified)', '\(column.name)'), (\(next)), false);")
            case "uuid": return .obstacle(table, column.name, message, "give it a default", "\(change) set default gen_random_uuid();")
            case "text", "character varying":
                return .obstacle(table, column.name, message, "give it a default", "\(change) set default gen_random_uuid()::text;")
            default: return .obstacle(table, column.name, message, "give it a default: \(change) set default …;")
            }
        }
    }

    private var access: [MigrationStep] {
        let isOpen = survey.schema.rowSecurity?[table] == false
        let security = "gets row security: roles other than its owner and service_role need a policy"
        return (isOpen ? [.change(table, nil, security)] : []) + GrantPlan(survey).steps(of: table)
    }

    /// For a table made by hand, `SessionsPlan` has the columns.
    private var objects: [MigrationStep] {
        let sessions = SessionsPlan(survey)
        let isOurs = table != "sessions" || sessions.isOurs
        return (isOurs ? ColumnPlan(survey, table)?.steps ?? [] : []) + (ObjectPlan(survey, table, sessions: sessions)?.steps ?? [])
    }

    private var publication: [MigrationStep] {
        survey.unpublished.contains(table) ? [.change(table, nil, "joins the publication supabase_realtime")] : []
    }
}

/// The steps for the columns and rows of an existing table `sessions`, which is Switchboard's or made by hand.
struct SessionsPlan {
    let survey: DatabaseSurvey
    private let columns: [String: DatabaseSurvey.Column]
    /// Whether there is a table that is or can become Switchboard's.
    let isUsable: Bool
    /// The table's name with its schema.
    let table: String
    static let expected = SchemaContract.columns["sessions"] ?? [:]
    private static let added = SchemaContract.addedColumns["sessions"] ?? []

    init(_ survey: DatabaseSurvey) {
        self.survey = survey
        table = "\(survey.schemaName).sessions"
        columns = survey.columns(of: "sessions")
        isUsable = TablePlan(survey, "sessions").isUsable
    }

    /// Whether it is a table made by hand, whose rows the first script upgrades.
    var isUpgrade: Bool { isUsable && columns["contact_id"] == nil }

    /// Whether the first script has created or upgraded it.
    var isOurs: Bool { isUsable && (columns["contact_id"].map { $0.type == "uuid" && leadsToContact($0) } ?? false) }

    func has(_ column: String) -> Bool { columns[column] != nil }

    func column(_ name: String) -> DatabaseSurvey.Column? { columns[name] }

    /// The column of the customer, if its default means nobody.
    var nobody: DatabaseSurvey.Column? {
        columns["customer_id"].flatMap { isUpgrade && $0.isPresetConstant && $0.preset != nil ? $0 : nil }
    }

    var steps: [MigrationStep] {
        guard isUsable else { return [] }
        let upgrade = isUpgrade ? hidden + generated + foreignKeys + inPrimaryKey + rows : []
        return newColumns + rowTypes + retyped.flatMap(conversion) + nullable + upgrade + (ValuePlan(self)?.steps ?? [])
    }

    /// The existing columns that the first script converts.
    private var convertible: [DatabaseSurvey.Column] {
        Self.expected.keys.filter { !Self.added.contains($0) }.sorted().compactMap { columns[$0] }
    }

    private var retyped: [DatabaseSurvey.Column] { convertible.filter { $0.type != Self.expected[$0.name] } }

    private var rowTypes: [MigrationStep] {
        let referring = retyped.contains { $0.name == "session_id" } ? survey.references.map(\.table) : []
        return Set((retyped.isEmpty ? [] : [table]) + referring).sorted().flatMap(RowTypePlan(survey: survey).steps)
    }

    /// Missing columns, and columns of the project's own that have the name of one that later scripts add.
    private var newColumns: [MigrationStep] {
        Self.expected.sorted { $0.key < $1.key }.compactMap { name, type in
            guard let found = columns[name] else { return .change("sessions", name, "is added") }
            guard Self.added.contains(name), found.type != type || name == "contact_id" && !leadsToContact(found) else { return nil }
            return .obstacle(
                "sessions", name, "is your own column of type \(found.type), but Switchboard adds a column with this name", "rename it",
                "alter table \(table) rename column \(name) to own_\(name);")
        }
    }

    private func leadsToContact(_ column: DatabaseSurvey.Column) -> Bool {
        column.isNotNull || survey.bindings(of: column.name, in: table).contains { $0.target == "\(survey.schemaName).contacts" }
    }

    private func conversion(of column: DatabaseSurvey.Column) -> [MigrationStep] {
        let type = Self.expected[column.name] ?? ""
        var message = "\(column.type) becomes \(type)"
        if column.name == "session_id" { message += "; an id that is not a uuid becomes its MD5 hash" }
        if column.isIdentity { message += "; the database no longer numbers it" }
        return [.change("sessions", column.name, message)] + [cast(of: column, to: type)].compactMap(\.self)
            + obstacles(ofBindings: column.name, in: table, from: column.type, to: type)
            + (column.name == "session_id" ? references : [])
    }

    /// The step for values of a column that cannot be converted.
    private func cast(of column: DatabaseSurvey.Column, to type: String) -> MigrationStep? {
        let name = column.name
        let refused = survey.retyped(column).flatMap { survey.refused(column) > 0 ? $0 : nil }
        let message = refused?.message(of: survey.refused(column))
        guard !column.isCastable, column.category != "S", type != "text", type != "uuid" else {
            guard let refused, let message else { return nil }
            return .obstacle("sessions", name, message, refused.advice, refused.correction)
        }
        let change = "alter table \(table) alter column \(name) drop default, alter column \(name) type"
        let isOther = "is \(column.type), which PostgreSQL cannot convert to \(type)"
        if column.isNumber, type == "timestamp with time zone" {
            let value = ColumnConversion.value(of: column, as: type)
            return .obstacle(
                "sessions", name, [isOther, message].compactMap(\.self).joined(separator: "; "),
                (refused.map { "\($0.advice); " } ?? "")
                    + "convert it; each value is read as seconds or milliseconds since 1970, by its size",
                [refused?.correction, "\(change) \(type) using \(value);"].compactMap(\.self).joined(separator: " "))
        }
        if column.type.hasPrefix("json") {
            return .obstacle(
                "sessions", name, isOther, "convert it to text, then plan again (`switchboard migrate --dry-run`)",
                "\(change) text using \(name) #>> '{}';")
        }
        return .obstacle(
            "sessions", name, "is \(column.type), which cannot become \(type)", "rename it: Switchboard adds its own column",
            "alter table \(table) rename column \(name) to own_\(name);")
    }

    /// Columns of other tables that contain a session's id.
    private var references: [MigrationStep] {
        survey.references.flatMap { reference in
            let table = reference.table.without(survey.schemaName)
            let carried = carriedIDs(reference)
            let change = MigrationStep.change(table, reference.column, "\(reference.type) becomes uuid, like the id that it refers to")
            return (carried == nil ? [change] : [])
                + obstacles(ofBindings: reference.column, in: reference.table, from: reference.type, to: "uuid")
                + [carried].compactMap(\.self)
        }
    }

    private var nullable: [MigrationStep] {
        Migration.nullableSessionColumns.compactMap { columns[$0] }.filter { $0.isNotNull && !$0.isInPrimaryKey }.map {
            .change("sessions", $0.name, "may be null: not every session has one")
        }
    }

    /// Columns that must be nullable but cannot be.
    private var inPrimaryKey: [MigrationStep] {
        Migration.nullableSessionColumns.compactMap { columns[$0] }.filter(\.isInPrimaryKey).compactMap { column in
            let key = survey.objects.indexes.first { $0.table == "sessions" && $0.isPrimary }
            // A key over this column alone is reported with the unique indexes.
            guard let key, key.columns != [column.name] else { return nil }
            return .obstacle(
                "sessions", column.name, "is in the primary key \(key.name), but not every session has one",
                "drop the key: session_id becomes the primary key", key.statement)
        }
    }

    /// Rows that policies hide would not be upgraded.
    private var hidden: [MigrationStep] {
        guard survey.objects.hidden.contains("sessions") else { return [] }
        return [
            .obstacle(
                "sessions", nil, "has row security that applies to its owner too (forced), so policies may hide rows from the migration",
                "stop forcing it, or migrate as a role that bypasses row security", "alter table \(table) no force row level security;")
        ]
    }

    private var generated: [MigrationStep] {
        convertible.filter(\.isGenerated).map {
            .obstacle(
                "sessions", $0.name, "is a generated column, but Switchboard writes it", "make it a plain column",
                "alter table \(table) alter column \($0.name) drop expression;")
        }
    }

    /// The foreign keys of columns whose type is right; the others are reported with their type.
    private var foreignKeys: [MigrationStep] {
        convertible.filter { $0.type == Self.expected[$0.name] }.flatMap {
            obstacles(ofBindings: $0.name, in: table, from: $0.type, to: $0.type)
        }
    }
}

extension SessionsPlan {
    /// The steps for the rows of a table made by hand.
    private var rows: [MigrationStep] {
        let rows = survey.rows
        let mayBeNull = Migration.nullableSessionColumns.joined(separator: " and ")
        let count = rows.map { "\($0.total) row\($0.total == 1 ? "" : "s")" } ?? "rows"
        var steps = [
            MigrationStep.change("sessions", nil, "keeps its \(count); the table is locked during the migration"),
            .change("sessions", nil, "its columns get Switchboard's defaults, and all but \(mayBeNull) refuse null"),
        ]
        if !survey.hasPrimaryKey { steps.append(.change("sessions", "session_id", "becomes the primary key")) }
        for check in survey.bindings(of: "status", in: table) where check.kind == "check" {
            steps.append(.change("sessions", "status", "the check \(check.name) is dropped: Switchboard writes other words"))
        }
        if let nobody {
            let called = "rows with it get the phone as customer_id until a client names a customer"
            let number = rows.map { " (\($0.nobodys) row\($0.nobodys == 1 ? "" : "s"))" } ?? ""
            steps.append(
                .change(
                    "sessions", "customer_id",
                    "the default \(nobody.preset ?? "") names no customer and is removed; \(called)\(number)"))
        }
        if let rows, rows.withoutToken > 0 {
            steps.append(
                .change(
                    "sessions", "session_token",
                    "\(rows.withoutToken.rows): the token is missing or is also an older row's; it is replaced by a new one"))
        }
        if let values = survey.values, values.sharing > 0 {
            steps.append(
                .change(
                    "sessions", "phone",
                    "\(values.sharing.rows): the phone has an older active session, which continues; the token of this one leads to it, or "
                        + "this one ends if it names another customer"))
        }
        return steps
    }
}

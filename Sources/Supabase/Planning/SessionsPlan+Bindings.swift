extension SessionsPlan {
    /// The objects that depend on a column and cannot stay. `found` is the column's present type, `wanted` its new one.
    func obstacles(ofBindings column: String, in table: String, from found: String, to wanted: String) -> [MigrationStep] {
        survey.bindings(of: column, in: table).filter { stands($0, found, wanted) }.map { binding in
            let restoration = refusesRows(binding) ? nil : survey.objects.restoration(of: binding)?.statement
            let edits = restoration.map { retakenColumns(in: $0, for: binding) } ?? []
            return .obstacle(
                table.without(survey.schemaName), column, binding.message(becoming: found == wanted ? nil : wanted), binding.advice,
                binding.statement, restoration: restoration, edit: edits.isEmpty ? nil : "where it expects \(edits.listed)",
                uses: relations(of: binding))
        }
    }

    /// `sessions.customer_id to be bigint`: the columns whose former type the restoration may rely on, whichever column the object is
    /// reported for.
    private func retakenColumns(in restoration: String, for binding: DatabaseSurvey.Binding) -> [String] {
        survey.bindings.filter { $0.kind == binding.kind && $0.name == binding.name && $0.home == binding.home }.compactMap { part in
            guard let (found, wanted) = types(of: part), found != wanted, !part.isReady(restoration, from: found, to: wanted) else {
                return nil
            }
            return "\(part.table.without(survey.schemaName)).\(part.column) to be \(found)"
        }
    }

    /// The present and the new type of a binding's column.
    private func types(of binding: DatabaseSurvey.Binding) -> (String, String)? {
        guard binding.table != table else {
            return column(binding.column).map { ($0.type, Self.expected[binding.column] ?? $0.type) }
        }
        return survey.references.first { $0.table == binding.table && $0.column == binding.column }.map { ($0.type, "uuid") }
    }

    /// A foreign key to a table of the project's own: it would refuse rows after the migration too, so it is not restored.
    private func refusesRows(_ binding: DatabaseSurvey.Binding) -> Bool {
        binding.kind == "foreign key" && binding.home == table && binding.target != table
    }

    /// The relations in a binding's statement and in its restoration.
    private func relations(of binding: DatabaseSurvey.Binding) -> Set<String> {
        let named = Set([binding.table, binding.home, binding.target].compactMap(\.self))
        return named.union(survey.objects.restoration(of: binding)?.uses ?? [])
    }

    /// Whether a check must be dropped before its column's type changes.
    func isObstacle(check name: String) -> Bool {
        survey.bindings.contains { binding in
            guard binding.kind == "check", binding.name == name, binding.table == table, let found = column(binding.column)?.type
            else { return false }
            return stands(binding, found, Self.expected[binding.column] ?? found)
        }
    }

    /// The step for session ids that no script finds once their foreign key to `sessions` is dropped; nil if the key stays.
    func carriedIDs(_ reference: DatabaseSurvey.Reference) -> MigrationStep? {
        let keys = survey.bindings.filter { binding in
            guard binding.kind == "foreign key", binding.table == table, binding.home == reference.table,
                binding.column != "session_id",
                let found = column(binding.column)?.type
            else { return false }
            return stands(binding, found, Self.expected[binding.column] ?? found)
        }
        guard let key = keys.first, reference.type != "uuid" else { return nil }
        let name = reference.column.quotedName
        let id = ColumnConversion.value(of: name, from: reference.type, as: "uuid")
        return .obstacle(
            reference.table.without(survey.schemaName), reference.column,
            "keeps the type \(reference.type) once its foreign key \(key.name) is dropped, while the ids in sessions become uuid",
            "convert it to the sessions' future ids, and create the key again after the migration",
            "\(key.statement) alter table \(reference.table) alter column \(name) drop default, alter column \(name) type uuid using \(id);",
            uses: [reference.table])
    }

    private func stands(_ binding: DatabaseSurvey.Binding, _ found: String, _ wanted: String) -> Bool {
        switch binding.kind {
        case "foreign key":
            // The first script handles references to an id.
            if binding.target == self.table { return binding.table == self.table && binding.column != "session_id" && found != wanted }
            return true
        // Reported with the table's objects, whatever the types of its columns become.
        case "rule" where binding.home == self.table: return false
        case "index" where binding.isRefused: return found != wanted
        case "check", "index", "statistics object":
            return found != wanted && !binding.isBuiltAgain(by: survey.objects.restoration(of: binding)?.statement, from: found, to: wanted)
        default: return found != wanted
        }
    }
}

extension DatabaseSurvey.Binding {
    /// A foreign key of the project's own that refuses rows of Switchboard's.
    static func foreignKeyMessage(_ name: String, to target: String) -> String {
        "the foreign key \(name) allows only values from \(target)"
    }

    static let foreignKeyAdvice = "drop it: clients and providers may send values that are not in that table"

    private var isFromHere: Bool { kind == "foreign key" && home == table }

    /// Whether an expression for the one type is also valid for the other.
    private static func isText(_ found: String, _ wanted: String) -> Bool {
        wanted == "text" && ["character varying", "character"].contains(found)
    }

    /// Whether PostgreSQL itself rebuilds it when the column's type changes. PostgreSQL keeps the expression's text: a function that it
    /// calls may not exist for the new type, and an index cannot have an expression that depends on the time zone.
    fileprivate func isBuiltAgain(by definition: String?, from found: String, to wanted: String) -> Bool {
        switch (found, wanted) {
        case _ where Self.isText(found, wanted): true
        case ("timestamp without time zone", "timestamp with time zone") where kind == "check", ("json", "jsonb"):
            definition?.contains(#/[\w"]\(/#) == false
        default: false
        }
    }

    /// Whether its restoration contains nothing that depends on the type. An expression may, and so may a view, a function or a rule; a
    /// function returns its columns' former types.
    fileprivate func isReady(_ restoration: String, from found: String, to wanted: String) -> Bool {
        switch kind {
        case "function": false
        case "index" where isRefused: false
        case _ where Self.isText(found, wanted): true
        // The key is over the id alone, and its own column gets the same type.
        case "foreign key": restoration.contains("sessions (session_id)")
        case "publication": !restoration.contains(" where (")
        case "trigger": !restoration.contains(" WHEN (")
        default: false
        }
    }

    /// `type` is the column's new type; nil if its type stays.
    fileprivate func message(becoming type: String?) -> String {
        let place = home == nil || home == name || home == table ? "" : " of \(home ?? "")"
        let becoming = type.map { ", and prevents its change to \($0)" } ?? ""
        if isFromHere { return "\(Self.foreignKeyMessage(name, to: target ?? "another table"))\(becoming)" }
        return "the \(kind) \(name)\(place) uses it\(becoming)"
    }

    fileprivate var advice: String {
        switch kind {
        case "foreign key" where isFromHere: Self.foreignKeyAdvice
        case "foreign key": "drop it, migrate, then create it again if both sides have the same type"
        case "view", "materialized view": "drop it, migrate, then create it again with its grants"
        case "generated column":
            "make it a plain column, migrate, then create it again if its expression fits the new type; it recomputes all values"
        case "index" where isRefused: "drop it, migrate, then create it again with an operator class and a collation of the new type"
        default: "drop it, migrate, then create it again for the new type"
        }
    }
}

extension String {
    /// A table's name as shown in a plan for a schema.
    func without(_ schema: SchemaName) -> String { hasPrefix("\(schema).") ? String(dropFirst(schema.name.count + 1)) : self }
}

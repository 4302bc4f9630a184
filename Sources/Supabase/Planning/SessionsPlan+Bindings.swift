extension SessionsPlan {
    /// What depends on a column and cannot stay as it is. `found` is the column's type, `wanted` the one that it gets.
    func obstacles(ofBindings column: String, in table: String, from found: String, to wanted: String) -> [MigrationStep] {
        survey.bindings(of: column, in: table).filter { stands($0, found, wanted) }.map { binding in
            let restoration = refusesRows(binding) ? nil : survey.objects.restoration(of: binding)?.statement
            let edits = restoration.map { retakenColumns(in: $0, for: binding) } ?? []
            return .obstacle(
                table.without(survey.schemaName), column, binding.message(becoming: found == wanted ? nil : wanted), binding.advice,
                binding.statement, restoration: restoration, edit: edits.isEmpty ? nil : "where it takes \(edits.listed)",
                uses: relations(of: binding))
        }
    }

    /// `sessions.customer_id for bigint`: each column that what makes an object again may take for the type that it had, whichever column the
    /// object is told of.
    private func retakenColumns(in restoration: String, for binding: DatabaseSurvey.Binding) -> [String] {
        survey.bindings.filter { $0.kind == binding.kind && $0.name == binding.name && $0.home == binding.home }.compactMap { part in
            guard let (found, wanted) = types(of: part), found != wanted, !part.isReady(restoration, from: found, to: wanted) else {
                return nil
            }
            return "\(part.table.without(survey.schemaName)).\(part.column) for \(found)"
        }
    }

    /// The type of a binding's column, and the one that it gets.
    private func types(of binding: DatabaseSurvey.Binding) -> (String, String)? {
        guard binding.table != table else {
            return column(binding.column).map { ($0.type, Self.expected[binding.column] ?? $0.type) }
        }
        return survey.references.first { $0.table == binding.table && $0.column == binding.column }.map { ($0.type, "uuid") }
    }

    /// A key to a table of the project's own: nobody need be named there after the migration either, so that it is not made again.
    private func refusesRows(_ binding: DatabaseSurvey.Binding) -> Bool {
        binding.kind == "foreign key" && binding.home == table && binding.target != table
    }

    /// What a binding's statement names, and what makes it again.
    private func relations(of binding: DatabaseSurvey.Binding) -> Set<String> {
        let named = Set([binding.table, binding.home, binding.target].compactMap(\.self))
        return named.union(survey.objects.restoration(of: binding)?.uses ?? [])
    }

    /// Whether a check has to be dropped before its column gets its type.
    func isObstacle(check name: String) -> Bool {
        survey.bindings.contains { binding in
            guard binding.kind == "check", binding.name == name, binding.table == table, let found = column(binding.column)?.type
            else { return false }
            return stands(binding, found, Self.expected[binding.column] ?? found)
        }
    }

    /// The ids of a table whose foreign key to `sessions` has to be dropped, so that no script finds them any more: nil where it stays.
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
            "is \(reference.type), and stays so once its foreign key \(key.name) is dropped, while the ids in sessions become uuid",
            "give it the ids that the sessions are going to have, and make the key again after the migration",
            "\(key.statement) alter table \(reference.table) alter column \(name) drop default, alter column \(name) type uuid using \(id);",
            uses: [reference.table])
    }

    private func stands(_ binding: DatabaseSurvey.Binding, _ found: String, _ wanted: String) -> Bool {
        switch binding.kind {
        case "foreign key":
            // The first script takes care of what refers to an id.
            if binding.target == self.table { return binding.table == self.table && binding.column != "session_id" && found != wanted }
            return true
        // Told with the objects of the table, whatever its columns become.
        case "rule" where binding.home == self.table: return false
        case "index" where binding.isRefused: return found != wanted
        case "check", "index", "statistics object":
            return found != wanted && !binding.isBuiltAgain(by: survey.objects.restoration(of: binding)?.statement, from: found, to: wanted)
        default: return found != wanted
        }
    }
}

extension DatabaseSurvey.Binding {
    private var isFromHere: Bool { kind == "foreign key" && home == table }

    /// Whether an expression that is about one type is about the other as well.
    private static func isText(_ found: String, _ wanted: String) -> Bool {
        wanted == "text" && ["character varying", "character"].contains(found)
    }

    /// Whether PostgreSQL makes it again by itself while the column's type changes. It makes an expression of the same words, which finds no function
    /// for the new type where it calls one, and an index takes none whose result depends on the time zone.
    fileprivate func isBuiltAgain(by definition: String?, from found: String, to wanted: String) -> Bool {
        switch (found, wanted) {
        case _ where Self.isText(found, wanted): true
        case ("timestamp without time zone", "timestamp with time zone") where kind == "check", ("json", "jsonb"):
            definition?.contains(#/[\w"]\(/#) == false
        default: false
        }
    }

    /// Whether what makes it again has nothing in it that could be about a type; an expression may, and so may a view, a function or a rule. A
    /// function returns what its columns were.
    fileprivate func isReady(_ restoration: String, from found: String, to wanted: String) -> Bool {
        switch kind {
        case "function": false
        case "index" where isRefused: false
        case _ where Self.isText(found, wanted): true
        // Over the id alone, whose type its own column gets.
        case "foreign key": restoration.contains("sessions (session_id)")
        case "publication": !restoration.contains(" where (")
        case "trigger": !restoration.contains(" WHEN (")
        default: false
        }
    }

    /// `type` is the one that the column gets; nil where it keeps its own.
    fileprivate func message(becoming type: String?) -> String {
        let place = home == nil || home == name || home == table ? "" : " of \(home ?? "")"
        let becoming = type.map { ", and keeps it from becoming \($0)" } ?? ""
        if isFromHere { return "the foreign key \(name) admits only what is in \(target ?? "another table")\(becoming)" }
        return "the \(kind) \(name)\(place) uses it\(becoming)"
    }

    fileprivate var advice: String {
        switch kind {
        case "foreign key" where isFromHere: "drop it: what clients and providers name need not be there"
        case "foreign key": "drop it, migrate, and where both sides have the same type afterwards make it again"
        case "view", "materialized view": "drop it, migrate, and make it again with its rights"
        case "generated column":
            "make it a plain column, migrate, and make it again where its expression suits the new type: it computes all values anew"
        case "index" where isRefused: "drop it, migrate, and make it again with an operator class and a collation that the new type has"
        default: "drop it, migrate, and make it again as the new type wants it"
        }
    }
}

extension String {
    /// A table's name as a plan for a schema shows it.
    func without(_ schema: SchemaName) -> String { hasPrefix("\(schema).") ? String(dropFirst(schema.name.count + 1)) : self }
}

extension SessionsPlan {
    /// What depends on a column and cannot stay as it is. `found` is the column's type, `wanted` the one that it gets.
    func obstacles(ofBindings column: String, in table: String, from found: String, to wanted: String) -> [MigrationStep] {
        survey.bindings(of: column, in: table).filter { stands($0, found, wanted) }.map { binding in
            .obstacle(
                table.without(survey.schemaName), column, binding.message(becoming: found == wanted ? nil : wanted), binding.advice,
                binding.statement)
        }
    }

    private func stands(_ binding: DatabaseSurvey.Binding, _ found: String, _ wanted: String) -> Bool {
        switch binding.kind {
        case "foreign key":
            // The first script takes care of what refers to an id.
            if binding.target == self.table { return binding.table == self.table && binding.column != "session_id" && found != wanted }
            return true
        case "check", "index": return found != wanted && !Self.areAlike(found, wanted)
        default: return found != wanted
        }
    }

    /// Whether an expression that is about one type is about the other as well.
    private static func areAlike(_ found: String, _ wanted: String) -> Bool {
        switch (found, wanted) {
        case ("character varying", "text"), ("character", "text"), ("json", "jsonb"): true
        case ("timestamp without time zone", "timestamp with time zone"): true
        default: false
        }
    }
}

extension DatabaseSurvey.Binding {
    private var isFromHere: Bool { kind == "foreign key" && home == table }

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
        case "foreign key": "drop it; where both sides have the same type afterwards, make it again"
        case "view", "materialized view": "keep its definition (select pg_get_viewdef('\(name)');), drop it, migrate, and make it again"
        case "generated column": "make it a plain column; keep its expression, if you want it again"
        default: "keep its definition, drop it, migrate, and make it again for the new type"
        }
    }
}

extension String {
    /// A table's name as a plan for a schema shows it.
    func without(_ schema: SchemaName) -> String { hasPrefix("\(schema).") ? String(dropFirst(schema.name.count + 1)) : self }
}

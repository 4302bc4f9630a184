/// The steps for privileges: those that the scripts revoke from `public`, `anon` and `authenticated`, and those that they grant to
/// `service_role`.
struct GrantPlan {
    private let changes: [ObjectSurvey.GrantChange]

    init(_ survey: DatabaseSurvey) { changes = survey.objects.grants }

    /// The steps for a table, and for the sequence that numbers its rows.
    func steps(of table: String) -> [MigrationStep] {
        let own = changes.filter { $0.kind == "table" && $0.name == table }.flatMap { [loss($0, ""), gain($0, "")] }
        let sequences = changes.filter { $0.kind == "sequence" && $0.name.hasPrefix("\(table)_") }.flatMap {
            [loss($0, " on its sequence \($0.name)")]
        }
        return (own + sequences).compactMap(\.self).map { .change(table, nil, $0) }
    }

    /// The steps for objects that belong to no table.
    var steps: [MigrationStep] {
        let name = SchemaContract.statusView
        let view = changes.filter { $0.kind == "view" && $0.name == name }.flatMap { [loss($0, ""), gain($0, "")] }
        let schemas = changes.filter { $0.kind == "schema" }.map { gain($0, " on the schema \($0.name)") }
        return view.compactMap(\.self).map { .change(name, nil, $0) }
            + (functions + schemas).compactMap(\.self).map { .change(nil, nil, $0) }
    }

    /// One step for all functions of a role.
    private var functions: [String?] {
        let roles = Dictionary(grouping: changes.filter { $0.kind == "function" }) { [$0.role, $0.lost.listed, $0.gained.listed] }
        return roles.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap { _, changes in
            let place = " on the function\(changes.count == 1 ? "" : "s") \(changes.map(\.name).listed)"
            return changes.first.map { [loss($0, place), gain($0, place)] } ?? []
        }
    }

    private func loss(_ change: ObjectSurvey.GrantChange, _ place: String) -> String? {
        guard !change.lost.isEmpty else { return nil }
        return "\(change.role) loses \(change.lost.sorted().joined(separator: ", "))\(place)"
    }

    private func gain(_ change: ObjectSurvey.GrantChange, _ place: String) -> String? {
        guard !change.gained.isEmpty else { return nil }
        let before = change.role == "service_role" ? "" : " of its own; until now it had this through public"
        return "\(change.role) gets \(change.gained.sorted().joined(separator: ", "))\(place)\(before)"
    }
}

/// Whose the tables of Switchboard's names are, by the rule of the migration's plan: `migrate` refuses what is not Switchboard's, and nobody
/// should be told to change a table of somebody else's.
struct TableOwners {
    /// Tables that somebody made for something else.
    let strangers: Set<String>
    /// Tables of Switchboard's that lack a column which no migration adds.
    let damaged: Set<String>
    /// A line for each of both.
    let findings: [Finding]

    /// `schema` is the one that was looked at.
    init(_ seen: SchemaInspection, in schema: SchemaName) {
        let survey = DatabaseSurvey(seen, of: schema)
        let plans = Set(seen.columns.map(\.table)).intersection(SchemaContract.columns.keys).sorted()
            .map { (name: $0, plan: TablePlan(survey, $0)) }.filter { !$0.plan.isUsable }
        damaged = Set(plans.filter(\.plan.isDamaged).map(\.name))
        strangers = Set(plans.map(\.name)).subtracting(damaged)
        findings = plans.map { name, plan in
            let step = plan.stranger
            let correction = [step.advice, step.statement].compactMap(\.self).joined(separator: ": ")
            return Finding(
                .fail, "supabase.tables", "\(name) \(step.message)",
                advice: plan.isDamaged
                    ? correction : "leave it as it is: `switchboard migrate --dry-run` shows how Switchboard can get tables of its own")
        }
    }

    /// What was seen of Switchboard's own tables.
    func ours(of seen: SchemaInspection) -> SchemaInspection {
        var seen = seen
        let objects = strangers.flatMap { ["table \($0)", "rows of \($0)"] }
        seen.columns.removeAll { strangers.contains($0.table) }
        seen.rowSecurity = seen.rowSecurity?.filter { !strangers.contains($0.key) }
        seen.openGrants?.removeAll { objects.contains($0.object) }
        seen.denied?.removeAll(where: objects.contains)
        return seen
    }

    /// What views show of Switchboard's own tables.
    func ours(of views: [ExposedView]) -> [ExposedView] {
        views.compactMap { view in
            var view = view
            view.tables.removeAll(where: strangers.contains)
            view.usesTokens = view.usesTokens && !strangers.contains("sessions")
            return view.tables.isEmpty ? nil : view
        }
    }

    /// Those of these indexes that can be expected: a table of somebody else's has others.
    func expected(_ indexes: Set<String>) -> Set<String> {
        indexes.filter { index in SchemaContract.table(ofIndex: index).map { !strangers.contains($0) } ?? true }
    }
}

extension DatabaseSurvey {
    /// As much of it as a look at the schema tells.
    fileprivate init(_ seen: SchemaInspection, of name: SchemaName) {
        self.init()
        schema = seen
        schemaName = name
        relations = Set(seen.columns.map(\.table)).sorted().map { Relation(name: $0, kind: "r") }
        columns = seen.columns.map {
            Column(table: $0.table, name: $0.name, quoted: $0.name.quotedName, type: $0.type, fullType: $0.type, category: "")
        }
    }
}

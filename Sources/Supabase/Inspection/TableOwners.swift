import Messaging

/// Decides whether tables with Switchboard's names belong to Switchboard, by the rule of the migration's plan: `migrate` refuses other
/// programs' tables, and no finding should advise to change one.
struct TableOwners {
    /// Tables of other programs.
    let strangers: Set<String>
    /// Tables of Switchboard's without a column that no migration adds.
    let damaged: Set<String>
    /// One finding for each table of both kinds.
    let findings: [Finding]

    /// `schema` is the schema that was inspected.
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

    /// The inspection without other programs' tables.
    func ours(of seen: SchemaInspection) -> SchemaInspection {
        var seen = seen
        let objects = strangers.flatMap { ["table \($0)", "rows of \($0)"] }
        seen.columns.removeAll { strangers.contains($0.table) }
        seen.rowSecurity = seen.rowSecurity?.filter { !strangers.contains($0.key) }
        seen.openGrants?.removeAll { objects.contains($0.object) }
        seen.denied?.removeAll(where: objects.contains)
        return seen
    }

    /// The views without other programs' tables.
    func ours(of views: [ExposedView]) -> [ExposedView] {
        views.compactMap { view in
            var view = view
            view.tables.removeAll(where: strangers.contains)
            view.usesTokens = view.usesTokens && !strangers.contains("sessions")
            return view.tables.isEmpty ? nil : view
        }
    }

    /// The indexes that can be expected: another program's table does not have them.
    func expected(_ indexes: Set<String>) -> Set<String> {
        indexes.filter { index in SchemaContract.table(ofIndex: index).map { !strangers.contains($0) } ?? true }
    }
}

extension DatabaseSurvey {
    /// As much of a survey as an inspection has.
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

/// The steps for uses of the row type of a table of which some columns get another type.
struct RowTypePlan {
    let survey: DatabaseSurvey

    /// `table` has its schema.
    func steps(of table: String) -> [MigrationStep] {
        survey.objects.rowUses.filter { $0.table == table }.map { use in
            let place = table.without(survey.schemaName)
            let view = DatabaseSurvey.Binding(
                table: table, column: "", kind: "materialized view", name: use.home, home: use.home, statement: use.statement)
            let object = use.column.map { "the column \($0) of \(use.home)" } ?? "the materialized view \(use.home)"
            return .obstacle(
                place, nil, "\(object) has rows of it as values, and keeps its columns from getting other types",
                use.column == nil
                    ? "drop it, migrate, and make it again with its rights"
                    : "let the column be jsonb, migrate, and let it be rows again where these have their place in the new types",
                use.statement, restoration: use.restoration ?? survey.objects.restoration(of: view)?.statement,
                edit: "where it takes a column of \(place) for the type that it had", uses: [table, use.home])
        }
    }
}

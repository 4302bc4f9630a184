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
                place, nil, "\(object) contains rows of it as values, so its columns cannot change their types",
                use.column == nil
                    ? "drop it, migrate, then create it again with its grants"
                    : "convert the column to jsonb, migrate, then convert it back to rows if they fit the new types",
                use.statement, restoration: use.restoration ?? survey.objects.restoration(of: view)?.statement,
                edit: "where it expects a column of \(place) to have its former type", uses: [table, use.home])
        }
    }
}

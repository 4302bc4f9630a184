/// The steps for the foreign keys of one of the contract's tables: lost ones that are created again, and rows that prevent this.
struct ForeignKeyPlan {
    private let ours: ScriptedTable
    private let columns: [String: DatabaseSurvey.Column]

    /// Nil if the scripts create no such table, or if it is not Switchboard's yet: the first script creates the foreign key of a table
    /// `sessions` made by hand.
    init?(_ survey: DatabaseSurvey, _ table: String) {
        guard let ours = ScriptedTable(survey, table), table != "sessions" || SessionsPlan(survey).isOurs else { return nil }
        self.ours = ours
        columns = survey.columns(of: table)
    }

    var steps: [MigrationStep] {
        lost.map { key in
            guard canBeMade(key) else { return left(key) }
            let rows = ours.survey.orphans[key.place] ?? 0
            return rows == 0
                ? .change(ours.name, key.column, "gets its foreign key to \(target(of: key)) again") : obstructed(key, by: rows)
        }
    }

    /// Queries of the number of rows without their referenced row, by `Reference.place`.
    var questions: [String: String] {
        Dictionary(
            uniqueKeysWithValues: lost.filter(canBeMade).map { ($0.place, "select count(*) from \(ours.qualified) r where \(orphans($0))") }
        )
    }

    private var lost: [TableScript.Reference] {
        ours.script.references.filter { key in
            let table = qualified(key)
            return columns[key.column] != nil
                && !ours.survey.objects.foreignKeys.contains { $0.table == ours.name && $0.column == key.column && $0.target == table }
        }
    }

    private func qualified(_ key: TableScript.Reference) -> String { "\(ours.survey.schemaName).\(key.target)" }

    private func target(of key: TableScript.Reference) -> String { "\(qualified(key)) (\(key.targetColumn))" }

    private func relation(_ name: String) -> DatabaseSurvey.Relation? { ours.survey.relations.first { $0.name == name } }

    /// Whether a migration creates it. It does not for a partitioned table, or if it would refer from a logged to an unlogged table.
    private func canBeMade(_ key: TableScript.Reference) -> Bool {
        let unlogged = Set(ours.survey.objects.oddTables.filter(\.isUnlogged).map(\.table))
        return relation(ours.name)?.kind == "r" && relation(key.target)?.kind ?? "r" == "r"
            && (!unlogged.contains(key.target) || unlogged.contains(ours.name))
    }

    /// SQL that selects the rows of `r` whose referenced row is missing.
    private func orphans(_ key: TableScript.Reference) -> String {
        let value = "r.\(key.column) is not null"
        guard relation(key.target) != nil else { return value }
        return "\(value) and not exists (select from \(qualified(key)) t where t.\(key.targetColumn) = r.\(key.column))"
    }

    private func statement(_ key: TableScript.Reference) -> String {
        "alter table \(ours.qualified) add foreign key (\(key.column)) references \(target(of: key));"
    }

    /// The step for a key that no migration creates.
    private func left(_ key: TableScript.Reference) -> MigrationStep {
        let message = "its foreign key to \(target(of: key)) is missing, and no script creates it"
        // PostgreSQL accepts it once the referenced column has a key.
        guard KeyPlan(ours.survey, key.target)?.lacksKey(over: key.targetColumn) == true else {
            return .warning(ours.name, key.column, message, "create it", statement(key))
        }
        let advice = "create it after the migration, which creates the key that it needs"
        return .warning(ours.name, key.column, message, advice, restoration: statement(key))
    }

    /// The step for a key that rows prevent: with it, later rows that belong to them would be refused.
    private func obstructed(_ key: TableScript.Reference, by rows: Int) -> MigrationStep {
        let message =
            "\(rows.rows) with a \(key.column) that is not in \(qualified(key)), so its foreign key is not created"
        // A contact without its row is still the same person, so the statement creates a row.
        let makesContacts = key.target == "contacts" && key.column == "contact_id"
        let correction =
            makesContacts
            ? "insert into \(qualified(key)) (contact_id) select distinct contact_id from \(ours.qualified) r where \(orphans(key)) "
                + "on conflict do nothing;"
            : "update \(ours.qualified) r set \(key.column) = null where \(orphans(key));"
        let advice = makesContacts ? "give each a contact without a phone" : "set it to null"
        guard relation(key.target) != nil else {
            return .warning(
                ours.name, key.column, message, "\(advice) after the migration, which creates the table; then migrate again",
                restoration: correction)
        }
        return .warning(ours.name, key.column, message, "\(advice); then migrate creates the key", correction)
    }
}

/// What of a plan is about the foreign keys that the scripts give to one of the contract's tables: those that are gone and are made again,
/// and the rows that keep one from that.
struct ForeignKeyPlan {
    private let ours: ScriptedTable
    private let columns: [String: DatabaseSurvey.Column]

    /// Nil where the scripts make no such table, or where it is not Switchboard's yet: the first script gives a table `sessions` made by hand
    /// its foreign key.
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

    /// Questions how many rows have a value that is not in the table which the key is to, by `Reference.place`.
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

    /// Whether a migration makes it. No script decides what becomes of a table with partitions, or of one that a crash empties.
    private func canBeMade(_ key: TableScript.Reference) -> Bool {
        let unlogged = Set(ours.survey.objects.oddTables.filter(\.isUnlogged).map(\.table))
        return relation(ours.name)?.kind == "r" && relation(key.target)?.kind ?? "r" == "r"
            && (!unlogged.contains(key.target) || unlogged.contains(ours.name))
    }

    /// SQL for the rows of `r` that refer to what is not there.
    private func orphans(_ key: TableScript.Reference) -> String {
        let value = "r.\(key.column) is not null"
        guard relation(key.target) != nil else { return value }
        return "\(value) and not exists (select from \(qualified(key)) t where t.\(key.targetColumn) = r.\(key.column))"
    }

    private func statement(_ key: TableScript.Reference) -> String {
        "alter table \(ours.qualified) add foreign key (\(key.column)) references \(target(of: key));"
    }

    /// One that no migration makes.
    private func left(_ key: TableScript.Reference) -> MigrationStep {
        let message = "its foreign key to \(target(of: key)) is missing, and no script makes it again"
        // PostgreSQL takes it as soon as there is a key for it.
        guard KeyPlan(ours.survey, key.target)?.lacksKey(over: key.targetColumn) == true else {
            return .warning(ours.name, key.column, message, "make it", statement(key))
        }
        let advice = "make it after the migration, which makes the key that it needs"
        return .warning(ours.name, key.column, message, advice, restoration: statement(key))
    }

    /// One that rows keep from being made: they would have it refuse later rows that belong to them.
    private func obstructed(_ key: TableScript.Reference, by rows: Int) -> MigrationStep {
        let message =
            "\(rows.rows) with a \(key.column) that is not in \(qualified(key)), so that its foreign key is not made"
        // A person whose contact is gone is nobody else.
        let makesContacts = key.target == "contacts" && key.column == "contact_id"
        let correction =
            makesContacts
            ? "insert into \(qualified(key)) (contact_id) select distinct contact_id from \(ours.qualified) r where \(orphans(key)) "
                + "on conflict do nothing;"
            : "update \(ours.qualified) r set \(key.column) = null where \(orphans(key));"
        let advice = makesContacts ? "give each a contact without a phone" : "take it from them"
        guard relation(key.target) != nil else {
            return .warning(
                ours.name, key.column, message, "\(advice) after the migration, which makes the table, and migrate again",
                restoration: correction)
        }
        return .warning(ours.name, key.column, message, "\(advice), and migrate makes it", correction)
    }
}

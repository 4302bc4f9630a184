/// The steps for names that the migration uses in its schema but that other objects have.
struct NamePlan {
    private let survey: DatabaseSurvey

    init(_ survey: DatabaseSurvey) { self.survey = survey }

    var steps: [MigrationStep] { relations + types + indexes + view }

    private var tables: Set<String> { Set(SchemaContract.columns.keys) }

    /// Relations that have a table's name but are not tables.
    private var relations: [MigrationStep] {
        survey.relations.filter { tables.contains($0.name) && !$0.isTable }.map { relation in
            let kind = Self.kinds[relation.kind] ?? "table"
            return renaming(kind, relation.name, relation.name, "is a \(kind), but Switchboard creates a table with this name")
        }
    }

    private static let kinds = [
        "v": "view", "m": "materialized view", "f": "foreign table", "S": "sequence", "c": "type", "i": "index", "I": "index",
    ]

    private var types: [MigrationStep] {
        survey.types.filter { tables.contains($0) || $0 == SchemaContract.statusView }.map { name in
            renaming("type", name, name, "is a type, but Switchboard creates a table with this name, which gets its own type")
        }
    }

    /// If another table has an index of this name, the index is not created: `create index if not exists` only compares names.
    private var indexes: [MigrationStep] {
        let names = SchemaContract.uniqueIndexes.union(SchemaContract.otherIndexes)
        return survey.relations.filter { names.contains($0.name) }.compactMap { relation in
            guard let table = SchemaContract.table(ofIndex: relation.name), relation.table != "\(survey.schemaName).\(table)"
            else { return nil }
            let kind = relation.table == nil ? Self.kinds[relation.kind] ?? "table" : "index"
            return renaming(
                kind, relation.name, table,
                "its index \(relation.name) cannot be created: \(relation.table ?? "a \(kind)") has that name")
        }
    }

    private var view: [MigrationStep] {
        let name = SchemaContract.statusView
        guard let found = survey.relations.first(where: { $0.name == name }) else { return [.change(name, nil, "is created")] }
        guard found.kind != "v" || !found.showsStatuses else { return [] }
        let kind = Self.kinds[found.kind] ?? "table"
        return [renaming(kind, name, name, "is a \(kind) of your own, but Switchboard creates a view with this name")]
    }

    /// `table` is Switchboard's table that cannot get the name, or whose index cannot.
    private func renaming(_ kind: String, _ name: String, _ table: String, _ message: String) -> MigrationStep {
        let qualified = "\(survey.schemaName).\(name)"
        return .renaming(
            qualified, table, message, "rename it, or \(MigrationStep.wayOut)", "alter \(kind) \(qualified) rename to own_\(name);")
    }
}

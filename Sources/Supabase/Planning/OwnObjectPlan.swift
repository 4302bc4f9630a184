/// The steps for a project's own triggers and policies on one of the contract's tables, and for a table of another kind than the scripts
/// create.
struct OwnObjectPlan {
    private let survey: DatabaseSurvey
    private let table: String
    /// The table's name with its schema.
    private let qualified: String
    private let isUpgrade: Bool

    /// `isUpgrade` says whether a table made by hand becomes Switchboard's.
    init(_ survey: DatabaseSurvey, _ table: String, isUpgrade: Bool) {
        self.survey = survey
        self.table = table
        qualified = "\(survey.schemaName).\(table)"
        self.isUpgrade = isUpgrade
    }

    var steps: [MigrationStep] { triggers + restrictions + kinds }

    private var triggers: [MigrationStep] {
        let own = survey.objects.triggers.filter {
            $0.table == table && $0.isEnabled && !$0.isOurs && ($0.firesOnInsert || $0.firesOnUpdate) && !isObstacle($0)
        }
        return own.map { trigger in
            let name = "its trigger \(trigger.name) (\(trigger.function))"
            return .warning(
                table, nil,
                trigger.deletes
                    ? "\(name) deletes from \(table): rows that Switchboard has stored may disappear unnoticed"
                    : trigger.isBeforeRow
                        ? "\(name) is the project's own: it can change, refuse or discard rows of Switchboard's"
                        : "\(name) is the project's own: it can refuse rows of Switchboard's, or change them afterwards",
                "nothing to do if it neither refuses nor changes what Switchboard writes; otherwise drop it",
                "drop trigger if exists \(trigger.name.quotedName) on \(qualified);")
        }
    }

    /// Whether it is already reported as an obstacle to a column's new type.
    private func isObstacle(_ trigger: ObjectSurvey.Trigger) -> Bool {
        isUpgrade && survey.bindings.contains { $0.kind == "trigger" && $0.name == trigger.name && $0.home == qualified }
    }

    private var restrictions: [MigrationStep] {
        survey.objects.restrictions.filter { $0.table == table }.map { policy in
            .warning(
                table, nil,
                "its policy \(policy.name) is restrictive and applies to \(policy.role): rows that it refuses become dead letters",
                "nothing to do if it allows everything that Switchboard writes; otherwise limit it to the roles that it is meant for",
                "alter policy \(policy.name.quotedName) on \(qualified) to anon, authenticated;")
        }
    }

    private var kinds: [MigrationStep] {
        guard let odd = survey.objects.oddTables.first(where: { $0.table == table }) else { return [] }
        return [odd.isUnlogged ? unlogged : nil, odd.type.map(typed)].compactMap(\.self)
    }

    /// A logged table cannot refer to an unlogged one.
    private var unlogged: MigrationStep {
        let areAllThere = Set(survey.relations.filter(\.isTable).map(\.name)).isSuperset(of: SchemaContract.columns.keys)
        let statement = "alter table \(qualified) set logged;"
        return areAllThere
            ? .warning(table, nil, "is unlogged: a crash of the server empties it", "make it logged", statement)
            : .obstacle(
                table, nil, "is unlogged: a crash of the server empties it, and logged tables cannot reference it", "make it logged",
                statement
            )
    }

    /// A typed table can neither get a column nor change a column's type.
    private func typed(_ type: String) -> MigrationStep {
        let expected = Set(SchemaContract.columns[table, default: [:]].keys)
        let isWhole = expected.isSubset(of: survey.columns(of: table).keys)
        let (advice, statement) = ("detach it from the type", "alter table \(qualified) not of;")
        let message = "is a table of the type \(type), so no script can add or change a column"
        return isUpgrade || !isWhole
            ? .obstacle(table, nil, message, advice, statement) : .warning(table, nil, message, advice, statement)
    }
}

/// What of a plan is about the objects of one of the contract's tables: indexes, checks, foreign keys, triggers and policies.
struct ObjectPlan {
    private let ours: ScriptedTable
    private let columns: [String: DatabaseSurvey.Column]
    private let sessions: SessionsPlan
    private var objects: ObjectSurvey { ours.survey.objects }

    /// Nil where the scripts make no such table. `sessions` is the plan of the table sessions.
    init?(_ survey: DatabaseSurvey, _ table: String, sessions: SessionsPlan) {
        guard let ours = ScriptedTable(survey, table) else { return nil }
        self.ours = ours
        self.sessions = sessions
        columns = survey.columns(of: table)
    }

    var steps: [MigrationStep] { made + triggers + names + refusals + (ForeignKeyPlan(ours.survey, ours.name)?.steps ?? []) }

    /// What may refuse, change or lose rows of Switchboard's; `doctor` tells it as well.
    var refusals: [MigrationStep] {
        uniqueIndexes + rules + addedForeignKeys + checks + casts + OwnObjectPlan(ours.survey, ours.name, isUpgrade: isUpgrade).steps
    }

    private var isUpgrade: Bool { ours.name == "sessions" && sessions.isUpgrade }

    /// What the scripts make where it is not there, and the index that they drop.
    private var made: [MigrationStep] {
        let names = objects.triggers.filter { $0.table == ours.name }.map(\.name)
        let triggers = Self.ownTriggers(of: ours.name).subtracting(names)
        let hasPolicy = objects.policies[ours.name]?.contains("service_only") == true
        let checks = ours.script.checks.keys.sorted().filter { name in
            isUpgrade || !objects.checks.contains { $0.table == ours.name && $0.name == name }
        }
        let unused = "\(ours.name)_phone_idx"
        return [
            hasPolicy ? nil : "gets the policy service_only: service_role reads and writes every row",
            triggers.isEmpty ? nil : "gets the trigger\(triggers.count == 1 ? "" : "s") \(triggers.listed)",
            checks.isEmpty
                ? nil : "gets the check\(checks.count == 1 ? "" : "s") \(checks.listed), which admits Switchboard's words only",
            ours.name == "sessions" && objects.indexes.contains { $0.name == unused }
                ? "its index \(unused) is dropped: Switchboard looks no session up by its phone" : nil,
        ].compactMap(\.self).map { .change(ours.name, nil, $0) }
    }

    /// Those that the functions' last script makes.
    private static func ownTriggers(of table: String) -> Set<String> { Set(scriptTriggers.filter { $0.table == table }.map(\.name)) }

    private static let scriptTriggers: [(name: String, table: String)] = {
        let script = Migration.all.last { $0.name.hasPrefix("switchboard_functions") }?.sql ?? ""
        return script.matches(of: #/create (?:or replace )?trigger (\w+) [a-z_ ]+? on public\.(\w+)/#).map { (String($0.1), String($0.2)) }
    }()

    /// Whether the scripts update rows that are there.
    private var isUpdated: Bool {
        switch ours.name {
        case "sessions": isUpgrade || !sessions.has("customer_named")
        case "message_statuses": columns["rank"] == nil
        default: false
        }
    }

    /// The project's own that fire meanwhile.
    private var triggers: [MigrationStep] {
        let own = objects.triggers.filter {
            $0.table == ours.name && $0.firesOnUpdate && $0.isEnabled && !$0.isOurs
        }
        guard isUpdated else { return [] }
        let retyped = isUpgrade ? ", or its function reads a column whose type changes and has seen the former one" : ""
        let corrected = isUpgrade ? " ids of sessions are uuid then: correct a function that takes them for another type first" : ""
        return own.map { trigger in
            let change = "alter table \(ours.qualified)"
            let name = trigger.name.quotedName
            return .change(
                ours.name, nil,
                "its trigger \(trigger.name) (\(trigger.function)) fires when migrate updates rows"
                    + (trigger.isDeferred ? ", at once, although it is deferred" : ""),
                "where it raises\(retyped), migrate fails as a whole; to switch it off meanwhile: \(change) disable trigger \(name); "
                    + "and after it: \(change) enable trigger \(name);\(corrected)")
        }
    }

    private var ownIndexes: Set<String> { SchemaContract.uniqueIndexes.union(SchemaContract.otherIndexes) }

    /// Indexes that have the name of one of Switchboard's, and are another: it would not be made.
    private var names: [MigrationStep] {
        objects.indexes.filter { $0.table == ours.name && ownIndexes.contains($0.name) }.compactMap { index in
            guard let own = ours.script.indexes[index.name], !index.isLike(own) else { return nil }
            let name = "\(ours.survey.schemaName).\(index.name)"
            return .renaming(
                name, ours.name,
                "its index \(index.name) cannot be made: another has that name (\(index.definition)); Switchboard's is \(own.description)",
                "rename it", "alter index \(name) rename to own_\(index.name);")
        }
    }

    /// Unique indexes that may refuse a row of Switchboard's.
    private var uniqueIndexes: [MigrationStep] {
        objects.indexes.filter { $0.table == ours.name && $0.isUnique && !ownIndexes.contains($0.name) && refuses($0) }.map { index in
            let plain = index.columns.compactMap(\.self)
            let isPlain = plain.count == index.columns.count && index.condition == nil && !index.isExclusion
            let kind = index.isExclusion ? "exclusion constraint" : "unique index"
            let names = plain.joined(separator: ", ")
            let reason = ours.name == "sessions" ? "a session that is over stays" : "rows of Switchboard's may have the same"
            let keys = referring(to: index)
            let message =
                isPlain
                ? "\(index.name) lets no two rows have the same \(names), and \(reason)"
                : "the \(kind) \(index.name) may refuse rows of Switchboard's (\(index.definition))"
            return .obstacle(
                ours.name, index.used.count == 1 || plain.count == 1 ? plain.first ?? index.used.first : nil,
                ([message] + keys.map { "the foreign key \($0.name) of \($0.home ?? "another table") refers to it" })
                    .joined(separator: "; "),
                "drop \(keys.isEmpty ? "it" : "them"); one that is not unique may stay in its place",
                (keys.map(\.statement) + [index.statement]).joined(separator: " "))
        }
    }

    /// Foreign keys of other tables that keep a unique index of `sessions` from being dropped.
    private func referring(to index: ObjectSurvey.Index) -> [DatabaseSurvey.Binding] {
        let all = ours.survey.bindings.filter {
            $0.kind == "foreign key" && $0.table == ours.qualified && $0.target == ours.qualified && index.columns.contains($0.column)
        }
        // One over several columns is told of each.
        return all.enumerated().filter { place, key in !all[..<place].contains { $0.statement == key.statement } }.map(\.element)
    }

    private func refuses(_ index: ObjectSurvey.Index) -> Bool {
        let plain = Set(index.columns.compactMap(\.self))
        let contract = SchemaContract.columns[ours.name] ?? [:]
        if ours.script.keys.contains(where: { $0.isSubset(of: plain) }) { return false }
        let constants = objects.constants.filter { $0.table == ours.name }
        // What is generated is as different as what it is made of, which nobody knows here.
        guard index.used.contains(where: { contract[$0] != nil }) else {
            return index.columns.count == plain.count && index.condition == nil
                && plain.isSubset(of: constants.filter { !$0.isGenerated }.map(\.column))
        }
        return plain.subtracting(contract.keys).isSubset(of: constants.map(\.column))
    }

    private var rules: [MigrationStep] {
        objects.rules.filter { $0.table == ours.name }.map { rule in
            .obstacle(
                ours.name, nil, "the rule \(rule.name) has PostgreSQL refuse every row of Switchboard's (\(rule.definition))",
                "drop it, and let a trigger do what it does", rule.statement)
        }
    }

    /// Foreign keys of the project's own over Switchboard's columns. Those of columns whose type changes, or of a table that is upgraded, are
    /// told with these.
    private var addedForeignKeys: [MigrationStep] {
        guard !isUpgrade else { return [] }
        let contract = SchemaContract.columns[ours.name] ?? [:]
        let keys = Dictionary(grouping: objects.foreignKeys.filter { $0.table == ours.name }, by: \.name).sorted { $0.key < $1.key }
        return keys.compactMap { name, parts in
            guard let target = parts.first?.target, parts.allSatisfy({ contract[$0.column] == columns[$0.column]?.type }) else {
                return nil
            }
            let isOurs = parts.allSatisfy { part in
                ours.script.references.contains { $0.column == part.column && "\(ours.survey.schemaName).\($0.target)" == target }
            }
            guard !isOurs else { return nil }
            return .obstacle(
                ours.name, parts.count == 1 ? parts[0].column : nil, "the foreign key \(name) admits only what is in \(target)",
                "drop it: what clients and providers name need not be there",
                "alter table \(ours.qualified) drop constraint if exists \(name.quotedName);")
        }
    }

    /// Indexes and generated columns of the project's own that make another type of what Switchboard writes, and refuse what has none.
    private var casts: [MigrationStep] {
        let contract = Set((SchemaContract.columns[ours.name] ?? [:]).keys)
        let indexes = objects.indexes.filter {
            $0.table == ours.name && !$0.isUnique && ours.script.indexes[$0.name] == nil && !contract.isDisjoint(with: $0.used)
                && $0.definition.casts && !isObstacle($0.name, as: "index")
        }
        let generated = columns.values.filter {
            guard $0.isGenerated, !contract.contains($0.name), let made = $0.preset else { return false }
            return made.casts && !contract.isDisjoint(with: made.words) && !isObstacle($0.name, as: "generated column")
        }
        return indexes.map { index in
            .warning(
                ours.name, nil, refusal("the index \(index.name)", index.definition), "nothing where all have a value there; else drop it",
                index.statement)
        }
            + generated.sorted { $0.name < $1.name }.map { column in
                .warning(
                    ours.name, column.name, refusal("its generated column", column.preset ?? ""),
                    "nothing where all have a value there; else make it a plain column",
                    "alter table \(ours.qualified) alter column \(column.quoted) drop expression;")
            }
    }

    private func refusal(_ object: String, _ definition: String) -> String {
        let now = isUpgrade ? ", and migrate fails where it refuses a value that is rewritten" : ""
        return "rows of Switchboard's that \(object) cannot convert become dead letters\(now): \(definition)"
    }

    /// Whether it is told with a column that it keeps from becoming another type.
    private func isObstacle(_ name: String, as kind: String) -> Bool {
        let names = [name, "\(ours.survey.schemaName).\(name)"]
        return isUpgrade
            && ours.survey.bindings.contains { binding in
                binding.kind == kind && names.contains(binding.name)
                    && columns[binding.column].map { $0.type != SessionsPlan.expected[$0.name] } == true
            }
    }

    /// Checks of the project's own that stay.
    private var checks: [MigrationStep] {
        let contract = SchemaContract.columns[ours.name] ?? [:]
        let own = objects.checks.filter { check in
            check.table == ours.name && ours.script.checks[check.name] == nil && check.columns.contains { contract[$0] != nil }
                && !(isUpgrade && (check.columns == ["status"] || sessions.isObstacle(check: check.name)))
        }
        return own.map { check in
            let values = check.columns.compactMap { column in
                WrittenValues.text(of: column, in: ours.name).map { check.columns.count == 1 ? $0 : "\(column): \($0)" }
            }
            let written = values.isEmpty ? "" : " (\(values.joined(separator: "; ")))"
            let now = isUpgrade ? ", and migrate fails where it refuses a value that is rewritten" : ""
            return .warning(
                ours.name, check.columns.count == 1 ? check.columns[0] : nil,
                "rows of Switchboard's that the check \(check.name) refuses become dead letters\(now): \(check.definition)",
                "nothing where it admits whatever Switchboard writes\(written); else drop it",
                "alter table \(ours.qualified) drop constraint if exists \(check.name.quotedName);")
        }
    }
}

extension ObjectSurvey.Index {
    /// Whether it is over the same columns and rows as one of the scripts.
    fileprivate func isLike(_ index: TableScript.Index) -> Bool {
        isUnique == index.isUnique && columns == index.columns && condition?.plainCondition == index.condition?.plainCondition
    }
}

extension String {
    /// Whether an expression, as PostgreSQL writes it, makes something else than a text of what is no constant: `(customer_id)::bigint`.
    fileprivate var casts: Bool { contains(#/\)::(?!text|character|json)/#) }

    /// What may be the names of columns in it.
    fileprivate var words: [String] { matches(of: #/\w+/#).map { String($0.output) } }

    /// A condition without what PostgreSQL adds when it writes it.
    fileprivate var plainCondition: String { lowercased().replacing(#/::text|[() ]/#, with: "") }
}

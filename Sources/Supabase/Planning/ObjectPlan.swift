/// The steps for the objects of one of the contract's tables: indexes, checks, foreign keys, triggers and policies.
struct ObjectPlan {
    private let ours: ScriptedTable
    private let columns: [String: DatabaseSurvey.Column]
    private let sessions: SessionsPlan
    private var objects: ObjectSurvey { ours.survey.objects }

    /// Nil if the scripts create no such table. `sessions` is the plan of the table sessions.
    init?(_ survey: DatabaseSurvey, _ table: String, sessions: SessionsPlan) {
        guard let ours = ScriptedTable(survey, table) else { return nil }
        self.ours = ours
        self.sessions = sessions
        columns = survey.columns(of: table)
    }

    var steps: [MigrationStep] { made + triggers + names + refusals + (ForeignKeyPlan(ours.survey, ours.name)?.steps ?? []) }

    /// The objects that may refuse, change or discard Switchboard's rows; `doctor` reports them as well.
    var refusals: [MigrationStep] {
        uniqueIndexes + rules + addedForeignKeys + checks + casts + OwnObjectPlan(ours.survey, ours.name, isUpgrade: isUpgrade).steps
    }

    private var isUpgrade: Bool { ours.name == "sessions" && sessions.isUpgrade }

    /// The objects that the scripts create if they are missing, and the index that they drop.
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
                ? nil : "gets the check\(checks.count == 1 ? "" : "s") \(checks.listed), to allow only Switchboard's words",
            ours.name == "sessions" && objects.indexes.contains { $0.name == unused }
                ? "its index \(unused) is dropped: Switchboard does not look up sessions by phone" : nil,
        ].compactMap(\.self).map { .change(ours.name, nil, $0) }
    }

    /// The triggers that the last functions script creates.
    private static func ownTriggers(of table: String) -> Set<String> { Set(scriptTriggers.filter { $0.table == table }.map(\.name)) }

    private static let scriptTriggers: [(name: String, table: String)] = {
        let script = Migration.all.last { $0.name.hasPrefix("switchboard_functions") }?.sql ?? ""
        return script.matches(of: #/create (?:or replace )?trigger (\w+) [a-z_ ]+? on public\.(\w+)/#).map { (String($0.1), String($0.2)) }
    }()

    /// Whether the scripts update existing rows.
    private var isUpdated: Bool {
        switch ours.name {
        case "sessions": isUpgrade || !sessions.has("customer_named")
        case "message_statuses": columns["rank"] == nil
        default: false
        }
    }

    /// The project's own triggers that fire during these updates.
    private var triggers: [MigrationStep] {
        let own = objects.triggers.filter {
            $0.table == ours.name && $0.firesOnUpdate && $0.isEnabled && !$0.isOurs
        }
        guard isUpdated else { return [] }
        let retyped = isUpgrade ? ", or if its function reads a column whose type changes and ran before with the former type" : ""
        let corrected = isUpgrade ? " Session ids are uuid afterwards: first correct a function that expects another type" : ""
        return own.map { trigger in
            let change = "alter table \(ours.qualified)"
            let name = trigger.name.quotedName
            return .change(
                ours.name, nil,
                "its trigger \(trigger.name) (\(trigger.function)) fires when migrate updates rows"
                    + (trigger.isDeferred ? ", immediately even though it is deferred" : ""),
                "if it raises an error\(retyped), migrate fails and changes nothing. To disable it for the migration: \(change) "
                    + "disable trigger \(name); and afterwards: \(change) enable trigger \(name);\(corrected)")
        }
    }

    private var ownIndexes: Set<String> { SchemaContract.uniqueIndexes.union(SchemaContract.otherIndexes) }

    /// Indexes with the name of one of Switchboard's but another definition: Switchboard's would not be created.
    private var names: [MigrationStep] {
        objects.indexes.filter { $0.table == ours.name && ownIndexes.contains($0.name) }.compactMap { index in
            guard let own = ours.script.indexes[index.name], !index.isLike(own) else { return nil }
            let name = "\(ours.survey.schemaName).\(index.name)"
            return .renaming(
                name, ours.name,
                "its index \(index.name) cannot be created: another index has that name (\(index.definition)); Switchboard's "
                    + "is \(own.description)",
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
            let reason = ours.name == "sessions" ? "ended sessions stay in the table" : "several of Switchboard's rows may have the same"
            let keys = referring(to: index)
            let message =
                isPlain
                ? "\(index.name) does not allow two rows with the same \(names), but \(reason)"
                : "the \(kind) \(index.name) may refuse Switchboard's rows (\(index.definition))"
            return .obstacle(
                ours.name, index.used.count == 1 || plain.count == 1 ? plain.first ?? index.used.first : nil,
                ([message] + keys.map { "the foreign key \($0.name) of \($0.home ?? "another table") refers to it" })
                    .joined(separator: "; "),
                "drop \(keys.isEmpty ? "it" : "them"); an index that is not unique may replace it",
                (keys.map(\.statement) + [index.statement]).joined(separator: " "))
        }
    }

    /// Foreign keys of other tables that prevent dropping a unique index of `sessions`.
    private func referring(to index: ObjectSurvey.Index) -> [DatabaseSurvey.Binding] {
        let all = ours.survey.bindings.filter {
            $0.kind == "foreign key" && $0.table == ours.qualified && $0.target == ours.qualified && index.columns.contains($0.column)
        }
        // A key over several columns is listed once per column.
        return all.enumerated().filter { place, key in !all[..<place].contains { $0.statement == key.statement } }.map(\.element)
    }

    private func refuses(_ index: ObjectSurvey.Index) -> Bool {
        let plain = Set(index.columns.compactMap(\.self))
        let contract = SchemaContract.columns[ours.name] ?? [:]
        if ours.script.keys.contains(where: { $0.isSubset(of: plain) }) { return false }
        let constants = objects.constants.filter { $0.table == ours.name }
        // A generated column is as distinct as the columns that it is computed from, which are unknown here.
        guard index.used.contains(where: { contract[$0] != nil }) else {
            return index.columns.count == plain.count && index.condition == nil
                && plain.isSubset(of: constants.filter { !$0.isGenerated }.map(\.column))
        }
        return plain.subtracting(contract.keys).isSubset(of: constants.map(\.column))
    }

    private var rules: [MigrationStep] {
        objects.rules.filter { $0.table == ours.name }.map { rule in
            .obstacle(
                ours.name, nil, "the rule \(rule.name) makes PostgreSQL refuse every row of Switchboard's (\(rule.definition))",
                "drop it, and use a trigger instead", rule.statement)
        }
    }

    /// Foreign keys of the project's own over Switchboard's columns. Those over columns whose type changes, or in a table that is upgraded,
    /// are reported with these columns.
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
                ours.name, parts.count == 1 ? parts[0].column : nil, DatabaseSurvey.Binding.foreignKeyMessage(name, to: target),
                DatabaseSurvey.Binding.foreignKeyAdvice,
                "alter table \(ours.qualified) drop constraint if exists \(name.quotedName);")
        }
    }

    /// The project's own indexes and generated columns that cast Switchboard's values, and refuse values that cannot be cast.
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
                ours.name, nil, refusal("the index \(index.name)", index.definition),
                "nothing to do if all rows can be converted; otherwise drop it",
                index.statement)
        }
            + generated.sorted { $0.name < $1.name }.map { column in
                .warning(
                    ours.name, column.name, refusal("its generated column", column.preset ?? ""),
                    "nothing to do if all rows can be converted; otherwise make it a plain column",
                    "alter table \(ours.qualified) alter column \(column.quoted) drop expression;")
            }
    }

    private func refusal(_ object: String, _ definition: String) -> String {
        let now = isUpgrade ? ", and migrate fails if it refuses a rewritten value" : ""
        return "rows of Switchboard's that \(object) cannot convert become dead letters\(now): \(definition)"
    }

    /// Whether it is already reported as an obstacle to a column's new type.
    private func isObstacle(_ name: String, as kind: String) -> Bool {
        let names = [name, "\(ours.survey.schemaName).\(name)"]
        return isUpgrade
            && ours.survey.bindings.contains { binding in
                binding.kind == kind && names.contains(binding.name)
                    && columns[binding.column].map { $0.type != SessionsPlan.expected[$0.name] } == true
            }
    }

    /// Checks of the project's own that stay in place.
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
            let now = isUpgrade ? ", and migrate fails if it refuses a rewritten value" : ""
            return .warning(
                ours.name, check.columns.count == 1 ? check.columns[0] : nil,
                "rows of Switchboard's that the check \(check.name) refuses become dead letters\(now): \(check.definition)",
                "nothing to do if it allows everything that Switchboard writes\(written); otherwise drop it",
                "alter table \(ours.qualified) drop constraint if exists \(check.name.quotedName);")
        }
    }
}

extension ObjectSurvey.Index {
    /// Whether it has the same columns and condition as one of the scripts' indexes.
    fileprivate func isLike(_ index: TableScript.Index) -> Bool {
        isUnique == index.isUnique && columns == index.columns && condition?.plainCondition == index.condition?.plainCondition
    }
}

extension String {
    /// Whether an expression, as PostgreSQL writes it, casts a non-constant to another type than a text: `(customer_id)::bigint`.
    fileprivate var casts: Bool { contains(#/\)::(?!text|character|json)/#) }

    /// The words in it that may be names of columns.
    fileprivate var words: [String] { matches(of: #/\w+/#).map { String($0.output) } }

    /// A condition without what PostgreSQL adds to its notation.
    fileprivate var plainCondition: String { lowercased().replacing(#/::text|[() ]/#, with: "") }
}

/// The steps for the keys and indexes of one of the contract's tables: lost ones that are created again, and what prevents this.
struct KeyPlan {
    typealias Key = (name: String, index: TableScript.Index)

    private let ours: ScriptedTable

    /// Nil if the scripts create no such table.
    init?(_ survey: DatabaseSurvey, _ table: String) {
        guard let ours = ScriptedTable(survey, table) else { return nil }
        self.ours = ours
    }

    var steps: [MigrationStep] { changes + unusable + lost.flatMap(obstacles) }

    /// The keys and indexes that a migration creates. A key is recognized by its columns, as functions and foreign keys do.
    var lost: [Key] {
        ours.script.indexes.sorted { $0.key < $1.key }.map { (name: $0.key, index: $0.value) }.filter { name, index in
            switch index.kind {
            case .index: ours.survey.schema.indexes?.contains(name) != true
            case .primaryKey, .uniqueConstraint: isOurs && !present.contains { $0.isUsableKey && $0.isKey(over: index.columns) }
            }
        }
    }

    /// Whether, before the migration, there is no key over exactly this column.
    func lacksKey(over column: String) -> Bool { !isOurs || lost.contains { $0.index.isUnique && $0.index.columns == [column] } }

    /// Queries that count rows which violate the keys, by the keys' names; `KeyRows.init` reads the single row of each answer.
    var questions: [String: String] {
        guard isOurs, ours.survey.relations.first(where: { $0.name == ours.name })?.kind == "r" else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: lost.filter(\.index.isUnique).map { ($0.name, KeyRows.query($0.index, of: ours.qualified)) })
    }

    /// Whether the table is already Switchboard's: the first script creates the keys of a table `sessions` made by hand.
    private var isOurs: Bool { ours.name == "sessions" ? SessionsPlan(ours.survey).isOurs : TablePlan(ours.survey, ours.name).isUsable }

    private var present: [ObjectSurvey.Index] { ours.survey.objects.indexes.filter { $0.table == ours.name } }

    private var changes: [MigrationStep] {
        let indexes = lost.filter { $0.index.kind == .index }.map(\.name)
        let keys = lost.filter { $0.index.kind != .index }.map { "gets the \($0.index.noun) \($0.name)" }
        let others = indexes.isEmpty ? [] : ["gets the index\(indexes.count == 1 ? "" : "es") \(indexes.listed)"]
        return (keys + others).map { .change(ours.name, nil, $0) }
    }

    /// Existing indexes that cannot be used.
    private var unusable: [MigrationStep] {
        present.compactMap { found in
            let own = ours.script.indexes[found.name]
            let key = ours.script.indexes.values.first { $0.kind != .index && found.isUnique && found.isKey(over: $0.columns) }
            if own != nil || key != nil, !found.isValid {
                return .obstacle(
                    ours.name, nil, "its index \(found.name) is invalid: building it was interrupted, and PostgreSQL does not use it",
                    "drop it: migrate creates it again", found.statement)
            }
            guard key != nil, !found.isImmediate else { return nil }
            return .obstacle(
                ours.name, nil,
                "its key \(found.name) is deferrable, so PostgreSQL refuses every row that the functions write with it (55000)",
                "drop it: migrate creates it again, not deferrable", found.statement)
        }
    }

    /// The rows that violate a key.
    private func obstacles(_ key: Key) -> [MigrationStep] {
        guard let rows = ours.survey.keyRows[key.name] else { return [] }
        let columns = key.index.columns.joined(separator: ", ")
        let thing = "so the \(key.index.noun) \(key.name) cannot be created"
        let place = key.index.columns.count == 1 ? key.index.columns[0] : nil
        let correction = correction(of: key)
        return [
            rows.empty == 0
                ? nil
                : .obstacle(
                    ours.name, place, "\(rows.empty.rows) without \(columns), \(thing)", "give them values, or delete them",
                    "delete from \(ours.qualified) where \(key.index.isEmpty);"),
            rows.doubled == 0
                ? nil
                : .obstacle(
                    ours.name, place, "\(rows.doubled.rows) with the \(columns) of an earlier row, \(thing)",
                    "look at them: \(KeyRows.list(key.index, of: ours.qualified)); \(correction.advice)", correction.statement),
        ].compactMap(\.self)
    }

    private func correction(of key: Key) -> (advice: String, statement: String) {
        let later = KeyRows.later(key.index, of: ours.qualified, by: time)
        switch key.name {
        case "contacts_phone_key":
            return ("the first contact keeps the phone", "update \(ours.qualified) set phone = null where \(later);")
        case "sessions_one_active_per_contact":
            return ("the first session continues, and the others end", "update \(ours.qualified) set status = 'expired' where \(later);")
        case "sessions_session_token_key":
            return (
                "the first session keeps the token; the others get new ones, and their clients have to start again",
                "update \(ours.qualified) set session_token = \(SessionValues.newToken) where \(later);"
            )
        default: return ("the first of each is kept, and the others are deleted", "delete from \(ours.qualified) where \(later);")
        }
    }

    /// The column that orders rows by their age.
    private var time: String? {
        ["created_at", "first_seen", "received_at"].first { SchemaContract.columns[ours.name]?[$0] != nil }
    }
}

/// The number of rows that violate a lost key or unique index.
struct KeyRows: Sendable, Equatable {
    /// Rows that repeat the values of another row, not counting the first of each.
    var doubled = 0
    /// Rows without a value that a primary key requires.
    var empty = 0

    /// `table` has its schema.
    static func query(_ index: TableScript.Index, of table: String) -> String {
        let empty = index.kind == .primaryKey ? "(select count(*) from \(table) where \(index.isEmpty))" : "0"
        return "select coalesce(sum(rows - 1), 0), \(empty) from (\(grouped(index, of: table))) d"
    }

    /// `row` is the answer of `query`; nil if it is something else.
    init?(_ row: [String?]) {
        let counts = row.compactMap { $0.flatMap { Int($0) } }
        guard counts.count == 2 else { return nil }
        (doubled, empty) = (counts[0], counts[1])
    }

    /// SQL that shows the values which occur in several rows.
    static func list(_ index: TableScript.Index, of table: String) -> String { grouped(index, of: table) }

    /// SQL that selects the rows whose values an earlier row has; `time` is the column that orders them.
    static func later(_ index: TableScript.Index, of table: String, by time: String?) -> String {
        let order = [time, "ctid"].compactMap(\.self).joined(separator: ", ")
        let place = "row_number() over (partition by \(index.columns.joined(separator: ", ")) order by \(order))"
        return "ctid in (select d.ctid from (select ctid, \(place) as place from \(table) where \(index.holds)) d where d.place > 1)"
    }

    private static func grouped(_ index: TableScript.Index, of table: String) -> String {
        let columns = index.columns.joined(separator: ", ")
        return "select \(columns), count(*) as rows from \(table) where \(index.holds) group by \(columns) having count(*) > 1"
    }
}

extension TableScript.Index {
    fileprivate var noun: String {
        switch kind {
        case .primaryKey: "primary key"
        case .uniqueConstraint: "unique constraint"
        case .index: isUnique ? "unique index" : "index"
        }
    }

    /// SQL that selects the rows to which uniqueness applies: nulls are distinct.
    fileprivate var holds: String {
        (columns.map { "\($0) is not null" } + [condition].compactMap(\.self)).joined(separator: " and ")
    }

    fileprivate var isEmpty: String { columns.map { "\($0) is null" }.joined(separator: " or ") }
}

extension ObjectSurvey.Index {
    /// Whether it makes these columns unique.
    fileprivate func isKey(over names: [String]) -> Bool {
        isUnique && !isExclusion && condition == nil && columns.count == names.count && Set(columns) == Set(names.map(Optional.some))
    }

    /// Whether `on conflict` can use it.
    fileprivate var isUsableKey: Bool { isValid && isImmediate }
}

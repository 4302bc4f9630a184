/// The constraint or index that refused a row, as PostgreSQL's message names it.
struct RefusingConstraint {
    enum Kind {
        case unique, check, foreignKey, exclusion
        /// `name` is the column's.
        case notNull
    }

    let kind: Kind
    let name: String
    /// Nil if the message does not name it.
    let table: String?

    /// Nil if the failure is of another kind, or its message is not PostgreSQL's own.
    init?(_ failure: CallFailure) { self.init(code: failure.code, failure.message) }

    init?(code: String, _ message: String) {
        let names = message.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
        guard let first = names.first else { return nil }
        let second = names.dropFirst().first
        switch code {
        case "23505" where message.hasPrefix("duplicate key value violates"): (kind, name, table) = (.unique, first, nil)
        case "23P01" where message.hasPrefix("conflicting key value violates"): (kind, name, table) = (.exclusion, first, nil)
        case "23502" where message.hasPrefix("null value in column"): (kind, name, table) = (.notNull, first, second)
        case "23514" where message.hasPrefix("new row for relation"): (kind, name, table) = (.check, second ?? "", first)
        case "23503" where message.hasPrefix("insert or update on table"), "23503" where message.hasPrefix("update or delete on table"):
            (kind, name, table) = (.foreignKey, second ?? "", names.count > 2 ? names[2] : first)
        default: return nil
        }
        guard !name.isEmpty else { return nil }
    }

    /// Whether the scripts created it. A column is looked up in its table; without a table it counts as Switchboard's.
    var isOurs: Bool {
        switch kind {
        case .notNull: table.map { SchemaContract.columns[$0]?[name] != nil } ?? true
        default: SchemaContract.constraints.union(SchemaContract.uniqueIndexes).contains(name)
        }
    }

    /// The advice about a constraint of the project's own, in the schema of Switchboard's tables. `shows` decides which names may be shown.
    func advice(in schema: SchemaName, shows: (String) -> Bool) -> String {
        let statement = shows(name) ? statement(in: schema).map { " (\($0))" } ?? "" : ""
        return "\(thing(shows)) is your own and refuses the row, which is not stored: drop or change it\(statement), "
            + "then run `switchboard dead-letters retry --all --stage sync`"
    }

    private func thing(_ shows: (String) -> Bool) -> String {
        let name = shows(name) ? name : "whose name the database's log shows"
        let place = table.flatMap { shows($0) ? " of the table \($0)" : nil } ?? ""
        return switch kind {
        case .unique: "the unique index \(name)"
        case .exclusion: "the exclusion constraint \(name)"
        case .check: "the check \(name)\(place)"
        case .foreignKey: "the foreign key \(name)\(place)"
        case .notNull: "the column \(name)\(place)"
        }
    }

    /// The statement that removes it, if it belongs to one of Switchboard's tables.
    func statement(in schema: SchemaName) -> String? {
        if kind == .unique { return "drop index \(schema).\(name.quotedName); or `alter table … drop constraint` if it is a constraint" }
        guard let table, SchemaContract.columns[table] != nil else { return nil }
        return kind == .notNull
            ? "alter table \(schema).\(table) alter column \(name.quotedName) drop not null;"
            : "alter table \(schema).\(table) drop constraint \(name.quotedName);"
    }
}

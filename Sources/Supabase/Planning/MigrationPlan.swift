/// What a migration is going to change in a database, and what stands in its way there.
public struct MigrationPlan: Sendable, Equatable {
    /// Changes and obstacles in the order in which they are shown: what belongs to the database, then table by table.
    public let steps: [MigrationStep]

    init(_ survey: DatabaseSurvey) {
        let sessions = SessionsPlan(survey)
        let ways = ServerPlan(survey).steps + NamePlan(survey).steps
        let tables = SchemaContract.columns.keys.sorted().flatMap { table in
            TablePlan(survey, table).steps + (table == "sessions" ? sessions.steps : [])
        }
        steps = ways + tables + ServerPlan(survey).functions
    }

    /// What happens where nothing stands in the way.
    public var changes: [MigrationStep] { steps.filter { $0.kind == .change } }

    /// While there is one, nothing is changed.
    public var obstacles: [MigrationStep] { steps.filter { $0.kind == .obstacle } }
}

/// One line of a migration's plan.
public struct MigrationStep: Sendable, Equatable {
    /// Whether the migration does it, or cannot begin because of it.
    public enum Kind: String, Sendable {
        case change, obstacle
    }

    public let kind: Kind
    /// The table, by its name in its schema; nil where it is about the whole database.
    public let table: String?
    /// The column; nil where it is about the whole table.
    public let column: String?
    /// What changes, or what stands in the way.
    public let message: String
    /// What to do about an obstacle; nil of a change.
    public let advice: String?
    /// The SQL that does it, where there is one.
    public let statement: String?

    /// `sessions.customer_id`, `sessions`, or `database`.
    public var place: String { [table, column].compactMap(\.self).joined(separator: ".").nonEmpty ?? "database" }

    /// What helps wherever a name is taken.
    static let wayOut = "give Switchboard a schema of its own (supabase.schema in the settings)"

    static func change(_ table: String? = nil, _ column: String? = nil, _ message: String) -> MigrationStep {
        MigrationStep(kind: .change, table: table, column: column, message: message, advice: nil, statement: nil)
    }

    static func obstacle(
        _ table: String? = nil, _ column: String? = nil, _ message: String, _ advice: String, _ statement: String? = nil
    ) -> MigrationStep {
        MigrationStep(kind: .obstacle, table: table, column: column, message: message, advice: advice, statement: statement)
    }
}

extension String {
    /// Nil where there is nothing in it.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

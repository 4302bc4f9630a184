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
        steps = ways + tables + GrantPlan(survey).steps + ServerPlan(survey).functions + ServerPlan(survey).records
    }

    /// What happens where nothing stands in the way.
    public var changes: [MigrationStep] { steps.filter { $0.kind == .change } }

    /// What the migration leaves as it is, and what may refuse rows or people afterwards.
    public var warnings: [MigrationStep] { steps.filter { $0.kind == .warning } }

    /// While there is one, nothing is changed.
    public var obstacles: [MigrationStep] { steps.filter { $0.kind == .obstacle } }
}

/// One line of a migration's plan.
public struct MigrationStep: Sendable, Equatable {
    /// Whether the migration does it, leaves it, or cannot begin because of it.
    public enum Kind: String, Sendable {
        case change, warning, obstacle
    }

    public let kind: Kind
    /// The table, by its name in its schema; nil where it is about the whole database.
    public let table: String?
    /// The column; nil where it is about the whole table.
    public let column: String?
    /// What changes, or what stands in the way.
    public let message: String
    /// What to do about it; nil of a change that asks for nothing.
    public let advice: String?
    /// The SQL that does it before the migration, where there is one.
    public let statement: String?
    /// The SQL that makes again after the migration what `statement` takes away, as it was; nil where there is nothing to make again.
    public let restoration: String?

    /// `sessions.customer_id`, `sessions`, or `database`.
    public var place: String { [table, column].compactMap(\.self).joined(separator: ".").nonEmpty ?? "database" }

    /// What helps wherever a name is taken.
    static let wayOut = "give Switchboard a schema of its own (supabase.schema in the settings)"

    static func change(_ table: String? = nil, _ column: String? = nil, _ message: String, _ advice: String? = nil) -> MigrationStep {
        MigrationStep(
            kind: .change, table: table, column: column, message: message, advice: advice, statement: nil, restoration: nil)
    }

    static func warning(
        _ table: String, _ column: String?, _ message: String, _ advice: String, _ statement: String? = nil
    ) -> MigrationStep {
        MigrationStep(
            kind: .warning, table: table, column: column, message: message, advice: advice, statement: statement, restoration: nil)
    }

    static func obstacle(
        _ table: String? = nil, _ column: String? = nil, _ message: String, _ advice: String, _ statement: String? = nil,
        restoration: String? = nil
    ) -> MigrationStep {
        MigrationStep(
            kind: .obstacle, table: table, column: column, message: message, advice: advice, statement: statement, restoration: restoration)
    }
}

extension String {
    /// Nil where there is nothing in it.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

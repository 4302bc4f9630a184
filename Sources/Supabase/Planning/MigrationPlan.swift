/// What a migration will change in a database, and what prevents it.
public struct MigrationPlan: Sendable, Equatable {
    /// All steps in the order in which they are shown: first the database, then table by table.
    public let steps: [MigrationStep]

    init(_ survey: DatabaseSurvey) {
        let sessions = SessionsPlan(survey)
        let ways = ServerPlan(survey).steps + NamePlan(survey).steps
        let tables = SchemaContract.columns.keys.sorted().flatMap { table in
            TablePlan(survey, table).steps + (table == "sessions" ? sessions.steps : [])
        }
        let server = ServerPlan(survey)
        let made = ways + tables + GrantPlan(survey).steps + server.realtime + server.functions + server.records
        let all = server.eventTriggers(while: made.contains { $0.kind == .change }) + made
        let renamed = Set(all.compactMap(\.renamed))
        steps = all.map { $0.planned(renaming: renamed) }
    }

    /// What the migration will do, if there is no obstacle.
    public var changes: [MigrationStep] { steps.filter { $0.kind == .change } }

    /// What the migration leaves unchanged, and what may refuse rows or people afterwards.
    public var warnings: [MigrationStep] { steps.filter { $0.kind == .warning } }

    /// What prevents the migration: with any obstacle nothing is changed.
    public var obstacles: [MigrationStep] { steps.filter { $0.kind == .obstacle } }
}

/// One line of a migration's plan.
public struct MigrationStep: Sendable, Equatable {
    /// Whether the migration makes this change, only warns, or cannot begin.
    public enum Kind: String, Sendable {
        case change, warning, obstacle
    }

    public let kind: Kind
    /// The table's name in its schema; nil if the step concerns the whole database.
    public let table: String?
    /// The column; nil if the step concerns the whole table.
    public let column: String?
    /// The change, or the obstacle.
    public let message: String
    /// What to do; nil for a change that needs nothing.
    public let advice: String?
    /// The SQL that does it before the migration, if there is any.
    public let statement: String?
    /// The SQL that, after the migration, creates again the object that `statement` drops, or one that is lost; nil if there is none.
    public let restoration: String?
    /// The part of `restoration` to edit before running it, since it may rely on a column's former type; nil if it can be run as it is.
    public var edit: String?
    /// The relation, with its schema, that `statement` renames; nil if there is none.
    var renamed: String?
    /// The relations, with their schemas, used by the object that `statement` drops or changes.
    var uses: Set<String> = []

    /// `sessions.customer_id`, `sessions`, or `database`.
    public var place: String { [table, column].compactMap(\.self).joined(separator: ".").nonEmpty ?? "database" }

    /// The advice that helps whenever a name is taken.
    static let wayOut = "give Switchboard a schema of its own (supabase.schema in the settings)"

    static func change(_ table: String? = nil, _ column: String? = nil, _ message: String, _ advice: String? = nil) -> MigrationStep {
        MigrationStep(
            kind: .change, table: table, column: column, message: message, advice: advice, statement: nil, restoration: nil)
    }

    static func warning(
        _ table: String?, _ column: String?, _ message: String, _ advice: String, _ statement: String? = nil,
        restoration: String? = nil
    ) -> MigrationStep {
        MigrationStep(
            kind: .warning, table: table, column: column, message: message, advice: advice, statement: statement, restoration: restoration)
    }

    static func obstacle(
        _ table: String? = nil, _ column: String? = nil, _ message: String, _ advice: String, _ statement: String? = nil,
        restoration: String? = nil, edit: String? = nil, uses: Set<String> = []
    ) -> MigrationStep {
        MigrationStep(
            kind: .obstacle, table: table, column: column, message: message, advice: advice, statement: statement, restoration: restoration,
            edit: edit, uses: uses)
    }

    /// An obstacle whose `statement` renames `renamed`, a relation or type.
    static func renaming(
        _ renamed: String, _ table: String, _ message: String, _ advice: String, _ statement: String
    ) -> MigrationStep {
        MigrationStep(
            kind: .obstacle, table: table, column: nil, message: message, advice: "\(advice); then \(again)", statement: statement,
            restoration: nil, renamed: renamed)
    }

    private static let again = "plan again (`switchboard migrate --dry-run`)"

    /// The step in a plan that renames some relations. SQL that was read from the catalogs before would refer to Switchboard's new table of
    /// the same name, so the next plan has it instead.
    fileprivate func planned(renaming renamed: Set<String>) -> MigrationStep {
        let names = uses.intersection(renamed)
        guard !names.isEmpty else { return self }
        let advice = "rename \(names.listed) first, then \(Self.again): that plan has the statements for it"
        return MigrationStep(
            kind: kind, table: table, column: column, message: message, advice: advice, statement: nil, restoration: nil, uses: uses)
    }
}

extension String {
    /// Nil if the text is empty.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

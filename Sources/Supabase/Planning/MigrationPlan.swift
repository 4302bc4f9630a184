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
        let server = ServerPlan(survey)
        let made = ways + tables + GrantPlan(survey).steps + server.realtime + server.functions + server.records
        let all = server.eventTriggers(while: made.contains { $0.kind == .change }) + made
        let renamed = Set(all.compactMap(\.renamed))
        steps = all.map { $0.planned(renaming: renamed) }
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
    /// The SQL that makes again after the migration what `statement` takes away, as it was, or what is gone; nil where there is nothing to make
    /// again.
    public let restoration: String?
    /// Where `restoration` has to be edited before it is run: it may take a column for the type that it had. Nil where it can be run as it is.
    public var edit: String?
    /// The relation, with its schema, that `statement` renames; nil where it renames none.
    var renamed: String?
    /// The relations, with their schemas, that the object uses which `statement` drops or changes.
    var uses: Set<String> = []

    /// `sessions.customer_id`, `sessions`, or `database`.
    public var place: String { [table, column].compactMap(\.self).joined(separator: ".").nonEmpty ?? "database" }

    /// What helps wherever a name is taken.
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

    /// An obstacle whose `statement` renames the relation, or the type, `renamed`.
    static func renaming(
        _ renamed: String, _ table: String, _ message: String, _ advice: String, _ statement: String
    ) -> MigrationStep {
        MigrationStep(
            kind: .obstacle, table: table, column: nil, message: message, advice: "\(advice); after it \(again)", statement: statement,
            restoration: nil, renamed: renamed)
    }

    private static let again = "plan again (`switchboard migrate --dry-run`)"

    /// The same in a plan that renames some relations. SQL that was read from the catalogs before would reach Switchboard's table of the
    /// former name after the migration, so that it is left to the next plan.
    fileprivate func planned(renaming renamed: Set<String>) -> MigrationStep {
        let names = uses.intersection(renamed)
        guard !names.isEmpty else { return self }
        let advice = "rename \(names.listed) first, then \(Self.again), which has the statements for it"
        return MigrationStep(
            kind: kind, table: table, column: column, message: message, advice: advice, statement: nil, restoration: nil, uses: uses)
    }
}

extension String {
    /// Nil where there is nothing in it.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

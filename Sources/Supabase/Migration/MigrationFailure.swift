import Postgres
import Relay

/// Why a migration failed. The database is unchanged, unless the description says that the scripts were applied.
public struct MigrationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What has to be done about it.
    public enum Kind: Sendable, Equatable {
        /// The URL cannot be read, or its user, password or database is wrong.
        case settings
        /// The database does not answer or is busy; try again later.
        case notNow
        /// The database refuses, and will refuse again.
        case refused
    }

    public let kind: Kind
    /// The script's file, the database's message and its hint, one per line, without values of rows.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The failure for a plan with obstacles. The plan is shown with them, and its last line says that nothing is changed.
    public init(_ plan: MigrationPlan) {
        let obstacles = plan.obstacles.count == 1 ? "its obstacle" : "each of its \(plan.obstacles.count) obstacles"
        self.init(.refused, "do what the plan says for \(obstacles), and run migrate again")
    }

    /// The failure for scripts that were applied without making all planned changes; `left` has the changes of a new plan.
    public init(left: [MigrationStep]) {
        let told = "the scripts were applied, but these planned changes are not in the database:"
        let lines = [told] + left.map { "\($0.place) \($0.message)" }
        self.init(.refused, lines.joined(separator: "\n  "))
    }

    /// `schema` is that of the scripts' tables; Switchboard's own functions are recognized by it.
    init(_ migration: Migration?, _ error: PostgresError, in schema: SchemaName = .public) {
        let place = migration.map { "\($0.file): " } ?? ""
        let failure = CallFailure(error).called(in: schema)
        let additions = [failure.shown(error.detail).map { "detail: \($0)" }, failure.shown(error.hint).map { "hint: \($0)" }]
        let isLess = failure.mayQuoteRow || error.detail != nil && additions[0] == nil
        let note = isLess ? "parts that may quote a row are left out: psql shows them, with `switchboard migrate --print`" : nil
        // Doctor's advice for a connection that fails whatever is run.
        let isLockedOut = error.code == .unreachable || failure.isOfConnecting && failure.disposition == .pause
        let advice = isLockedOut ? "→ \(failure.advice)" : nil
        let own = failure.foreignFunction.map {
            "→ \($0) is the project's own: correct it, or disable its trigger during the migration; the plan's warnings name the triggers"
        }
        let published = failure.adviceOnPublication.map { "→ \($0)" }
        let lines = ["\(place)\(failure)"] + additions + [note, advice, own, published, Self.discarded(failure)]
        description = lines.compactMap(\.self).joined(separator: "\n  ")
        kind =
            switch failure.disposition {
            case .retry: .notNow
            // The server refuses the login: another URL is needed.
            case .pause where failure.isOfConnecting: .settings
            case .permanent where error.code == .malformed: .settings
            default: .refused
            }
    }

    /// The advice if the script has updated every row, but some are unchanged.
    private static func discarded(_ failure: CallFailure) -> String? {
        let message = #"column "contact_id" of relation "sessions" contains null"#
        guard failure.code == "23502", failure.message.hasPrefix(message) else { return nil }
        return "→ a trigger of the project's own, which the plan's warnings name, discards updates: disable it during the migration"
    }
}

import Postgres
import Relay

/// Why a migration failed. Nothing of it is left in the database then, unless it says that the scripts were applied.
public struct MigrationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What somebody has to do about it.
    public enum Kind: Sendable, Equatable {
        /// The URL cannot be read as one.
        case settings
        /// The database does not answer, or is busy: later.
        case notNow
        /// The database says no, and will again.
        case refused
    }

    public let kind: Kind
    /// The script's file, the database's words and its advice, a line each; without what it may quote of a row.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// That of a plan with obstacles, which are told where the plan is shown.
    public init(_ plan: MigrationPlan) {
        let count = plan.obstacles.count
        let obstacles = count == 1 ? "1 obstacle" : "\(count) obstacles"
        self.init(
            .refused, "nothing was changed, because of \(obstacles). Do what the plan says for each obstacle, and run migrate again.")
    }

    /// That of scripts that were applied without doing all that the plan said; `left` is what a new plan would do.
    public init(left: [MigrationStep]) {
        let told = "the scripts were applied, but these planned changes are not in the database:"
        let lines = [told] + left.map { "\($0.place) \($0.message)" }
        self.init(.refused, lines.joined(separator: "\n  "))
    }

    /// `schema` is where the scripts make their tables: its helpers are Switchboard's own functions.
    init(_ migration: Migration?, _ error: PostgresError, in schema: SchemaName = .public) {
        let place = migration.map { "\($0.file): " } ?? ""
        let failure = CallFailure(error).called(in: schema)
        let additions = [failure.shown(error.detail).map { "detail: \($0)" }, failure.shown(error.hint).map { "hint: \($0)" }]
        let isLess = failure.mayQuoteRow || error.detail != nil && additions[0] == nil
        let note = isLess ? "what it may quote of a row is left out: psql shows it, with `switchboard migrate --print`" : nil
        // What doctor advises as well: nobody is let in or reached, whatever is run.
        let isLockedOut = error.code == .unreachable || failure.isOfConnecting && failure.disposition == .pause
        let advice = isLockedOut ? "→ \(failure.advice)" : nil
        let own = failure.foreignFunction.map {
            "→ \($0) is the project's own: correct it, or disable its trigger meanwhile; the plan's warnings name the triggers"
        }
        let published = failure.adviceOnPublication.map { "→ \($0)" }
        let lines = ["\(place)\(failure)"] + additions + [note, advice, own, published, Self.discarded(failure)]
        description = lines.compactMap(\.self).joined(separator: "\n  ")
        kind =
            switch failure.disposition {
            case .retry: .notNow
            case .permanent where error.code == .malformed: .settings
            default: .refused
            }
    }

    /// What to do where the script has updated every row, and some are as they were.
    private static func discarded(_ failure: CallFailure) -> String? {
        let message = #"column "contact_id" of relation "sessions" contains null"#
        guard failure.code == "23502", failure.message.hasPrefix(message) else { return nil }
        return "→ a trigger of the project's own, which the plan's warnings name, discards updates: disable it meanwhile"
    }
}

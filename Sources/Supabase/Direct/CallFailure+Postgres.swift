import Postgres
import Relay

extension CallFailure {
    /// What an error of the direct way to the database means.
    public init(_ error: PostgresError) {
        self.init(
            CallFailure.disposition(of: error), code: error.sqlState ?? error.code.description, message: error.message,
            details: error.detail, hint: error.hint, functions: error.functions, isOutcomeUnknown: error.isOutcomeUnknown)
    }

    private static func disposition(of error: PostgresError) -> Disposition {
        switch error.code {
        case .malformed: return .permanent
        case .server:
            // Supabase's pooler says so, as XX000, of a project or a user that it does not know.
            let words = error.message.lowercased()
            if words.contains("tenant"), words.contains("not found") { return .pause }
            return error.sqlState.flatMap { SQLState($0) }?.disposition(saying: error.message) ?? .retry
        default: return .retry
        }
    }
}

import Postgres
import Relay

extension CallFailure {
    /// Classifies an error of the direct connection to the database.
    public init(_ error: PostgresError) {
        self.init(
            CallFailure.disposition(of: error), code: error.sqlState ?? error.code.description, message: error.message,
            details: error.detail, hint: error.hint, functions: error.functions, isOutcomeUnknown: error.isOutcomeUnknown)
        isOfConnecting = error.isOfConnecting
    }

    private static func disposition(of error: PostgresError) -> Disposition {
        switch error.code {
        case .malformed: return .permanent
        case .server where error.isOfConnecting: return dispositionOfConnecting(error)
        case .server:
            // Supabase's pooler reports an unknown project or user this way, as XX000.
            let words = error.message.lowercased()
            if words.contains("tenant"), words.contains("not found") { return .pause }
            return error.sqlState.flatMap { SQLState($0) }?.disposition(saying: error.message) ?? .retry
        default: return .retry
        }
    }

    /// A refusal before there is a session concerns the credentials, unless the server has no capacity now. Poolers have one code for both:
    /// Supabase's XX000, PgBouncer 08P01.
    private static func dispositionOfConnecting(_ error: PostgresError) -> Disposition {
        let words = error.message.lowercased()
        return switch error.sqlState?.prefix(2) {
        case "53", "55", "57", "58": .retry
        case "08": ["password", "authentication", "no such", "login failed", "not found"].contains(where: words.contains) ? .pause : .retry
        case "XX": ["max client", "maxclients", "timeout", "timed out", "check out"].contains(where: words.contains) ? .retry : .pause
        default: .pause
        }
    }
}

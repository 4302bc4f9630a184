import Relay

/// Classifies an answer by who sent it: /rest/v1 is PostgREST behind a gateway behind a CDN.
struct AnswerClassification {
    let disposition: CallFailure.Disposition
    let isOutcomeUnknown: Bool

    init(status: Int, said: PostgRESTError?) {
        let state = said.flatMap { SQLState($0.code) }
        disposition = AnswerClassification.disposition(status, said, state)
        isOutcomeUnknown =
            state?.isOutcomeUnknown
            ?? (said?.code == "PGRST001" || AnswerClassification.isLate(status) && said?.isOfPostgREST != true)
    }

    private static func disposition(_ status: Int, _ said: PostgRESTError?, _ state: SQLState?) -> CallFailure.Disposition {
        switch status {
        // These statuses decide, whatever the body.
        case 401, 402, 540: return .pause
        case 408, 425, 429: return .retry
        case 413: return .permanent
        default: break
        }
        guard let said else { return status >= 500 ? .retry : .pause }
        if said.isOfPostgREST { return disposition(ofPostgREST: said.code) }
        if let state { return state.disposition(saying: said.message) }
        // The first request after a crash of PostgreSQL gets HTTP 400 with an empty error.
        if status >= 500 || status == 400 && said.code.isEmpty && said.message.isEmpty { return .retry }
        return said.code.isEmpty || status == 403 ? .pause : .permanent
    }

    /// PostgREST, Errors (docs.postgrest.org/en/v14/references/errors.html, 2026-11-24).
    private static func disposition(ofPostgREST code: String) -> CallFailure.Disposition {
        switch code.dropFirst("PGRST".count).first {
        // PostgREST's connection to the database; its own defects, PGRSTX00.
        case "0", "X": .retry
        // The schema differs from what is called, or the schema cache is stale; keys and secrets.
        case "2", "3": .pause
        // A schema that is not exposed; a path that PostgREST does not have.
        default: ["PGRST106", "PGRST125", "PGRST126"].contains(code) ? .pause : .permanent
        }
    }

    /// Whether a gateway did not wait for the result, or lost it.
    private static func isLate(_ status: Int) -> Bool { (500...599).contains(status) && status != 540 || status == 408 }
}

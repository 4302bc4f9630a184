@testable import Supabase

extension CallFailure {
    /// A failure of a disposition.
    static func testing(_ disposition: Disposition, retryAfter: Duration? = nil) -> CallFailure {
        CallFailure(disposition, code: "test", message: "a test", body: "{}", retryAfter: retryAfter)
    }
}

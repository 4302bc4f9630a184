/// What an examination found: the check, its result, and what to do. It is one line of `switchboard doctor`, and one entry of
/// `/admin/doctor` and of the console.
public struct Finding: Sendable, Equatable {
    /// The severity.
    public enum Level: String, Sendable, Comparable, CaseIterable {
        case ok
        /// The check passed, but the operator should know this.
        case warn
        /// It does not work until the operator fixes it.
        case fail

        public static func < (one: Level, other: Level) -> Bool {
            (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
        }
    }

    /// The severity.
    public var level: Level
    /// The name of the check: `supabase.columns`.
    public var check: String
    /// The result in one sentence.
    public var message: String
    /// What to do; nil if nothing is to be done.
    public var advice: String?

    /// Each kind of problem has a check of its own.
    public init(_ level: Level, _ check: String, _ message: String, advice: String? = nil) {
        self.level = level
        self.check = check
        self.message = message
        self.advice = advice
    }
}

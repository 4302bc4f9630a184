/// One line of `switchboard doctor`: what was looked at, how it is, and what to do.
public struct Finding: Sendable, Equatable {
    /// How bad it is.
    public enum Level: String, Sendable, Comparable, CaseIterable {
        case ok
        /// It works, and somebody should know.
        case warn
        /// It does not work until somebody fixes it.
        case fail

        public static func < (one: Level, other: Level) -> Bool {
            (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
        }
    }

    public var level: Level
    /// What was looked at: `supabase.columns`.
    public var check: String
    /// How it is, in one sentence.
    public var message: String
    /// What to do; nil where nothing is to be done.
    public var advice: String?

    /// Whoever makes one gives each kind of thing that can be wrong a check of its own.
    public init(_ level: Level, _ check: String, _ message: String, advice: String? = nil) {
        self.level = level
        self.check = check
        self.message = message
        self.advice = advice
    }
}

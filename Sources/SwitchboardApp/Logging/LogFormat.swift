/// How a line of the log looks.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Text where a person reads it on a terminal, JSON elsewhere.
    case auto
    case text
    case json
}

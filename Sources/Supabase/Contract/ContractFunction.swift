/// The SQL functions of the migration; all reads and writes use them.
public enum ContractFunction: String, Sendable, CaseIterable {
    /// Stores a batch of the journal's rows.
    case ingest = "switchboard_ingest"
    /// Opens a contact's session, or restores it.
    case start = "switchboard_start"
    /// Ends a session by its token.
    case end = "switchboard_end"
    /// Reads a session by its token.
    case session = "switchboard_session"
    /// Writes `expired` into overdue sessions.
    case sweep = "switchboard_sweep"
    /// Reports which objects of the schema exist.
    case inspect = "switchboard_inspect"

    /// The name of the function's only parameter, a jsonb.
    public var parameter: String { self == .ingest ? "batch" : "request" }
}

/// The SQL functions of the migration, through which everything is read and written.
public enum ContractFunction: String, Sendable, CaseIterable {
    /// Stores a batch of what the journal has.
    case ingest = "switchboard_ingest"
    /// Opens a contact's session, or restores it.
    case start = "switchboard_start"
    /// Ends a session by its token.
    case end = "switchboard_end"
    /// Reads a session by its token.
    case session = "switchboard_session"
    /// Writes `expired` into sessions whose time is over.
    case sweep = "switchboard_sweep"
    /// Tells what of the schema is there.
    case inspect = "switchboard_inspect"

    /// The name of its one argument, a jsonb.
    public var parameter: String { self == .ingest ? "batch" : "request" }
}

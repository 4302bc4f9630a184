import Messaging
import Postgres

/// Whether and how rows get to Supabase.
public enum PersistencePlan: Sendable, Equatable {
    /// By libpq.
    case postgres(url: Secret)
    /// By HTTP.
    case rest(url: String, key: Secret)
    /// The journal is the store; `setting` is the key that decides it.
    case disabled(setting: String, reason: String)

    /// What the database is called in the journal and in logs: its address without credentials; nil where there is none.
    public var target: String? {
        switch self {
        case .postgres(let url): PostgresPool.address(of: url.revealed)
        case .rest(let url, _): url
        case .disabled: nil
        }
    }

    /// A way to the database; nil where there is none. `connections` is how many calls are made at a time.
    public func makeTransport(connections: Int) throws -> (any SchemaSource)? {
        switch self {
        case .postgres(let url): try DirectTransport(url: url, connections: connections)
        case .rest(let url, let key): try RESTTransport(url: url, key: key)
        case .disabled: nil
        }
    }
}

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
        case .postgres(let url): try? DatabaseURL(url.revealed).address
        case .rest(let url, _): url
        case .disabled: nil
        }
    }

    /// What of the database's URL was left out or read as something else, one sentence each.
    public var notices: [String] {
        guard case .postgres(let url) = self else { return [] }
        return (try? DatabaseURL(url.revealed).notices) ?? []
    }

    /// What is wrong with a database's URL, by the part that cannot be read and without its value; nil where it can be read.
    public static func fault(ofDatabaseURL text: String) -> String? {
        do throws(PostgresError) { _ = try DatabaseURL(text) } catch {
            return error.message + (error.hint.map { "; \($0)" } ?? "")
        }
        return nil
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

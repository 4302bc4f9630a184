import Messaging
import Postgres

/// Whether and how rows get to Supabase.
public enum PersistencePlan: Sendable, Equatable {
    /// By libpq.
    case postgres(url: Secret, schema: SchemaName = .public)
    /// By HTTP.
    case rest(url: String, key: Secret, schema: SchemaName = .public)
    /// The journal is the store; `setting` is the key that decides it.
    case disabled(setting: String, reason: String)

    /// What the database is called in the journal and in logs: its address without credentials, with the schema where it is not `public`; nil
    /// where there is none.
    public var target: String? {
        switch self {
        case .postgres(let url, let schema):
            (try? DatabaseURL(url.revealed, schema: schema.name)).map { schema.target(at: $0.address) }
        case .rest(let url, _, let schema): schema.target(at: MaskedURL.text(url))
        case .disabled: nil
        }
    }

    /// Where its tables are; `public` where there is no database.
    public var schema: SchemaName {
        switch self {
        case .postgres(_, let schema), .rest(_, _, let schema): schema
        case .disabled: .public
        }
    }

    /// What of the database's URL was left out or read as something else, one sentence each.
    public var notices: [String] {
        guard case .postgres(let url, let schema) = self else { return [] }
        return (try? DatabaseURL(url.revealed, schema: schema.name).notices) ?? []
    }

    /// What is wrong with a database's URL for tables in a schema, by the part that cannot be read and without its value; nil where it can be
    /// read.
    public static func fault(ofDatabaseURL text: String, for schema: SchemaName) -> String? {
        do throws(PostgresError) { _ = try DatabaseURL(text, schema: schema.name) } catch {
            return error.message + (error.hint.map { "; \($0)" } ?? "")
        }
        return nil
    }

    /// A way to the database; nil where there is none. `connections` is how many calls are made at a time.
    public func makeTransport(connections: Int) throws -> (any SchemaSource)? {
        switch self {
        case .postgres(let url, let schema): try DirectTransport(url: url, schema: schema, connections: connections)
        case .rest(let url, let key, let schema): try RESTTransport(url: url, key: key, schema: schema)
        case .disabled: nil
        }
    }
}

extension SchemaName {
    /// What a journal has stored in one schema is not in another: each is a target of its own.
    func target(at address: String) -> String { self == .public ? address : "\(address)?schema=\(name)" }
}

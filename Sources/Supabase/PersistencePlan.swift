import Messaging
import Postgres
import Spans

/// Whether and how rows are sent to Supabase.
public enum PersistencePlan: Sendable, Equatable {
    /// By libpq.
    case postgres(url: Secret, schema: SchemaName = .public)
    /// By HTTP.
    case rest(url: String, key: Secret, schema: SchemaName = .public)
    /// Rows stay in the journal; `setting` is the key that decides this.
    case disabled(setting: String, reason: String)

    /// The database's name in the journal and in logs: its address without credentials, with the schema unless it is `public`; nil if there
    /// is no database.
    public var target: String? {
        switch self {
        case .postgres(let url, let schema):
            (try? DatabaseURL(url.revealed, schema: schema.name)).map { schema.target(at: $0.address) }
        case .rest(let url, _, let schema): schema.target(at: MaskedURL.text(url))
        case .disabled: nil
        }
    }

    /// The schema of its tables; `public` if there is no database.
    public var schema: SchemaName {
        switch self {
        case .postgres(_, let schema), .rest(_, _, let schema): schema
        case .disabled: .public
        }
    }

    /// The parts of the database's URL that were ignored or changed, one sentence each.
    public var notices: [String] {
        guard case .postgres(let url, let schema) = self else { return [] }
        return (try? DatabaseURL(url.revealed, schema: schema.name).notices) ?? []
    }

    /// What is wrong with a database's URL for tables in a schema: the part that cannot be read, without its value; nil if the URL can be
    /// read.
    public static func fault(ofDatabaseURL text: String, for schema: SchemaName) -> String? {
        do throws(PostgresError) { _ = try DatabaseURL(text, schema: schema.name) } catch {
            return error.message + (error.hint.map { "; \($0)" } ?? "")
        }
        return nil
    }

    /// A transport to the database; nil if there is none. `connections` is the number of concurrent calls; each
    /// call is one of `spans`.
    public func makeTransport(connections: Int, spans: Spans = .off) throws -> (any SchemaSource)? {
        switch self {
        case .postgres(let url, let schema): try DirectTransport(url: url, schema: schema, connections: connections, spans: spans)
        case .rest(let url, let key, let schema): try RESTTransport(url: url, key: key, schema: schema, spans: spans)
        case .disabled: nil
        }
    }
}

extension SchemaName {
    /// The target at an address. Each schema is a target of its own, since what a journal has stored in one is missing in another.
    func target(at address: String) -> String { self == .public ? address : "\(address)?schema=\(name)" }
}

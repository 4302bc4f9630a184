/// A way to the database that can tell of the schema where `switchboard_inspect` is not there to be called.
public protocol SchemaSource: ContractTransport {
    /// Where it looks for tables and functions.
    var schema: SchemaName { get }
    /// Where it has connected to; nil before the first call, and where its URL says it all.
    var address: String? { get }

    /// As much of the schema as this way shows.
    func describedSchema(within budget: Duration) async throws(CallFailure) -> SchemaInspection

    /// Views that show Switchboard's rows past row security; nil where this way cannot tell.
    func exposedViews(within budget: Duration) async throws(CallFailure) -> [ExposedView]?

    /// How many active sessions nobody can use; nil where this way cannot tell, or there is no such table yet.
    func unusableSessions(within budget: Duration) async throws(CallFailure) -> UnusableSessions?

    /// What of a project's own may refuse, change or lose rows of Switchboard's; nil where this way cannot tell.
    func refusals(within budget: Duration) async throws(CallFailure) -> [MigrationStep]?
}

extension SchemaSource {
    public var address: String? { nil }

    /// The API shows no catalogs.
    public func refusals(within budget: Duration) async throws(CallFailure) -> [MigrationStep]? { nil }
}

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

    /// By `switchboard_inspect`, from version 11 on. What it says of columns is their types: a unique index over a column of the project's own that
    /// has a constant default is told by a database URL alone.
    public func refusals(within budget: Duration) async throws(CallFailure) -> [MigrationStep]? {
        do throws(CallFailure) {
            let answer = try await call(.inspect, Array(#"{"contract":\#(SurveyQuery.contract)}"#.utf8), within: budget)
            return DatabaseSurvey(inspected: answer, in: schema)?.refusals
        } catch {
            guard error.isOfTheFunction else { throw error }
            return nil
        }
    }
}

/// A transport that can describe the schema even without `switchboard_inspect`.
public protocol SchemaSource: ContractTransport {
    /// The schema of the tables and functions.
    var schema: SchemaName { get }
    /// The address of the actual connection; nil before the first call, and if the URL already contains it.
    var address: String? { get }

    /// As much of the schema as this transport can read.
    func describedSchema(within budget: Duration) async throws(CallFailure) -> SchemaInspection

    /// Views that show Switchboard's rows without row security; nil if this transport cannot find out.
    func exposedViews(within budget: Duration) async throws(CallFailure) -> [ExposedView]?

    /// The numbers of unusable active sessions; nil if this transport cannot find out, or the table does not exist yet.
    func unusableSessions(within budget: Duration) async throws(CallFailure) -> UnusableSessions?

    /// The project's own objects that may refuse, change or discard Switchboard's rows; nil if this transport cannot find out.
    func refusals(within budget: Duration) async throws(CallFailure) -> [MigrationStep]?
}

extension SchemaSource {
    public var address: String? { nil }

    /// Uses `switchboard_inspect`, from version 11 on. Since its answer has only the types of columns, a unique index over a column of the
    /// project's own with a constant default is only found through a database URL.
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

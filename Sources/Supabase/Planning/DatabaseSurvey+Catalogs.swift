import Postgres

extension DatabaseSurvey {
    /// What the catalogs say, without a look at rows: the migration's plan and `doctor` see the same. `budget` is for each question.
    static func read(from pool: PostgresPool, in schema: SchemaName, within budget: Duration) async throws(PostgresError) -> DatabaseSurvey
    {
        let unreadable = PostgresError(.server, message: "the catalogs cannot be read")
        let answer = try await pool.query(SurveyQuery.sql(in: schema), [SurveyQuery.contract], within: budget).scalar ?? ""
        guard var survey = DatabaseSurvey(Array(answer.utf8), of: schema) else { throw unreadable }
        for query in ObjectSurvey.queries {
            let answer = try await pool.query(schema.text(query), [SurveyQuery.contract], within: budget).scalar ?? ""
            guard survey.objects.read(Array(answer.utf8)) else { throw unreadable }
        }
        return survey
    }

    /// What of a project's own may refuse, change or lose rows of Switchboard's; none before a migration, whose plan says it.
    var refusals: [MigrationStep] {
        schema.version == nil ? [] : SchemaContract.columns.keys.sorted().flatMap { TablePlan(self, $0).refusals }
    }
}

import JSON
import Postgres

extension DatabaseSurvey {
    /// Reads the catalogs without reading rows, for both the migration's plan and `doctor`. `budget` applies to each query.
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

    /// Reads the answer of `switchboard_inspect` to the contract; nil if it does not report objects.
    init?(inspected answer: [UInt8], in schema: SchemaName) {
        guard let seen = SchemaInspection(answer), let json = try? JSON(parsing: answer), json["objects"].kind == .object,
            let objects = json["objects"].text, self.objects.read(Array(objects.utf8))
        else { return nil }
        self.schema = seen
        schemaName = schema
        relations = Set(seen.columns.map(\.table)).sorted().map { Relation(name: $0, kind: "r") }
        columns = seen.columns.map {
            Column(
                table: $0.table, name: $0.name, quoted: $0.name.quotedName, type: $0.type, fullType: $0.type, category: "",
                isNotNull: $0.isDemanding)
        }
    }

    /// The project's own objects that may refuse, change or discard Switchboard's rows; empty before a migration, whose plan shows them.
    var refusals: [MigrationStep] {
        schema.version == nil ? [] : SchemaContract.columns.keys.sorted().flatMap { TablePlan(self, $0).refusals }
    }
}

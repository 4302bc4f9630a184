/// One of the contract's tables in a database that was looked at, with what the scripts say of it.
struct ScriptedTable {
    let survey: DatabaseSurvey
    let name: String
    /// The name with its schema, as statements have it.
    let qualified: String
    let script: TableScript

    /// Nil where the scripts make no such table.
    init?(_ survey: DatabaseSurvey, _ name: String) {
        guard let script = TableScript.all[name] else { return nil }
        self.survey = survey
        self.name = name
        qualified = "\(survey.schemaName).\(name)"
        self.script = script
    }
}

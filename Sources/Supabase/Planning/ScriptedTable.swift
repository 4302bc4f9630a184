/// One of the contract's tables in an examined database, with the scripts' description of it.
struct ScriptedTable {
    let survey: DatabaseSurvey
    let name: String
    /// The name with its schema, as used in statements.
    let qualified: String
    let script: TableScript

    /// Nil if the scripts create no such table.
    init?(_ survey: DatabaseSurvey, _ name: String) {
        guard let script = TableScript.all[name] else { return nil }
        self.survey = survey
        self.name = name
        qualified = "\(survey.schemaName).\(name)"
        self.script = script
    }
}

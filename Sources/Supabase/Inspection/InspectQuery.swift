/// Queries of functions that the doctor calls, out of the last script that makes them: they are asked by themselves where the functions are not there.
enum InspectQuery {
    private static let script = Migration.all.map(\.sql).joined()
    private static let landed = query(of: "public.switchboard_inspect", in: script)
    private static let landedViews = query(of: "switchboard.exposed_views", in: script)
    private static let landedConditions = query(of: "switchboard.conditions", in: script)

    /// All of `switchboard_inspect`, for a schema, which need not be there.
    static func sql(in schema: SchemaName) -> String {
        let whole = landed.replacing("switchboard.exposed_views()", with: "(\(landedViews))")
            .replacing("switchboard.conditions()", with: "(\(landedConditions))")
        return schema.text(whole)
            .replacing("'\(schema)'::regnamespace", with: "to_regnamespace('\(schema)')")
    }

    /// What it says of views, by itself: versions before 7 say nothing of them.
    static func views(in schema: SchemaName) -> String { schema.text(landedViews) }

    /// What names, types, defaults and times in an answer look like, which a role, a database or a URL may have otherwise. In which order a date is read
    /// is left as it is.
    private static let forms = [
        ("quote_all_identifiers", "off"), ("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("bytea_output", "hex"),
    ]

    /// A query of one value whose answer is in the forms that its reader knows: by `quote_all_identifiers` a type would be `"uuid"`. They are set for the
    /// transaction that the statement is, before the query is evaluated: the order of a `case` is certain.
    static func plainNamed(_ query: String) -> String {
        let settings = forms.map { "pg_catalog.set_config('\($0.0)', '\($0.1)', true)" }.joined(separator: " || ")
        return "select case when \(settings) is not null then (\(query)\n) end"
    }

    /// What is between the function's dollars; empty where there is no such function.
    static func query(of function: String, in script: String) -> String {
        guard let head = script.ranges(of: "create or replace function \(function)(").last,
            let start = script[head.upperBound...].firstRange(of: "$$"), let end = script[start.upperBound...].firstRange(of: "$$")
        else { return "" }
        return String(script[start.upperBound..<end.lowerBound])
    }
}

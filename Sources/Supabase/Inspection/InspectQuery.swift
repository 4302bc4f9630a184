/// Queries of functions that doctor calls, from the last script that defines them; run directly if the functions are missing.
enum InspectQuery {
    private static let script = Migration.all.map(\.sql).joined()
    private static let landed = query(of: "public.switchboard_inspect", in: script)
    private static let landedViews = query(of: "switchboard.exposed_views", in: script)
    private static let landedConditions = query(of: "switchboard.conditions", in: script)

    /// The whole query of `switchboard_inspect` for a schema, which may not exist.
    static func sql(in schema: SchemaName) -> String {
        let whole = landed.replacing("switchboard.exposed_views()", with: "(\(landedViews))")
            .replacing("switchboard.conditions()", with: "(\(landedConditions))")
            .replacing("switchboard.objects(request -> 'contract')", with: "null::jsonb")
        return schema.text(whole)
            .replacing("'\(schema)'::regnamespace", with: "to_regnamespace('\(schema)')")
    }

    /// Only its part about views, which versions before 7 do not report.
    static func views(in schema: SchemaName) -> String { schema.text(landedViews) }

    /// The query of a function for `public`, from the last script that defines it.
    static func query(of function: String) -> String { query(of: function, in: script) }

    /// The statement that creates a function, without its semicolon, from the last script that defines it; empty if there is none.
    static func statement(of function: String) -> String {
        guard let parts = parts(of: function, in: script) else { return "" }
        return script[parts.head.lowerBound..<parts.body.upperBound] + "$$"
    }

    /// The body of a function between its dollar quotes; empty if there is no such function.
    static func query(of function: String, in script: String) -> String {
        parts(of: function, in: script).map { String(script[$0.body]) } ?? ""
    }

    private static func parts(of function: String, in script: String) -> (head: Range<String.Index>, body: Range<String.Index>)? {
        guard let head = script.ranges(of: "create or replace function \(function)(").last,
            let start = script[head.upperBound...].firstRange(of: "$$"), let end = script[start.upperBound...].firstRange(of: "$$")
        else { return nil }
        return (head, start.upperBound..<end.lowerBound)
    }
}

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
            .replacing("switchboard.objects(request -> 'contract')", with: "null::jsonb")
        return schema.text(whole)
            .replacing("'\(schema)'::regnamespace", with: "to_regnamespace('\(schema)')")
    }

    /// What it says of views, by itself: versions before 7 say nothing of them.
    static func views(in schema: SchemaName) -> String { schema.text(landedViews) }

    /// The query of a function, out of the last script that makes it, for `public`.
    static func query(of function: String) -> String { query(of: function, in: script) }

    /// The statement that makes a function, without its semicolon, out of the last script that makes it; empty where there is none.
    static func statement(of function: String) -> String {
        guard let parts = parts(of: function, in: script) else { return "" }
        return script[parts.head.lowerBound..<parts.body.upperBound] + "$$"
    }

    /// What is between the function's dollars; empty where there is no such function.
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
